// nunc resume.

import { resumeContainer } from '../container/pause.ts';
import { placeOf } from '../container/store.ts';
import type { Invocation } from './command.ts';

export function run({ ffi, globals, positionals }: Invocation): number {
  resumeContainer(ffi(), placeOf(globals.root, positionals[0] ?? ''));
  return 0;
}
