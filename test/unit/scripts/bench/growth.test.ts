import { describe, expect, test } from 'vitest';
import { growthOf, verdictOf } from '../../../../scripts/bench/growth-fit.ts';
import { growthPlot } from '../../../../scripts/bench/growth-plot.ts';
import { renderGrowth } from '../../../../scripts/bench/growth-report.ts';
import type { GrowthResults, GrowthSeries } from '../../../../scripts/bench/growth-results.ts';
import { configOf, SERIES } from '../../../../scripts/bench/growth-series.ts';
import type { RuntimeName } from '../../../../scripts/bench/results.ts';
import { parseConfig } from '../../../../src/config/load.ts';

const SIZES = [0, 10, 100, 300, 1000];

/** @param noise how much faster and slower than the others two of the rounds are */
function seriesOf(costs: Partial<Record<RuntimeName, (size: number) => number>>, noise = 0): GrowthSeries {
  const points = SIZES.map((size) => ({
    size,
    samples: Object.fromEntries(Object.entries(costs).map(([name, cost]) => {
      const times = [-noise, 0, noise].map((each) => cost(size) + each);
      return [name, { wall: times, cpu: times }];
    })),
  }));
  return { name: 'mounts', entries: 'mounts', command: 'create', points };
}

function results(series: GrowthSeries): GrowthResults {
  return {
    format: 1,
    date: '2026-01-02T03:04:05.000Z',
    rounds: 3,
    machine: { cpu: 'Test', cpus: 2, memoryMiB: 1024, kernel: 'Linux 6.1', cgroups: 'v1' },
    versions: { nunc: 'nunc version 1', crun: 'crun version 2' },
    series: [series],
  };
}

describe('growthOf()', () => {
  test.each([
    ['linear', 1, (size: number) => 20 + 0.05 * size],
    ['quadratic', 2, (size: number) => 20 + 0.0001 * size ** 2],
    ['a root', 0.5, (size: number) => 20 + size ** 0.5],
  ])('finds the exponent of %s growth', (_, exponent, cost) => {
    const growth = growthOf(seriesOf({ nunc: cost }), 'nunc', 'wall');
    expect(growth?.exponent).toBeCloseTo(exponent, 5);
    expect(growth?.base).toBe(20);
    expect(growth?.perEntry).toBeCloseTo((cost(1000) - 20), 5);
  });

  test('takes a rise within the noise for none', () => {
    expect(growthOf(seriesOf({ nunc: (size) => 20 + size / 400 }, 8), 'nunc', 'wall')).toMatchObject({
      grows: false, exponent: undefined,
    });
  });

  test('takes a rise of a twentieth for none', () => {
    expect(growthOf(seriesOf({ nunc: (size) => 20 + size / 1200 }), 'nunc', 'wall')?.grows).toBe(false);
  });

  test('knows nothing of a runtime that was not measured', () => {
    expect(growthOf(seriesOf({ nunc: () => 1 }), 'crun', 'wall')).toBeUndefined();
  });
});

describe('verdictOf()', () => {
  test.each([
    [(size: number) => 20 + size, 'linear or better'],
    [(size: number) => 20 + size ** 1.3, 'worse than linear'],
    [() => 20, 'hardly grows'],
    [(size: number) => (size < 1000 ? 20 : 25), 'little'],
  ])('judges %s', (cost, verdict) => {
    expect(verdictOf(growthOf(seriesOf({ nunc: cost }), 'nunc', 'cpu')!)).toBe(verdict);
  });
});

describe('renderGrowth()', () => {
  test('shows what an entry costs beside the others', () => {
    const series = seriesOf({ nunc: (size) => 20 + 0.02 * size, crun: (size) => 10 + 0.04 * size });
    expect(renderGrowth(results(series)).split('\n')).toContain(
      '| create: mounts | 1000 | 20.0 → **40.0**, 20.0 µs, n^1.00 | 10.0 → **50.0**, 40.0 µs, n^1.00 |'
      + '                  0.50 | linear or better |',
    );
  });
});

describe('growthPlot()', () => {
  test('has a line for each runtime in a panel for each series', () => {
    const svg = growthPlot(results(seriesOf({ nunc: () => 1, crun: () => 2 })), 'cpu');
    expect(svg.match(/class="l\d"/g)).toEqual(['class="l0"', 'class="l1"']);
    expect(svg).toContain('create: mounts');
  });
});

describe('configOf()', () => {
  test.each(SERIES.map((series) => [series.name, series] as const))('makes valid configs of %s', (_, series) => {
    const bundle = { rootfs: '/rootfs', cgroupsPath: '/test', cgroups: 'v1' as const };
    const length = (size: number): number => {
      const text = JSON.stringify(configOf(series, size, bundle));
      parseConfig(text);
      return text.length;
    };
    const lengths = series.sizes.map(length);
    expect([...lengths].sort((a, b) => a - b)).toEqual(lengths);
    expect(new Set(lengths).size).toBe(lengths.length);
  });
});
