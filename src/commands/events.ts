// nunc events.

import { followEvents, printStatistics } from '../container/events.ts';
import { relyingOnConfig } from '../container/frozen-config.ts';
import { containerExists, notFound, placeOf } from '../container/store.ts';
import { NuncError } from '../error.ts';
import type { Invocation, Options } from './command.ts';
import { parseDuration } from './duration.ts';
import { UsageError } from './parse.ts';
import { findCommand } from './table.ts';

export async function run({ ffi, globals, options, positionals, print }: Invocation): Promise<number> {
  const interval = readInterval(options);
  const place = placeOf(globals.root, positionals[0] ?? '');
  if (!containerExists(place)) throw notFound(place);
  if (interval <= 0) throw new NuncError('usage', 'duration interval must be greater than 0');
  await relyingOnConfig(place, () => {
    if (options.boolean('stats')) printStatistics(ffi(), { place, print });
    else followEvents(ffi(), { place, print, interval });
  });
  return 0;
}

/** In milliseconds. */
function readInterval(options: Options): number {
  const text = options.string('interval') ?? '5s';
  const interval = parseDuration(text);
  if (interval !== undefined) return interval;
  const message = `invalid value ${JSON.stringify(text)} for flag -interval: parse error`;
  throw new UsageError(message, findCommand('events'));
}
