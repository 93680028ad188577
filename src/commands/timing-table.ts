// What a stopwatch has, as a table for people and as data for programs. Pure.

import type { TimedStage } from '../container/stopwatch.ts';

/** In the order in which stages began; a longer one before those that went on meanwhile. */
function inOrder(stages: readonly TimedStage[]): TimedStage[] {
  return [...stages].sort((one, other) => one.begin - other.begin || other.end - one.end);
}

const WIDTH = 9;

/** A line for each stage: when it began, how long it took, what was done. The init's are indented: while they go on the
 * runtime waits. */
export function timingRows(stages: readonly TimedStage[]): string[] {
  const rows = [row('begin', 'took', 'milliseconds')];
  for (const { by, name, begin, end } of inOrder(stages)) {
    rows.push(row(milliseconds(begin), milliseconds(end - begin), by === 'init' ? `  ${name}` : name));
  }
  rows.push(row('', milliseconds(totalOf(stages)), 'in all'));
  return rows;
}

function row(begin: string, took: string, name: string): string {
  return `${begin.padStart(WIDTH)}${took.padStart(WIDTH)}  ${name}`;
}

function milliseconds(value: number): string {
  return value.toFixed(3);
}

/** From the engine's start to the end of the last stage. */
function totalOf(stages: readonly TimedStage[]): number {
  return Math.max(0, ...stages.map(({ end }) => end));
}

export interface TimingData {
  readonly command: string;
  readonly container: string;
  /** Of all numbers. */
  readonly unit: 'ms';
  readonly total: number;
  readonly stages: readonly {
    readonly by: TimedStage['by'];
    readonly name: string;
    readonly begin: number;
    readonly took: number;
  }[];
}

export function timingData(
  stages: readonly TimedStage[],
  of: Pick<TimingData, 'command' | 'container'>,
): TimingData {
  const rounded = (value: number): number => Number(value.toFixed(3));
  return {
    ...of,
    unit: 'ms',
    total: rounded(totalOf(stages)),
    stages: inOrder(stages).map(({ by, name, begin, end }) => ({
      by, name, begin: rounded(begin), took: rounded(end - begin),
    })),
  };
}
