// nunc pause.

import { pauseContainer } from '../container/pause.ts';
import { placeOf } from '../container/store.ts';
import type { Invocation } from './command.ts';

export function run({ ffi, globals, positionals }: Invocation): number {
  pauseContainer(ffi(), placeOf(globals.root, positionals[0] ?? ''));
  return 0;
}
