// nunc state.

import { stateOf } from '../container/state.ts';
import { placeOf } from '../container/store.ts';
import type { Invocation } from './command.ts';

export function run({ ffi, globals, positionals, print }: Invocation): number {
  const { owner: _, ...state } = stateOf(ffi(), placeOf(globals.root, positionals[0] ?? ''));
  print(`${JSON.stringify({ ...state, owner: '' }, undefined, 2)}\n`);
  return 0;
}
