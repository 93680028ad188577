// What somebody may have meant by a word that there is not. Loaded only then.

import { nearestWords } from '../config/spelling.ts';
import { NuncError } from '../error.ts';
import { commands } from './table.ts';

/** What runc and its clients know an unknown command by. */
const UNKNOWN_COMMAND = 3;

/** The error for a command that there is not. */
export function unknownCommand(name: string): NuncError {
  const hint = suggestion(name, [...commands.map((command) => command.name), 'help']);
  return new NuncError('usage', `No help topic for '${name}'`, { exitStatus: UNKNOWN_COMMAND, hint });
}

/** `did you mean "state"?`; undefined when no known word is near. */
export function suggestion(word: string, known: readonly string[], prefix = ''): string | undefined {
  const nearest = nearestWords(word, known).map((name) => JSON.stringify(`${prefix}${name}`));
  return nearest.length === 0 ? undefined : `did you mean ${nearest.join(' or ')}?`;
}
