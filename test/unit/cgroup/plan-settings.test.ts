import { describe, expect, test } from 'vitest';
import type { CgroupPlacement } from '../../../src/cgroup/driver.ts';
import { type PlanContext, planSettings } from '../../../src/cgroup/plan-settings.ts';
import type { Setting } from '../../../src/cgroup/setting.ts';
import { exactNumbers } from '../../../src/config/exact-numbers.ts';
import type { LinuxResources } from '../../../src/config/types.ts';
import { ConfigError } from '../../../src/error.ts';
import { onHybrid, onNothing, onV1, onV2 } from './placements.ts';
import { RESOURCES } from './resource-table.ts';

/** A setting in one line: what only holds for some kernels, cgroups or moments follows in brackets. */
function line({ file, value, isDefault, optional, otherwise, late, readBack, notBelow }: Setting): string {
  const remarks = [
    isDefault && 'default', optional && 'optional', late && 'late', readBack && 'read back',
    notBelow && `not below ${notBelow}`, otherwise && `or ${otherwise.file} ${otherwise.value}`,
  ].filter((remark) => typeof remark === 'string');
  return `${file} ${value}${remarks.length === 0 ? '' : ` [${remarks.join(', ')}]`}`;
}

function lines(resources: LinuxResources, placement: CgroupPlacement, context?: PlanContext): string[] {
  return planSettings(resources, placement, context).map(line);
}

/** The lines, or what is wrong, one problem a line. */
function outcome(resources: LinuxResources, placement: CgroupPlacement, context?: PlanContext): string[] {
  try {
    return lines(resources, placement, context);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.replace('config.json: /linux/resources/', '! '));
  }
}

const DISK = { major: 8, minor: 16 };

