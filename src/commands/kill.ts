// nunc kill.

import { killContainer } from '../container/kill.ts';
import { placeOf } from '../container/store.ts';
import { NuncError } from '../error.ts';
import { parseSignal } from '../linux/signals.ts';
import type { Invocation } from './command.ts';

export async function run({ ffi, globals, options, positionals }: Invocation): Promise<number> {
  // As with runc an empty signal is none.
  const text = positionals[1] || 'TERM';
  const signal = parseSignal(text);
  if (signal === undefined) throw new NuncError('usage', `unknown signal ${JSON.stringify(text)}`);
  const [id = ''] = positionals;
  const kill = (each: string): void => {
    killContainer(ffi(), { place: placeOf(globals.root, each), signal, all: options.boolean('all') });
  };
  if (options.boolean('regex')) {
    const { forEachMatching } = await import('./matching.ts');
    await forEachMatching({ root: globals.root, pattern: id, does: 'kill' }, kill);
  } else {
    kill(id);
  }
  return 0;
}
