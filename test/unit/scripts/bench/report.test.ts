import { describe, expect, test } from 'vitest';
import {
  BEGIN_MARK, END_MARK, renderComparison, renderResults, renderTable, replaceMarked,
} from '../../../../scripts/bench/report.ts';
import type { Results } from '../../../../scripts/bench/results.ts';

function results(changes: Partial<Results> = {}): Results {
  return {
    format: 1,
    date: '2026-01-02T03:04:05.000Z',
    rounds: 3,
    machine: { cpu: 'Test', cpus: 2, memoryMiB: 1024, kernel: 'Linux 6.1', cgroups: 'v1' },
    versions: { nunc: 'nunc version 1', crun: 'crun version 2', runc: 'runc version 3' },
    samples: {
      start: {
        nunc: { wall: [3, 3, 3], cpu: [1, 1, 1] },
        crun: { wall: [6, 6, 6], cpu: [4, 4, 4] },
        runc: { wall: [12, 12, 12], cpu: [5, 5, 5] },
      },
    },
    floor: { wall: [0.5, 0.5, 0.5], cpu: [0.25, 0.25, 0.25] },
    memory: { nunc: { initRss: 48, initPss: 47, createPeak: 40000, runPeak: 41000 } },
    ...changes,
  };
}

/** The cells of the rows that begin with `first`. */
function rowsOf(text: string, first: string): string[][] {
  const rows = text.split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  return rows.filter((cells) => cells[0] === first);
}

describe('renderResults()', () => {
  test('shows times and ratios of the commands that were measured', () => {
    const text = renderResults(results());
    const [wall, cpu, ...others] = rowsOf(text, 'start');
    expect(wall).toEqual([
      'start', '**3.00** (3.00–3.00)', '**6.00** (6.00–6.00)', '**12.00** (12.00–12.00)',
      '**0.50** (0.50–0.50)', '**0.25** (0.25–0.25)',
    ]);
    expect(cpu?.slice(4)).toEqual(['**0.25** (0.25–0.25)', '**0.20** (0.20–0.20)']);
    expect(others).toEqual([]);
    expect(rowsOf(text, 'create')).toEqual([]);
    expect(rowsOf(text, '(an empty program)').map((cells) => cells[1])).toEqual([
      '**0.50** (0.50–0.50)', '**0.25** (0.25–0.25)',
    ]);
    expect(rowsOf(text, 'nunc')).toEqual([['nunc', '48', '47', '40000', '41000']]);
  });

  test('shows the compiled container beside the run of the others', () => {
    const run = { wall: [8, 8, 8], cpu: [4, 4, 4] };
    const samples = { run: { nunc: run, crun: run, runc: { wall: [16, 16, 16], cpu: [8, 8, 8] } } };
    const compiled = { wall: [2, 2, 2], cpu: [1, 1, 1] };
    const [wall] = rowsOf(renderResults(results({ samples, compiled })), 'run, compiled');
    expect(wall).toEqual([
      'run, compiled', '**2.00** (2.00–2.00)', '', '', '**0.25** (0.25–0.25)', '**0.13** (0.13–0.13)',
    ]);
    expect(rowsOf(renderResults(results({ samples })), 'run, compiled')).toEqual([]);
  });

  test('has no ratios without nunc', () => {
    const versions = { crun: 'crun version 2', runc: 'runc version 3' };
    const [wall] = rowsOf(renderResults(results({ versions })), 'start');
    expect(wall).toEqual(['start', '**6.00** (6.00–6.00)', '**12.00** (12.00–12.00)']);
  });
});

describe('renderComparison()', () => {
  test('shows the change of each median and of the ratio to crun', () => {
    const later = results({
      samples: { start: { nunc: { wall: [6, 6, 6], cpu: [1, 1, 1] }, crun: { wall: [4, 4, 4], cpu: [4, 4, 4] } } },
      versions: { nunc: 'nunc version 1', crun: 'crun version 2' },
    });
    const rows = rowsOf(renderComparison(later, results()), 'start');
    expect(rows).toEqual([
      ['start', 'nunc', '3.00 → 6.00 (+100 %)', '1.00 → 1.00 (+0 %)', '0.50 → 1.50', '0.25 → 0.25'],
      ['start', 'crun', '6.00 → 4.00 (−33 %)', '4.00 → 4.00 (+0 %)', '', ''],
    ]);
  });

  test('leaves empty what was not measured before', () => {
    const [row] = rowsOf(renderComparison(results(), results({ samples: {} })), 'start');
    expect(row).toEqual(['start', 'nunc', '', '', '', '']);
  });
});

describe('renderTable()', () => {
  test('pads every column to its widest cell', () => {
    expect(renderTable(['name', 'n'], [['a', '1000'], ['long name', '2']])).toBe(
      '| name      |    n |\n| --------- | ----:|\n| a         | 1000 |\n| long name |    2 |',
    );
  });
});

describe('replaceMarked()', () => {
  test('replaces what is between the marks and nothing else', () => {
    const document = `before\n${BEGIN_MARK}\nold\n${END_MARK}\nafter\n`;
    const replaced = replaceMarked(document, 'new');
    expect(replaced).toBe(`before\n${BEGIN_MARK}\nnew\n${END_MARK}\nafter\n`);
    expect(replaceMarked(replaced, 'new')).toBe(replaced);
  });

  test.each(['no marks', BEGIN_MARK, `${END_MARK}\n${BEGIN_MARK}`])('refuses %j', (document) => {
    expect(() => replaceMarked(document, 'new')).toThrow('the document has no');
  });
});
