// Texts are captures: v1 of Linux 6.18, v2 of 6.1 (qemu) and 7.2 (user mode); blkio's lines with several operations are
// of 6.18 too.

import { describe, expect, test } from 'vitest';
import { parseBandwidth, parseUsage, parseUsageAll } from '../../../../src/cgroup/stats/cpu.ts';
import { parseRanges } from '../../../../src/cgroup/stats/cpuset.ts';
import { parseKeyed, parseNumber, UNLIMITED } from '../../../../src/cgroup/stats/files.ts';
import { pageSizes } from '../../../../src/cgroup/stats/hugetlb.ts';
import { parseEntries, parseIoStat } from '../../../../src/cgroup/stats/io.ts';
import { together } from '../../../../src/cgroup/stats/memory.ts';
import { parsePressure } from '../../../../src/cgroup/stats/pressure.ts';

test.each([
  ['0\n', 0n], ['67108864\n', 67108864n], ['9223372036854771712\n', 9223372036854771712n],
  ['18446744073709551615\n', 18446744073709551615n], ['max\n', 18446744073709551615n], ['-1\n', 0n], ['', 0n],
])('parseNumber(%j) is %s', (text, number) => {
  expect(parseNumber(text)).toBe(number);
});

test('parseKeyed() reads each line', () => {
  expect([...parseKeyed('anon 49152\nfile 491520\n\nworkingset_refault_anon 0\n')]).toEqual([
    ['anon', 49152n], ['file', 491520n], ['workingset_refault_anon', 0n],
  ]);
});

test('parseUsage() takes microseconds for nanoseconds', () => {
  const text = 'usage_usec 274383\nuser_usec 118268\nsystem_usec 156114\nnice_usec 0\n';
  expect(parseUsage(text)).toMatchObject({ total: 274_383_000n, user: 118_268_000n, kernel: 156_114_000n, perCpu: [] });
});

test('parseUsageAll() has a number for each CPU', () => {
  const text = 'cpu user system\n0 4000000 8000000\n1 0 0\n';
  expect(parseUsageAll(text)).toEqual([[4_000_000n, 0n], [8_000_000n, 0n]]);
  expect(parseUsageAll('')).toEqual([[], []]);
});

describe('parseBandwidth()', () => {
  test('reads v1, in nanoseconds', () => {
    const text = 'nr_periods 12\nnr_throttled 3\nthrottled_time 45678901\nnr_bursts 2\nburst_time 1234\n';
    expect(parseBandwidth(text)).toEqual({
      periods: 12n, throttledPeriods: 3n, throttledTime: 45_678_901n, burstPeriods: 2n, burstTime: 1234n,
    });
  });

  test('reads v2, in microseconds', () => {
    const text = 'usage_usec 9\nnr_periods 12\nnr_throttled 3\nthrottled_usec 45678\nnr_bursts 2\nburst_usec 7\n';
    expect(parseBandwidth(text)).toEqual({
      periods: 12n, throttledPeriods: 3n, throttledTime: 45_678_000n, burstPeriods: 2n, burstTime: 7000n,
    });
  });

  test('has zeros without the controller', () => {
    const { periods, throttledTime, burstTime } = parseBandwidth('usage_usec 9\nuser_usec 9\n');
    expect([periods, throttledTime, burstTime]).toEqual([0n, 0n, 0n]);
  });
});

test.each([
  ['0-1\n', [0, 1]], ['0\n', [0]], ['0-2,7,9-10\n', [0, 1, 2, 7, 9, 10]], ['\n', []], ['', []],
])('parseRanges(%j) is %j', (text, numbers) => {
  expect(parseRanges(text)).toEqual(numbers);
});

describe('parseEntries()', () => {
  test('reads operations, without the sum of all devices', () => {
    const text = '254:0 Read 0\n254:0 Write 557056\n254:16 Total 5\nTotal 557056\n';
    expect(parseEntries(text)).toEqual([
      { major: 254n, minor: 0n, op: 'Read', value: 0n },
      { major: 254n, minor: 0n, op: 'Write', value: 557056n },
      { major: 254n, minor: 16n, op: 'Total', value: 5n },
    ]);
  });

  test('reads counters without operations', () => {
    expect(parseEntries('8:0 6792\n')).toEqual([{ major: 8n, minor: 0n, op: '', value: 6792n }]);
  });

  test('finds none where there are none', () => {
    expect(parseEntries('Total 0\n')).toEqual([]);
    expect(parseEntries('')).toEqual([]);
  });
});

test("parseIoStat() has v1's tables", () => {
  const text = '98:0 rbytes=0 wbytes=540672 rios=0 wios=10 dbytes=0 dios=0\n254:16 \n';
  expect(parseIoStat(text)).toEqual({
    serviceBytes: [
      { major: 98n, minor: 0n, op: 'Read', value: 0n }, { major: 98n, minor: 0n, op: 'Write', value: 540672n },
    ],
    serviced: [{ major: 98n, minor: 0n, op: 'Read', value: 0n }, { major: 98n, minor: 0n, op: 'Write', value: 10n }],
  });
});

describe('parsePressure()', () => {
  test('reads both lines', () => {
    const some = 'some avg10=1.50 avg60=0.25 avg300=0.00 total=35535\n';
    expect(parsePressure(`${some}full avg10=0.00 avg60=0.00 avg300=0.00 total=19410\n`)).toEqual({
      some: { avg10: 1.5, avg60: 0.25, avg300: 0, total: 35535n },
      full: { avg10: 0, avg60: 0, avg300: 0, total: 19410n },
    });
  });

  test('has zeros where there is no second line', () => {
    expect(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n').full).toEqual({
      avg10: 0, avg60: 0, avg300: 0, total: 0n,
    });
  });
});

test('pageSizes() are those of the files, sorted', () => {
  const names = [
    'hugetlb.2MB.current', 'hugetlb.2MB.rsvd.current', 'hugetlb.1GB.current', 'hugetlb.1GB.max', 'memory.current',
    'hugetlb.64KB.usage_in_bytes', 'hugetlb.64KB.rsvd.usage_in_bytes', 'hugetlb.64KB.max_usage_in_bytes',
  ];
  expect(pageSizes(names)).toEqual(['1GB', '2MB', '64KB']);
});

describe('together()', () => {
  const counter = (limit: bigint, usage: bigint): Parameters<typeof together>[0] => {
    return { limit, usage, max: 5n, failures: 0n };
  };

  test('adds swap to memory', () => {
    expect(together(counter(100n, 7n), counter(50n, 1n))).toEqual({ limit: 150n, usage: 8n, max: 0n, failures: 0n });
  });

  test.each([
    [UNLIMITED, 50n], [100n, UNLIMITED], [UNLIMITED, UNLIMITED],
  ])('never exceeds the largest number: %s and %s', (memory, swap) => {
    expect(together(counter(memory, 1n), counter(swap, 1n)).limit).toBe(UNLIMITED);
  });
});
