// nunc kill.

import { killContainer } from '../container/kill.ts';
import { placeOf } from '../container/store.ts';
import { NuncError } from '../error.ts';
import { parseSignal } from '../linux/signals.ts';
import type { Invocation } from './command.ts';

export function run({ ffi, globals, options, positionals }: Invocation): number {
  // As with runc an empty signal is none.
  const text = positionals[1] || 'TERM';
  const signal = parseSignal(text);
  if (signal === undefined) throw new NuncError('usage', `unknown signal ${JSON.stringify(text)}`);
  const place = placeOf(globals.root, positionals[0] ?? '');
  killContainer(ffi(), { place, signal, all: options.boolean('all') });
  return 0;
}
