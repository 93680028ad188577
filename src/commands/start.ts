// nunc start.

import { startContainer } from '../container/start.ts';
import { placeOf } from '../container/store.ts';
import type { Invocation } from './command.ts';

export function run({ ffi, globals, positionals }: Invocation): number {
  startContainer(ffi(), placeOf(globals.root, positionals[0] ?? ''));
  return 0;
}
