import { execFileSync } from 'node:child_process';
import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { namespaceType } from '../../../src/ffi/system-calls.ts';
import { openIdMapNamespaces } from '../../../src/launch/user-namespace.ts';
import * as L from '../../../src/linux/constants.ts';
import type { IdMapNamespace } from '../../../src/plan/descriptors.ts';
import { CANNOT_RUN } from '../elf/run-plan.ts';
import { facts } from '../plan/create-input.ts';

const ffi = openFfi();
const cannot = CANNOT_RUN !== '' || process.geteuid?.() !== 0;

function open(...maps: IdMapNamespace[]): number[] {
  const opened: number[] = [];
  try {
    const descriptors = openIdMapNamespaces(ffi, maps, { facts, opened });
    expect(descriptors).toEqual(opened);
    return descriptors;
  } catch (error) {
    for (const descriptor of opened) closeSync(descriptor);
    throw error;
  }
}

const children = (): string => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');

describe.skipIf(cannot)('openIdMapNamespaces()', () => {
  test('opens user namespaces with these maps, and leaves no process', () => {
    const before = [children(), readdirSync('/proc/self/fd').length];
    const one = { uids: '0 1000 10\n20 3000 5\n', gids: '0 2000 10\n', origin: '/mounts/1' };
    const other = { uids: '0 0 1\n', gids: '0 0 1\n', origin: '/mounts/2' };
    const [first = -1, second = -1] = open(one, other);
    expect(namespaceType(ffi, first)).toBe(L.CLONE_NEWUSER);
    expect(readlinkSync(`/proc/self/fd/${first}`)).not.toBe(readlinkSync(`/proc/self/fd/${second}`));
    const command = ['--user=/proc/self/fd/3', 'cat', '/proc/self/uid_map', '/proc/self/gid_map'];
    const maps = execFileSync('nsenter', command, {
      stdio: ['ignore', 'pipe', 'inherit', first], encoding: 'utf8',
    });
    expect(maps.trim().split('\n').map((line) => line.trim().split(/\s+/).join(' '))).toEqual([
      '0 1000 10', '20 3000 5', '0 2000 10',
    ]);
    for (const descriptor of [first, second]) closeSync(descriptor);
    expect([children(), readdirSync('/proc/self/fd').length]).toEqual(before);
  });

  test('says which maps the kernel refuses', () => {
    const before = [children(), readdirSync('/proc/self/fd').length];
    const good = { uids: '0 0 1\n', gids: '0 0 1\n', origin: '/mounts/1' };
    const bad = { uids: '0 0 1\n0 5 1\n', gids: '0 0 1\n', origin: '/mounts/4' };
    expect(() => open(good, bad)).toThrow('cannot make the user namespace of an id-mapped mount: the kernel refuses '
      + 'the uid_map "0 0 1\\n0 5 1\\n": invalid argument (/mounts/4)');
    expect([children(), readdirSync('/proc/self/fd').length]).toEqual(before);
  });

  test('opens nothing without maps', () => {
    expect(open()).toEqual([]);
  });
});
