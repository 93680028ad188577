import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Panel, plotBars, type PlotOptions,plotPanels } from '../../../../scripts/bench/plot.ts';

const options: PlotOptions = {
  title: 'Time & "work"', subtitle: 'a < b', yLabel: 'ms', xScale: 'linear', names: ['ours', 'theirs'],
};

function panel(name: string, points: readonly (readonly [x: number, y: number])[]): Panel {
  const lines = [{ name, points: points.map(([x, y]) => ({ x, y, low: y, high: y })) }];
  return { title: name, xLabel: 'mounts', lines };
}

function circles(svg: string): [x: number, y: number][] {
  return [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

describe('plotPanels()', () => {
  test('puts points in proportion on linear axes from 0', () => {
    const [first, middle, last] = circles(plotPanels([panel('ours', [[0, 0], [50, 5], [100, 10]])], options));
    expect(middle).toEqual([(first![0] + last![0]) / 2, (first![1] + last![1]) / 2]);
  });

  test('puts equal factors at equal distances on a logarithmic axis, and 0 to the left of them', () => {
    const points = [[0, 1], [10, 1], [100, 1], [1000, 1]] as const;
    const [zero, ten, hundred, thousand] = circles(plotPanels([panel('ours', points)], { ...options, xScale: 'log' }));
    expect(thousand![0] - hundred![0]).toBeCloseTo(hundred![0] - ten![0], 1);
    expect(zero![0]).toBeLessThan(ten![0]);
  });

  test('gives a name the same colour in each panel', () => {
    const svg = plotPanels([panel('theirs', [[0, 1], [1, 2]]), panel('theirs', [[0, 1], [1, 2]])], options);
    expect(svg.match(/class="l1"/g)).toHaveLength(2);
    expect(svg).not.toContain('class="l0"');
  });

  test('is the same for the same measurements', () => {
    const panels = [panel('ours', [[0, 1 / 3], [3, 2 / 3]])];
    expect(plotPanels(panels, options)).toBe(plotPanels(panels, options));
  });

  test.each([
    ['no panels', []],
    ['a panel without lines', [{ title: 'none', xLabel: '', lines: [] }]],
    ['a line without points', [panel('ours', [])]],
    ['points at 0 only', [panel('ours', [[0, 0]])]],
  ])('draws %s without a number that is none', (_, panels) => {
    for (const xScale of ['linear', 'log'] as const) {
      expect(plotPanels(panels, { ...options, xScale })).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test.skipIf(!existsSync('/usr/bin/python3'))('writes well-formed XML', () => {
    const svg = plotPanels([panel('ours', [[0, 1], [1, 2]])], options);
    const parse = 'import sys, xml.dom.minidom as m; '
      + 'print(m.parse(sys.stdin).documentElement.attributes["aria-label"].value)';
    expect(execFileSync('python3', ['-c', parse], { input: svg, encoding: 'utf8' })).toBe('Time & "work"\n');
  });
});

describe('plotBars()', () => {
  test('gives bars heights in proportion and their values as text', () => {
    const bar = (name: string, value: number) => ({ name, value, low: value, high: value });
    const svg = plotBars([{ title: 'create', bars: [bar('ours', 2), bar('theirs', 8)] }], options);
    const heights = [...svg.matchAll(/<rect class="f(\d)"[^>]* width="24" height="([\d.]+)"/g)];
    expect(heights.map(([, colour]) => colour)).toEqual(['0', '1']);
    expect(Number(heights[1]![2]) / Number(heights[0]![2])).toBeCloseTo(4, 5);
    expect(svg).toContain('>2</text>');
    expect(svg).toContain('>create</text>');
  });

  test('draws no groups', () => {
    expect(plotBars([], options)).not.toMatch(/NaN|Infinity|undefined/);
  });
});
