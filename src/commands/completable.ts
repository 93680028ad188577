// What the parts of a command line can be completed to, whatever the shell.

import { SIGNALS } from '../linux/signals.ts';
import { wordsOf } from './signature.ts';
import type { CommandEntry, Option, Positional } from './table.ts';
import { commands } from './table.ts';

/** A file, a directory, a container's id, one of some words, or something that only the user knows. */
export type Completable = 'file' | 'directory' | 'id' | 'unknown' | readonly string[];

/** What an option's value can be; undefined for one without a value. */
export function completableValue(option: Option): Completable | undefined {
  if (option.kind === 'boolean') return undefined;
  const words = wordsOf(option);
  if (words.length > 0) return words;
  switch (option.placeholder) {
    case 'DIR':
      return 'directory';
    case 'FILE': case 'SOCKET':
      return 'file';
    default:
      return 'unknown';
  }
}

export function completablePositional({ name }: Positional): Completable {
  switch (name) {
    case 'container-id':
      return 'id';
    case 'signal':
      return Object.keys(SIGNALS);
    case 'shell':
      return ['bash', 'zsh'];
    default:
      return name.endsWith('file') ? 'file' : 'unknown';
  }
}

/** All names of an option that are shown, with their dashes. */
export function writtenNames({ name, alias }: Option): string[] {
  return alias === undefined ? [`--${name}`] : [`-${alias}`, `--${name}`];
}

/** First words of commands of two, with what can follow. */
export function commandGroups(): ReadonlyMap<string, readonly CommandEntry[]> {
  const groups = new Map<string, CommandEntry[]>();
  for (const command of commands) {
    const [first = '', second] = command.name.split(' ');
    if (second !== undefined) groups.set(first, [...groups.get(first) ?? [], command]);
  }
  return groups;
}
