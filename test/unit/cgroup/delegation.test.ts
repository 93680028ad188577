// On directories that stand for a hierarchy: permissions are those of the test's user.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveRootless } from '../../../src/cgroup/delegation.ts';
import type { CgroupPlacement, PlacedCgroup } from '../../../src/cgroup/driver.ts';

/** A hierarchy whose root's files may be written to or not there at all, which for root means the same as forbidden. */
function hierarchy(options: { writable: boolean }): CgroupPlacement {
  const mountpoint = mkdtempSync(join(tmpdir(), 'nunc-hierarchy-'));
  onTestFinished(() => { rmSync(mountpoint, { recursive: true }); });
  chmodSync(mountpoint, 0o755);
  if (options.writable) writeFileSync(join(mountpoint, 'cgroup.procs'), '');
  const cgroup = { version: 2 as const, controllers: ['pids'], mountpoint, path: `${mountpoint}/nunc/web` };
  return { manager: 'cgroupfs', mode: 'v2', cgroupsPath: '/nunc/web', cgroups: [cgroup] };
}

describe('resolveRootless()', () => {
  test('keeps what may be made', () => {
    const placement = hierarchy({ writable: true });
    expect(resolveRootless(placement, { id: 'web' })).toEqual({ ...placement, inherited: [] });
  });

  test('tells where the container stays when it may not', () => {
    const placement = hierarchy({ writable: false });
    const [cgroup] = placement.cgroups;
    expect(resolveRootless(placement, { id: 'web' })).toEqual({
      ...placement, cgroups: [], inherited: [{ ...cgroup, path: cgroup?.mountpoint }],
    });
  });

  test('needs the right to the cgroup that is there already', () => {
    const placement = hierarchy({ writable: true });
    const [cgroup] = placement.cgroups;
    mkdirSync(cgroup?.path ?? '', { recursive: true });
    expect(resolveRootless(placement, { id: 'web' }).cgroups).toEqual([]);
    writeFileSync(`${cgroup?.path}/cgroup.procs`, '');
    expect(resolveRootless(placement, { id: 'web' }).cgroups).toEqual([cgroup]);
  });

  test.each(['/nunc/web', 'web'])('takes cgroupsPath %j at its word', (cgroupsPath) => {
    const placement = hierarchy({ writable: false });
    expect(resolveRootless(placement, { id: 'web', cgroupsPath }).cgroups).toHaveLength(1);
  });

  test('refuses limits that there is no cgroup for', () => {
    const placement = hierarchy({ writable: false });
    const resolve = (): CgroupPlacement => {
      return resolveRootless(placement, { id: 'web', limits: ['/linux/resources/pids/limit'] });
    };
    expect(resolve).toThrow('cannot set /linux/resources/pids/limit: container could not join or create cgroup: '
      + `permission denied beside "${placement.cgroups[0]?.mountpoint}"`);
    expect(resolveRootless(hierarchy({ writable: true }), { id: 'web', limits: ['/x'] }).cgroups).toHaveLength(1);
  });

  // On a hybrid host: memory and hugetlb may not be made, pids may.
  test.each<[string, boolean]>([
    ['/linux/resources/memory/limit', true],
    ['/linux/resources/hugepageLimits', true],
    ['/linux/resources/unified', true],
    ['/linux/resources/pids/limit', false],
    ['/linux/resources/cpu/cpus', false],
    ['/linux/resources/blockIO/weight', false],
  ])('looks for %s in the hierarchies that have it', (limit, isRefused) => {
    const one = hierarchy({ writable: false }).cgroups[0] as PlacedCgroup;
    const forbidden = `${one.mountpoint}/absent`;
    const cgroups: PlacedCgroup[] = [
      { ...one, version: 1, controllers: ['memory'], mountpoint: forbidden, path: `${forbidden}/nunc/web` },
      { ...one, version: 1, controllers: ['pids'] },
      { ...one, version: 1, controllers: ['cpuset'] },
      { ...one, version: 1, controllers: ['blkio'] },
      { ...one, version: 2, controllers: ['hugetlb'] },
    ];
    const placement: CgroupPlacement = { manager: 'cgroupfs', mode: 'hybrid', cgroupsPath: '/nunc/web', cgroups };
    const resolve = (): CgroupPlacement => resolveRootless(placement, { id: 'web', limits: [limit] });
    if (isRefused) expect(resolve).toThrow(`cannot set ${limit}: container could not join or create cgroup`);
    else expect(resolve().inherited?.map(({ controllers }) => controllers[0])).toEqual(['memory', 'hugetlb']);
  });
});
