import { describe, expect, test } from 'vitest';
import { renderComparison } from '../../../../scripts/bench/compare.ts';
import { measurements, results, rowsOf, samples } from './results-example.ts';

describe('renderComparison()', () => {
  const start = { nunc: samples(6, 1), crun: samples(4, 4) };
  const later = results({
    scenarios: { plain: measurements({ samples: { start } }) },
    versions: { nunc: 'nunc version 1', crun: 'crun version 2' },
    memory: { nunc: { initRss: 44, initPss: 44, createPeak: 3000, runPeak: 3100 } },
  });

  test("shows the change of each of nunc's medians and of its ratios to those that both runs have", () => {
    expect(rowsOf(renderComparison(later, results()), 'plain: start')).toEqual([[
      'plain: start', '**3.00 → 6.00** (+100 %)', '1.00 → 1.00 (+0 %)', '**0.50 → 1.50**', '0.25 → 0.25',
    ]]);
  });

  test('says how much the others have changed, over all commands', () => {
    expect(renderComparison(later, results())).toContain('crun itself, over all commands: wall −33 %, CPU +0 %.');
  });

  test('says that the others are other versions', () => {
    const earlier = results({ versions: { nunc: 'nunc version 1', crun: 'crun version 1' } });
    expect(renderComparison(later, earlier)).toContain('crun itself (crun version 1 → crun version 2), over');
  });

  test('sets changes in bold only where the quartiles are apart', () => {
    const noisy = (first: number): ReturnType<typeof results> => {
      const nunc = { wall: [first, first + 1, first + 8], cpu: [1, 1, 1] };
      return results({ scenarios: { plain: measurements({ samples: { start: { ...start, nunc } } }) } });
    };
    const change = (to: number): string | undefined =>
      rowsOf(renderComparison(noisy(to), noisy(2)), 'plain: start')[0]?.[1];
    expect(change(3)).toBe('3.00 → 4.00 (+33 %)');
    expect(change(12)).toBe('**3.00 → 13.00** (+333 %)');
  });

  test('shows compiled containers, and memory', () => {
    const run = { nunc: samples(8, 4), crun: samples(8, 4) };
    const made = (wall: number): ReturnType<typeof results> => results({
      scenarios: { plain: measurements({ samples: { run }, compiled: samples(wall, 1) }) },
      memory: later.memory,
      versions: later.versions,
    });
    const text = renderComparison(made(2), { ...made(4), memory: results().memory });
    expect(rowsOf(text, 'plain: run, compiled')).toEqual([[
      'plain: run, compiled', '**4.00 → 2.00** (−50 %)', '1.00 → 1.00 (+0 %)', '**0.50 → 0.25**', '0.25 → 0.25',
    ]]);
    expect(rowsOf(text, "a created container's init")).toEqual([["a created container's init", '48 → 44']]);
    expect(rowsOf(text, "create's peak")).toEqual([["create's peak", '40000 → 3000']]);
  });

  test('leaves out what was not measured before', () => {
    const docker = measurements();
    const text = renderComparison(results({ scenarios: { plain: measurements(), docker } }), results());
    expect(rowsOf(text, 'docker: start')).toEqual([]);
    expect(rowsOf(text, 'plain: start')).toHaveLength(1);
    expect(renderComparison(results(), results({ scenarios: { docker } }))).toContain('nothing in common');
  });

  test('warns of another machine', () => {
    const { machine } = results();
    const elsewhere = results({ machine: { ...machine, cgroups: 'v2' } });
    expect(renderComparison(results(), elsewhere)).toContain('On another machine');
    expect(renderComparison(results(), results())).not.toContain('On another machine');
  });
});
