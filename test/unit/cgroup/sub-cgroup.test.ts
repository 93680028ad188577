import { describe, expect, test } from 'vitest';
import type { PlacedCgroup } from '../../../src/cgroup/driver.ts';
import { parseSubCgroups, subCgroupsOf } from '../../../src/cgroup/sub-cgroup.ts';

const v1 = (...controllers: string[]): PlacedCgroup => {
  const mountpoint = `/sys/fs/cgroup/${controllers.join(',')}`;
  return { version: 1, controllers, mountpoint, path: `${mountpoint}/ctr` };
};
const v2: PlacedCgroup = {
  version: 2, controllers: ['memory', 'pids'], mountpoint: '/sys/fs/cgroup', path: '/sys/fs/cgroup/ctr',
};
const hybrid = [v1('cpu', 'cpuacct'), v1('memory'), { ...v2, controllers: ['hugetlb'] }];

const placed = (cgroups: readonly PlacedCgroup[], ...values: readonly string[]): string[] =>
  subCgroupsOf(cgroups, parseSubCgroups(values)).map(({ path }) => path);

describe('parseSubCgroups()', () => {
  test('takes one path for all, or one for each controller', () => {
    expect([...parseSubCgroups([])]).toEqual([]);
    expect([...parseSubCgroups(['/a/b'])]).toEqual([['', '/a/b']]);
    expect([...parseSubCgroups(['cpu,memory:a', 'pids:/b'])]).toEqual([['cpu', 'a'], ['memory', 'a'], ['pids', '/b']]);
    expect([...parseSubCgroups(['cpu:'])]).toEqual([['cpu', '']]);
  });

  test.each([
    [['a', 'b'], 'invalid --cgroup argument: a (missing <controller>: prefix)'],
    [['cpu:a', 'b'], 'invalid --cgroup argument: b (missing <controller>: prefix)'],
    [['cpu:a', 'cpu:b'], 'invalid --cgroup argument: cpu:b (controller cpu specified multiple times)'],
    [['cpu,cpu:a'], 'invalid --cgroup argument: cpu,cpu:a (controller cpu specified multiple times)'],
    [[':a'], 'invalid --cgroup argument: :a (empty <controller> prefix)'],
    [['cpu,:a'], 'invalid --cgroup argument: cpu,:a (empty <controller> prefix)'],
    [['cpu:a:b'], 'invalid --cgroup argument: cpu:a:b'],
  ])('refuses %j', (values, message) => {
    expect(() => parseSubCgroups(values)).toThrow(message);
  });
});

describe('subCgroupsOf()', () => {
  test('goes below the container\'s cgroups, all or those of the controllers named', () => {
    expect(placed([v2])).toEqual(['/sys/fs/cgroup/ctr']);
    expect(placed([v2], 'a/b')).toEqual(['/sys/fs/cgroup/ctr/a/b']);
    expect(placed([v2], '//a/./b/')).toEqual(['/sys/fs/cgroup/ctr/a/b']);
    expect(placed([v2], '/')).toEqual(['/sys/fs/cgroup/ctr']);
    expect(placed([v2], 'pids:a')).toEqual(['/sys/fs/cgroup/ctr/a']);
    expect(placed(hybrid, 'cpuacct:a', 'hugetlb:b')).toEqual([
      '/sys/fs/cgroup/cpu,cpuacct/ctr/a', '/sys/fs/cgroup/memory/ctr', '/sys/fs/cgroup/ctr/b',
    ]);
  });

  test.each(['..', '../..', '/..', 'a/..', 'a/../..', '../ctr', '../ctr-evil', 'cpu:../ctr-evil', 'cpu:..'])(
    'refuses "%s", which is not below', (value) => {
      expect(() => placed(hybrid, value)).toThrow(`${value.replace('cpu:', '')} is not a sub cgroup path`);
    },
  );

  test('takes names that only look like a way up', () => {
    expect(placed([v2], '...')).toEqual(['/sys/fs/cgroup/ctr/...']);
    expect(placed([v2], 'a..b/..c')).toEqual(['/sys/fs/cgroup/ctr/a..b/..c']);
  });

  test('refuses controllers that the container has no cgroup for', () => {
    expect(() => placed([v2], 'cpuset:a')).toThrow('unknown controller cpuset in --cgroup');
    expect(() => placed(hybrid, 'nosuch:a')).toThrow('unknown controller nosuch in --cgroup');
    expect(() => placed([], 'cpu:a')).toThrow('unknown controller cpu in --cgroup');
  });
});
