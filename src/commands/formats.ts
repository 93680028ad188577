// The value of --format, for commands that have text and JSON.

import { NuncError } from '../error.ts';

/** @throws NuncError (usage) for a format that there is not */
export function readFormat(value = 'text'): 'text' | 'json' {
  if (value === 'text' || value === 'json') return value;
  throw new NuncError('usage', `invalid format option ${JSON.stringify(value)}`);
}
