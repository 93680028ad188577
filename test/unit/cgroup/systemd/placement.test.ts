import { describe, expect, test } from 'vitest';
import { placeUnit, unitOf } from '../../../../src/cgroup/systemd/placement.ts';
import { ConfigError } from '../../../../src/error.ts';

describe('unitOf()', () => {
  // As runc 1.1.5 names them, but for the prefix and the "+".
  test.each([
    ['', 'web', 'nunc-web.scope', 'system.slice'],
    ['', 'a+b', String.raw`nunc-a\x2bb.scope`, 'system.slice'],
    ['machine.slice:libpod:0123', 'web', 'libpod-0123.scope', 'machine.slice'],
    [':crio:x', 'web', 'crio-x.scope', 'system.slice'],
    ['s.slice::x', 'web', '-x.scope', 's.slice'],
    ['a.slice:b:', 'web', 'b-.scope', 'a.slice'],
    ['::', 'web', '-.scope', 'system.slice'],
  ])('reads %j', (cgroupsPath, id, name, slice) => {
    expect(unitOf({ cgroupsPath, id }, 'system')).toEqual({ name, slice, bus: 'system' });
  });

  test('takes the slice of a user for the bus of a user', () => {
    expect(unitOf({ id: 'web' }, 'user')).toEqual({ name: 'nunc-web.scope', slice: 'user.slice', bus: 'user' });
  });

  test.each([
    ['/abs/path', 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "/abs/path"'],
    ['rel', 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "rel" instead'],
    ['a:b', 'got "a:b" instead'],
    ['a:b:c:d', 'got "a:b:c:d" instead'],
    ['a.slice:b:c.slice', '"c.slice" is a slice, in which there can be no processes'],
    ['a.slice:b:c/../d', 'invalid unit name: "b-c/../d.scope"'],
    ['a.slice:b:ü', 'invalid unit name: "b-ü.scope"'],
    [`a.slice:b:${'x'.repeat(250)}`, 'invalid unit name'],
  ])('refuses %.20j', (cgroupsPath, problem) => {
    expect(() => unitOf({ cgroupsPath, id: 'web' }, 'system')).toThrow(ConfigError);
    expect(() => unitOf({ cgroupsPath, id: 'web' }, 'system')).toThrow(problem);
  });
});

describe('placeUnit()', () => {
  const memory = { version: 1, mountpoint: '/sys/fs/cgroup/memory', controllers: ['memory'] } as const;
  const unified = { version: 2, mountpoint: '/sys/fs/cgroup/unified', controllers: [] } as const;
  const facts = { cgroupMode: 'hybrid', hierarchies: [memory, unified] } as const;

  test('puts the scope at the same place in every hierarchy', () => {
    const unit = { name: 'x-y.scope', slice: 'a-b.slice', bus: 'system' } as const;
    expect(placeUnit(facts, { unit, root: '' })).toEqual({
      manager: 'systemd', mode: 'hybrid', unit, cgroupsPath: '/a.slice/a-b.slice/x-y.scope',
      cgroups: [
        { ...memory, path: '/sys/fs/cgroup/memory/a.slice/a-b.slice/x-y.scope' },
        { ...unified, path: '/sys/fs/cgroup/unified/a.slice/a-b.slice/x-y.scope' },
      ],
    });
  });

  test("puts a user's scope below the user's systemd", () => {
    const unit = { name: 'x-y.scope', slice: '-.slice', bus: 'user' } as const;
    const { cgroupsPath } = placeUnit(facts, { unit, root: '/user.slice/user-7.slice/user@7.service' });
    expect(cgroupsPath).toBe('/user.slice/user-7.slice/user@7.service/x-y.scope');
  });

  test('refuses a slice that is none', () => {
    const unit = { name: 'x-y.scope', slice: 'a--b.slice', bus: 'system' } as const;
    const place = () => placeUnit(facts, { unit, root: '' });
    expect(place).toThrow('config.json: /linux/cgroupsPath: invalid slice name: a--b.slice');
  });
});
