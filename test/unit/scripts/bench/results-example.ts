// A benchmark's findings in which every number is easy to follow.

import type { Measurements, Results, Samples } from '../../../../scripts/bench/results.ts';

/** Three rounds alike. */
export function samples(wall: number, cpu: number): Samples {
  return { wall: [wall, wall, wall], cpu: [cpu, cpu, cpu] };
}

export function measurements(changes: Partial<Measurements> = {}): Measurements {
  return {
    rounds: 3,
    samples: { start: { nunc: samples(3, 1), crun: samples(6, 4), runc: samples(12, 5) } },
    floor: samples(0.5, 0.25),
    ...changes,
  };
}

export function results(changes: Partial<Results> = {}): Results {
  return {
    format: 2,
    date: '2026-01-02T03:04:05.000Z',
    machine: { cpu: 'Test', cpus: 2, memoryMiB: 1024, kernel: 'Linux 6.1', cgroups: 'v1' },
    versions: { nunc: 'nunc version 1', crun: 'crun version 2', runc: 'runc version 3' },
    commits: { nunc: '0123456789abcdef0123-dirty' },
    scenarios: { plain: measurements() },
    memory: { nunc: { initRss: 48, initPss: 47, createPeak: 40000, runPeak: 41000 } },
    ...changes,
  };
}

/** The cells of the rows that begin with `first`. */
export function rowsOf(text: string, first: string): string[][] {
  const rows = text.split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  return rows.filter((cells) => cells[0] === first);
}
