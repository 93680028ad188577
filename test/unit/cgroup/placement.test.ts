import { describe, expect, test } from 'vitest';
import { joinFiles, resolvePlacement } from '../../../src/cgroup/placement.ts';
import { ConfigError } from '../../../src/error.ts';
import type { CgroupMode, Hierarchy } from '../../../src/host/facts.ts';

const memory: Hierarchy = { version: 1, mountpoint: '/sys/fs/cgroup/memory', controllers: ['memory'] };
const systemd: Hierarchy = { version: 1, mountpoint: '/sys/fs/cgroup/systemd', controllers: ['name=systemd'] };
const unified: Hierarchy = { version: 2, mountpoint: '/sys/fs/cgroup/unified', controllers: ['hugetlb'] };
const pure: Hierarchy = { version: 2, mountpoint: '/sys/fs/cgroup', controllers: ['cpu', 'memory'] };

const host = (cgroupMode: CgroupMode, ...hierarchies: readonly Hierarchy[]) => ({ cgroupMode, hierarchies });

describe('resolvePlacement()', () => {
  test.each([
    [undefined, '/nunc/web'],
    ['', '/nunc/web'],
    ['/docker/0123', '/docker/0123'],
    ['//docker/./0123/', '/docker/0123'],
    ['/a:b:c', '/a:b:c'],
    ['pods/web', '/nunc/pods/web'],
    ['./web', '/nunc/web'],
    ['a:b', '/nunc/a:b'],
    ['...', '/nunc/...'],
  ])('puts cgroupsPath %j at %s', (cgroupsPath, place) => {
    const placement = resolvePlacement(host('v2', pure), { cgroupsPath, id: 'web' });
    expect(placement.cgroupsPath).toBe(place);
    expect(placement.cgroups).toEqual([{ ...pure, path: `/sys/fs/cgroup${place}` }]);
  });

  test('gives a cgroup in every hierarchy, named and v2 ones included', () => {
    const placement = resolvePlacement(host('hybrid', memory, systemd, unified), { id: 'web' });
    expect(placement).toEqual({
      manager: 'cgroupfs',
      mode: 'hybrid',
      cgroupsPath: '/nunc/web',
      cgroups: [
        { ...memory, path: '/sys/fs/cgroup/memory/nunc/web' },
        { ...systemd, path: '/sys/fs/cgroup/systemd/nunc/web' },
        { ...unified, path: '/sys/fs/cgroup/unified/nunc/web' },
      ],
    });
    expect(JSON.parse(JSON.stringify(placement))).toEqual(placement);
  });

  test('has no cgroups on a host without any', () => {
    expect(resolvePlacement(host('none'), { id: 'web' }).cgroups).toEqual([]);
  });

  test.each([
    ['/a/../../etc', '"/a/../../etc" must not contain ".."'],
    ['..', '".." must not contain ".."'],
    ['/a\0b', '"/a\\u0000b" must not contain NUL or a newline'],
    ['/a\nb', '"/a\\nb" must not contain NUL or a newline'],
    ['/', '"/" must name a cgroup below the root'],
    ['.', '"." must name a cgroup below the root'],
    ['system.slice:nunc:web', '"system.slice:nunc:web" is for systemd: use --systemd-cgroup'],
    [':nunc:web', '":nunc:web" is for systemd: use --systemd-cgroup'],
  ])('refuses %j', (cgroupsPath, problem) => {
    const resolve = () => resolvePlacement(host('v2', pure), { cgroupsPath, id: 'web' });
    expect(resolve).toThrow(ConfigError);
    expect(resolve).toThrow(`config.json: /linux/cgroupsPath: ${problem}`);
  });
});

describe('joinFiles()', () => {
  test('lists the tasks files of v1 and the directory of v2', () => {
    expect(joinFiles(resolvePlacement(host('hybrid', memory, systemd, unified), { id: 'web' }))).toEqual({
      tasks: ['/sys/fs/cgroup/memory/nunc/web/tasks', '/sys/fs/cgroup/systemd/nunc/web/tasks'],
      unified: '/sys/fs/cgroup/unified/nunc/web',
    });
    expect(joinFiles(resolvePlacement(host('v2', pure), { id: 'web' })).tasks).toEqual([]);
    expect(joinFiles(resolvePlacement(host('v1', memory), { id: 'web' })).unified).toBeUndefined();
  });
});
