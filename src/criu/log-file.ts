// CRIU's own log, which tells why it has failed.

import { readFileSync } from 'node:fs';

/** How many lines of it a message has room for. */
const MOST = 4;

/** The last errors that a log tells of, on one line; '' when there is none to be read. */
export function lastErrors(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return '';
  }
  const errors = text.split('\n').filter((line) => /^\([\d.]+\)\s+(?:\d+:\s+)?Error /.test(line));
  return errors.slice(-MOST).map((line) => line.replace(/^\([\d.]+\)\s+/, '').trim()).join('; ');
}
