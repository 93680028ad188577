// Which files are read, on plain directories that stand for hierarchies.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CgroupPlacement } from '../../../../src/cgroup/driver.ts';
import { readStatistics } from '../../../../src/cgroup/stats/statistics.ts';
import type { CgroupMode } from '../../../../src/host/facts.ts';

/** Files by path below a directory; its subdirectories are v1's controllers, joined by commas, and `unified`. */
function placement(mode: CgroupMode, files: Readonly<Record<string, string>>): CgroupPlacement {
  const root = mkdtempSync(join(tmpdir(), 'nunc-stats-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const names = new Set<string>();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    names.add(path.split('/')[0] ?? '');
  }
  const cgroups = [...names].map((name) => ({
    version: name === 'unified' ? 2 as const : 1 as const, controllers: name.split(','), mountpoint: root,
    path: join(root, name),
  }));
  return { manager: 'cgroupfs', mode, cgroupsPath: '/a', cgroups };
}

const none = { limit: 0n, usage: 0n, max: 0n, failures: 0n };

describe('readStatistics()', () => {
  test('has zeros for what there is not', () => {
    const { cpu, memory, pids, io, hugetlb, cpuset } = readStatistics(placement('none', {}));
    expect(cpu).toMatchObject({ usage: { total: 0n, perCpu: [] }, bandwidth: { periods: 0n }, pressure: undefined });
    expect(memory).toMatchObject({ memory: none, swap: none, kernel: none, pressure: undefined });
    expect([pids, Object.values(io.tables).flat(), hugetlb.size]).toEqual([{ current: 0n, limit: 0n }, [], 0]);
    expect(cpuset).toMatchObject({ cpus: [], schedRelaxDomainLevel: 0 });
  });

  test('takes v1 for its controllers, and v2 for the others', () => {
    const { cpu, memory, pids } = readStatistics(placement('hybrid', {
      'cpu,cpuacct/cpuacct.usage': '13902682\n',
      'cpu,cpuacct/cpuacct.stat': 'user 3\nsystem 14\n',
      'cpu,cpuacct/cpuacct.usage_percpu': '11567213 2335469 \n',
      'cpu,cpuacct/cpu.stat': 'nr_periods 2\nnr_throttled 0\nthrottled_time 0\n',
      'memory/memory.stat': 'cache 4096\nrss 49152\n',
      'memory/memory.limit_in_bytes': '9223372036854771712\n',
      'memory/memory.failcnt': '75\n',
      'unified/cpu.stat': 'usage_usec 1\n',
      'unified/memory.stat': 'file 1\n',
      'unified/pids.current': '4\n',
      'unified/pids.max': 'max\n',
      'unified/cpu.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=8149\n',
    }));
    expect(cpu.usage).toMatchObject({
      total: 13_902_682n, user: 30_000_000n, kernel: 140_000_000n, perCpu: [11_567_213n, 2_335_469n],
    });
    expect(cpu).toMatchObject({ bandwidth: { periods: 2n }, pressure: { some: { total: 8149n } } });
    expect(memory).toMatchObject({ cache: 4096n, memory: { limit: 9223372036854771712n, failures: 75n }, swap: none });
    expect(pids).toEqual({ current: 4n, limit: 0n });
  });

  test('has memory and swap together on v2', () => {
    const files = {
      'unified/memory.stat': 'anon 49152\nfile 491520\n', 'unified/memory.current': '753664\n',
      'unified/memory.max': '67108864\n', 'unified/memory.peak': '2392064\n',
    };
    expect(readStatistics(placement('v2', files)).memory).toMatchObject({
      cache: 491520n, memory: { limit: 67108864n, usage: 753664n, max: 2392064n },
      // Without accounting of swap there is only memory.
      swap: { limit: 67108864n, usage: 753664n, max: 0n },
    });
    const swap = { 'unified/memory.swap.current': '4096\n', 'unified/memory.swap.max': '67108864\n' };
    expect(readStatistics(placement('v2', { ...files, ...swap })).memory.swap).toEqual({
      limit: 134217728n, usage: 757760n, max: 0n, failures: 0n,
    });
  });

  test('counts processes where v2 has no pids controller, threads of a threaded cgroup', () => {
    expect(readStatistics(placement('v2', { 'unified/cgroup.procs': '847\n848\n' })).pids).toEqual({
      current: 2n, limit: 0n,
    });
    expect(readStatistics(placement('v2', { 'unified/cgroup.threads': '847\n848\n849\n' })).pids.current).toBe(3n);
  });

  test('takes the set of blkio files that says most', () => {
    const throttle = {
      'blkio/blkio.throttle.io_serviced_recursive': '8:0 Read 1\nTotal 1\n',
      'blkio/blkio.throttle.io_service_bytes_recursive': '8:0 Read 512\nTotal 512\n',
    };
    const bfq = {
      'blkio/blkio.bfq.io_serviced_recursive': '8:0 Read 2\nTotal 2\n',
      'blkio/blkio.bfq.io_service_bytes_recursive': '8:0 Read 1024\nTotal 1024\n',
    };
    const empty = {
      'blkio/blkio.bfq.io_serviced_recursive': 'Total 0\n', 'blkio/blkio.bfq.io_service_bytes_recursive': 'Total 0\n',
    };
    const debug = { 'blkio/blkio.bfq.sectors_recursive': '8:0 9\n' };
    const values = (files: Readonly<Record<string, string>>): object => {
      const { tables } = readStatistics(placement('v1', files)).io;
      return Object.fromEntries(Object.entries(tables).map(([name, entries]) => [name, entries[0]?.value]));
    };
    expect(values({ ...throttle, ...empty })).toEqual({ serviced: 1n, serviceBytes: 512n });
    expect(values({ ...throttle, ...bfq })).toEqual({ serviced: 2n, serviceBytes: 1024n });
    expect(values({ ...throttle, ...bfq, ...debug })).toEqual({ sectors: 9n });
  });

  test('prefers reservations of huge pages', () => {
    const v1 = placement('v1', {
      'hugetlb/hugetlb.2MB.usage_in_bytes': '1\n', 'hugetlb/hugetlb.2MB.rsvd.usage_in_bytes': '4194304\n',
      'hugetlb/hugetlb.2MB.rsvd.max_usage_in_bytes': '6291456\n', 'hugetlb/hugetlb.2MB.rsvd.failcnt': '2\n',
      'hugetlb/hugetlb.1GB.usage_in_bytes': '0\n', 'hugetlb/hugetlb.1GB.failcnt': '3\n',
    });
    expect([...readStatistics(v1).hugetlb]).toEqual([
      ['1GB', { usage: 0n, max: 0n, failures: 3n }], ['2MB', { usage: 4194304n, max: 6291456n, failures: 2n }],
    ]);
    const v2 = placement('v2', { 'unified/hugetlb.2MB.current': '2097152\n', 'unified/hugetlb.2MB.events': 'max 1\n' });
    expect([...readStatistics(v2).hugetlb]).toEqual([['2MB', { usage: 2097152n, max: 0n, failures: 1n }]]);
  });

  test('says which file can not be read', () => {
    const unreadable = placement('v1', { 'pids/pids.current/x': '' });
    expect(() => readStatistics(unreadable)).toThrow(/cannot read ".*\/pids\/pids\.current": is a directory/);
  });
});
