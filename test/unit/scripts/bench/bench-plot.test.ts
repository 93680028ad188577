import { describe, expect, test } from 'vitest';
import { benchPlot } from '../../../../scripts/bench/bench-plot.ts';

const samples = { create: { nunc: { wall: [1, 2, 3], cpu: [1, 1, 1] }, crun: { wall: [4, 4, 4], cpu: [2, 2, 2] } } };
const common = { date: '2026-01-02T03:04:05.000Z', machine: { kernel: 'Linux 6.1', cgroups: 'v1' } };

describe('benchPlot()', () => {
  test('shows medians of a scenario, and of files from before there were scenarios', () => {
    const old = benchPlot({ ...common, rounds: 3, samples }, { scenario: 'plain', quantity: 'wall' });
    const now = benchPlot({ ...common, scenarios: { plain: { rounds: 3, samples } } }, {
      scenario: 'plain', quantity: 'wall',
    });
    expect(now).toBe(old);
    expect(now).toContain('>2</text>');
    expect(now).toContain('>create</text>');
  });

  test('refuses what was not measured', () => {
    expect(() => benchPlot({ ...common, scenarios: {} }, { scenario: 'many', quantity: 'cpu' }))
      .toThrow('cannot show the scenario "many"');
  });
});
