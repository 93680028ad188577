// nunc spec.

import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';

export function run(invocation: Invocation): number {
  throw new NuncError('usage', `not built yet: spec ${invocation.positionals.join(' ')}`);
}
