import { describe, expect, test } from 'vitest';
import { limitProperties } from '../../../../src/cgroup/systemd/properties.ts';

type Pairs = readonly (readonly [file: string, value: string])[];

function propertiesOf(pairs: Pairs): Record<string, unknown> {
  const settings = pairs.map(([file, value]) => ({ origin: '', cgroup: 0, file, value }));
  const properties = limitProperties(settings);
  return Object.fromEntries(properties.map(([name, { signature, value }]) => [name, [signature, value]]));
}

const infinity = 18446744073709551615n;

describe('limitProperties()', () => {
  test('takes the file with a property of two that may be written', () => {
    const settings = [{
      origin: '', cgroup: 0, file: 'io.bfq.weight', value: '500', otherwise: { file: 'io.weight', value: '4950' },
    }];
    expect(limitProperties(settings)).toEqual([['IOWeight', { signature: 't', value: 4950n }]]);
  });

  const cases: readonly (readonly [Pairs, Record<string, unknown>])[] = [
    [[], {}],
    [[['memory.max', '67108864'], ['memory.low', '1'], ['memory.swap.max', '0']],
      { MemoryMax: ['t', 67108864n], MemoryLow: ['t', 1n], MemorySwapMax: ['t', 0n] }],
    [[['memory.max', 'max'], ['memory.high', '5'], ['memory.min', '6']],
      { MemoryMax: ['t', infinity], MemoryHigh: ['t', 5n], MemoryMin: ['t', 6n] }],
    [[['pids.max', 'max']], { TasksMax: ['t', infinity] }],
    [[['pids.max', '0']], { TasksMax: ['t', 1n] }],
    [[['cpu.weight', '20']], { CPUWeight: ['t', 20n] }],
    // A weight of its own would end being idle.
    [[['cpu.idle', '1'], ['cpu.weight', '20']], { CPUWeight: ['t', 0n] }],
    [[['cpu.idle', '0']], { CPUWeight: ['t', infinity] }],
    [[['cpu.idle', '0'], ['cpu.weight', '20']], { CPUWeight: ['t', 20n] }],
    // 25.123 % becomes 26 %, as with runc.
    [[['cpu.max', '25123 100000']], { CPUQuotaPeriodUSec: ['t', 100000n], CPUQuotaPerSecUSec: ['t', 260000n] }],
    [[['cpu.max', '50000 20000']], { CPUQuotaPeriodUSec: ['t', 20000n], CPUQuotaPerSecUSec: ['t', 2500000n] }],
    [[['cpu.max', '50000']], { CPUQuotaPerSecUSec: ['t', 500000n] }],
    [[['cpu.max', 'max 20000']], { CPUQuotaPeriodUSec: ['t', 20000n], CPUQuotaPerSecUSec: ['t', infinity] }],
    [[['cpuset.cpus', '0-2,9'], ['cpuset.mems', '0']],
      { AllowedCPUs: ['ay', [7, 2]], AllowedMemoryNodes: ['ay', [1]] }],
    [[['cpuset.cpus', ' \n']], {}],
    [[['io.weight', 'default 200']], { IOWeight: ['t', 200n] }],
    [[['io.weight', '8:0 300']], {}],
    // Version 1.
    [[['memory.limit_in_bytes', '-1'], ['cpu.shares', '512'], ['blkio.weight', '100']],
      { MemoryLimit: ['t', infinity], CPUShares: ['t', 512n], BlockIOWeight: ['t', 100n] }],
    [[['cpu.cfs_period_us', '50000'], ['cpu.cfs_quota_us', '25000']],
      { CPUQuotaPeriodUSec: ['t', 50000n], CPUQuotaPerSecUSec: ['t', 500000n] }],
    [[['cpu.cfs_quota_us', '-1']], { CPUQuotaPerSecUSec: ['t', infinity] }],
    // What has no property, or is the kernel's to refuse.
    [[['memory.oom.group', '1'], ['hugetlb.2MB.max', '1'], ['memory.max', '10M']], {}],
  ];

  test.each(cases)('says %j as properties', (pairs, expected) => {
    expect(propertiesOf(pairs)).toEqual(expected);
  });
});
