import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/config/types.ts';
import { activate, NO_ACTIVATION, readActivation } from '../../../src/container/activation.ts';
import { placeOf } from '../../../src/container/store.ts';
import { smallSpec } from '../plan/create-input.ts';

describe('readActivation()', () => {
  test.each<[string, Record<string, string>, number]>([
    ['nothing', {}, 0],
    ['descriptors for this process', { LISTEN_FDS: '2', LISTEN_PID: '42' }, 2],
    ['descriptors for another process', { LISTEN_FDS: '2', LISTEN_PID: '43' }, 0],
    ['descriptors for nobody', { LISTEN_FDS: '2' }, 0],
    ['no number', { LISTEN_FDS: 'two', LISTEN_PID: '42' }, 0],
    ['less than none', { LISTEN_FDS: '-2', LISTEN_PID: '42' }, 0],
    ['a part of one', { LISTEN_FDS: '1.5', LISTEN_PID: '42' }, 0],
    ['no number at all', { LISTEN_PID: '42' }, 0],
  ])('reads %s', (_, environment, listenFds) => {
    expect(readActivation(environment, 42)).toEqual({ listenFds, notifySocket: undefined });
  });

  test('reads a socket, which an empty string is not', () => {
    expect(readActivation({ NOTIFY_SOCKET: '/run/x' }, 42).notifySocket).toBe('/run/x');
    expect(readActivation({ NOTIFY_SOCKET: '' }, 42).notifySocket).toBeUndefined();
  });
});

describe('activate()', () => {
  const place = placeOf('/run/nunc', 'c1');

  test('leaves a config alone when there is nothing to hand on, or nobody to hand it to', () => {
    expect(activate(smallSpec, place, NO_ACTIVATION)).toBe(smallSpec);
    const { process: _process, ...withoutProcess } = smallSpec;
    expect(activate(withoutProcess, place, { listenFds: 1, notifySocket: '/x' })).toBe(withoutProcess);
    const withoutMounts: Spec = { ...smallSpec, linux: { namespaces: [{ type: 'pid' }] } };
    expect(activate(withoutMounts, place, { listenFds: 0, notifySocket: '/x' })).toBe(withoutMounts);
  });

  test('adds variables, and the last of all mounts', () => {
    const mounts = [{ destination: '/proc', type: 'proc' }];
    const spec = activate({ ...smallSpec, mounts }, place, { listenFds: 2, notifySocket: '/x' });
    expect(spec.process?.env).toEqual([
      'PATH=/bin', 'HOME=/root', 'LISTEN_FDS=2', 'LISTEN_PID=1', 'NOTIFY_SOCKET=/run/notify/notify.sock',
    ]);
    expect(spec.mounts).toEqual([...mounts, {
      destination: '/run/notify', type: 'bind', source: '/run/nunc/c1/notify',
      options: ['bind', 'nosuid', 'noexec', 'nodev', 'ro'],
    }]);
    expect(smallSpec.process?.env).toHaveLength(2);
  });
});