describe('planSettings()', () => {
  test.each(RESOURCES)('%j', (resources, v1, v2) => {
    expect(outcome(resources, onV1)).toEqual(v1);
    expect(outcome(resources, onV2)).toEqual(v2);
  });

  test('a number beyond 2^53 is kept to its last digit, or is no limit', () => {
    const unlimited = ['memory.max max [default]', 'memory.swap.max max [default]', 'memory.low max'];
    for (const limit of ['9223372036854771712', '9223372036854775807']) {
      const memory = `{"limit":${limit},"swap":${limit},"reservation":${limit}}`;
      expect(lines({ memory: JSON.parse(memory) as LinuxResources['memory'] & object }, onV2)).toEqual(unlimited);
    }
    const text = '{"linux":{"resources":{"memory":{"limit":9007199254740993,"swap":18014398509481987},"blockIO":'
      + '{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":18446744073709551615}]}}}}';
    const spec = JSON.parse(text) as { linux: { resources: LinuxResources } };
    const exact = exactNumbers(spec, text);
    expect(lines(spec.linux.resources, onV1, { exact })).toEqual([
      'memory.limit_in_bytes 9007199254740993', 'memory.memsw.limit_in_bytes 18014398509481987',
      'blkio.throttle.read_bps_device 8:0 18446744073709551615',
    ]);
    expect(lines(spec.linux.resources, onV2, { exact }).slice(0, 2)).toEqual([
      'memory.max 9007199254740993', 'memory.swap.max 9007199254740994',
    ]);
    // What comes without its text, or was written by a program that had read it as a double.
    expect(lines(spec.linux.resources, onV2).at(-1)).toBe('io.max 8:0 rbps=18446744073709551615');
  });

  test('an update that has one half of a v2 file takes the other from what is in force', () => {
    const present = { memoryMax: '8192', cpuMax: '2000 10000' };
    expect(lines({ memory: { swap: 12288 } }, onV2, { present })).toEqual(['memory.swap.max 4096']);
    expect(lines({ cpu: { period: 5000 } }, onV2, { present })).toEqual(['cpu.max 2000 5000']);
    expect(lines({ cpu: { quota: 5000 } }, onV2, { present })).toEqual(['cpu.max 5000']);
    expect(outcome({ memory: { swap: 4096 } }, onV2, { present })).toEqual([
      '! memory/swap: 4096 for memory and swap together is less than the limit 8192 of memory',
    ]);
    expect(outcome({ memory: { swap: 4096 } }, onV2, { present: { memoryMax: 'max', cpuMax: '' } })).toEqual([
      '! memory/swap: unable to set swap limit without memory limit',
    ]);
    expect(lines({ cpu: { period: 5000 } }, onV2, { present: { memoryMax: '', cpuMax: '' } })).toEqual([
      'cpu.max max 5000',
    ]);
  });

  test('hybrid: each property goes where its controller is', () => {
    const resources: LinuxResources = {
      memory: { limit: 8192, swappiness: 5 },
      hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
      unified: { 'hugetlb.2MB.max': '0' },
    };
    const settings = planSettings(resources, onHybrid);
    expect(settings.map((setting) => `${onHybrid.cgroups[setting.cgroup]?.path} ${line(setting)}`)).toEqual([
      '/sys/fs/cgroup/memory/c memory.limit_in_bytes 8192',
      '/sys/fs/cgroup/memory/c memory.swappiness 5',
      '/sys/fs/cgroup/unified/c hugetlb.2MB.max 0',
      '/sys/fs/cgroup/unified/c hugetlb.2MB.rsvd.max 0 [optional]',
      '/sys/fs/cgroup/unified/c hugetlb.2MB.max 0',
    ]);
  });

  test('what the host has no controller for is named, all at once, unless nothing is asked', () => {
    const resources: LinuxResources = {
      memory: { limit: 8192, swap: -1, reservation: 0 },
      hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
      network: { classID: 1, priorities: [{ name: 'lo', priority: 1 }] },
      rdma: { 'a/b': { hcaHandles: 1 } },
      pids: { limit: -1 },
      cpu: { shares: 5, quota: -1, cpus: '0' },
      unified: { 'memory.high': '1' },
    };
    const absent = (pointer: string, controller: string): string => {
      return `! ${pointer}: this host does not have the cgroup controller ${controller}`;
    };
    expect(outcome(resources, onNothing)).toEqual([
      absent('cpu/cpus', 'cpuset'), absent('memory/limit', 'memory'), absent('cpu/shares', 'cpu'),
      absent('hugepageLimits/0', 'hugetlb'), absent('network/classID', 'net_cls'),
      absent('network/priorities/0', 'net_prio'), absent('rdma/a~1b', 'rdma'),
      '! unified/memory.high: the container has no cgroup in a v2 tree',
    ]);
    expect(outcome({ network: resources.network ?? {}, unified: { 'memory.high': '1' } }, onHybrid)).toEqual([
      absent('network/classID', 'net_cls'), absent('network/priorities/0', 'net_prio'),
      '! unified/memory.high: the cgroup v2 tree of this host does not have the controller memory',
    ]);
    expect(outcome({ blockIO: { weight: 5 } }, { ...onNothing, mode: 'v2' })).toEqual([absent('blockIO/weight', 'io')]);
  });

  test('a controller whose cgroup is not the container\'s own is said to be that', () => {
    const inherited = { ...onV2, cgroups: [], inherited: onV2.cgroups };
    expect(outcome({ pids: { limit: 5 } }, inherited)).toEqual([
      '! pids/limit: the container has no cgroup of its own for the controller pids',
    ]);
    expect(outcome({ pids: { limit: 5 } }, { ...onNothing, manager: 'disabled' })).toEqual([
      '! pids/limit: there are no limits without cgroups',
    ]);
  });

  test('every setting names the property that asks for it', () => {
    const blockIO = {
      throttleReadBpsDevice: [{ ...DISK, rate: 1 }], throttleWriteBpsDevice: [{ ...DISK, rate: 1 }],
    };
    const resources: LinuxResources = { memory: { limit: 1, swap: 2 }, blockIO, rdma: { 'a~': { hcaHandles: 1 } } };
    expect(planSettings(resources, onV2).map(({ origin }) => origin)).toEqual([
      '/linux/resources/memory/limit',
      '/linux/resources/memory/swap',
      '/linux/resources/blockIO/throttleReadBpsDevice/0/rate, /linux/resources/blockIO/throttleWriteBpsDevice/0/rate',
      '/linux/resources/rdma/a~0',
    ]);
  });
});
