// --timings: where the time of a command went. What measures is container/stopwatch.ts; here it is asked for and told.

import { startStopwatch, type Stopwatch } from '../container/stopwatch.ts';
import type { Invocation } from './command.ts';

/** The command's stopwatch, if its options ask for one. It runs from now on. */
export function stopwatchOf({ options, ffi }: Invocation): Stopwatch | undefined {
  return options.boolean('timings') ? startStopwatch(ffi()) : undefined;
}

/** Tells what the stopwatch has, when the command has done its work. */
export async function reportTimings(
  { log, positionals }: Invocation,
  command: string,
  { stopwatch }: { readonly stopwatch?: Stopwatch | undefined },
): Promise<void> {
  if (stopwatch === undefined) return;
  const { timingRows, timingData } = await import('./timing-table.ts');
  const container = positionals[0] ?? '';
  log.report({
    title: `timings of ${command} ${container}`,
    lines: timingRows(stopwatch.stages),
    fields: { timings: timingData(stopwatch.stages, { command, container }) },
  });
}
