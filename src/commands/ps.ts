// nunc ps.

import { pidsOf, tableOf } from '../container/ps.ts';
import { placeOf } from '../container/store.ts';
import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';

export function run({ globals, options, positionals, print }: Invocation): number {
  const [id = '', ...args] = positionals;
  const pids = pidsOf(placeOf(globals.root, id));
  const format = options.string('format') ?? 'table';
  if (format === 'json') print(`${pids.length === 0 ? 'null' : JSON.stringify(pids)}\n`);
  else if (format === 'table') print(tableOf(pids, args));
  else throw new NuncError('usage', `invalid format option ${JSON.stringify(format)}`);
  return 0;
}
