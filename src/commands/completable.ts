// What the parts of a command line can be completed to, whatever the shell.

import { SIGNALS } from '../linux/signals.ts';
import { wordsOf } from './signature.ts';
import type { Option, Positional } from './table.ts';

/** A file, a directory, a container's id, one of some words, or something that only the user knows. */
export type Completable = 'file' | 'directory' | 'id' | 'unknown' | readonly string[];

/** What an option's value can be; undefined for one without a value. */
export function completableValue(option: Option): Completable | undefined {
  if (option.kind === 'boolean') return undefined;
  const words = wordsOf(option.placeholder ?? '');
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
  const words = wordsOf(name);
  if (words.length > 0) return words;
  switch (name) {
    case 'container-id':
      return 'id';
    case 'signal':
      return Object.keys(SIGNALS);
    default:
      return name.endsWith('file') ? 'file' : 'unknown';
  }
}

/** All names of an option that are shown, with their dashes. */
export function writtenNames({ name, alias }: Option): string[] {
  return alias === undefined ? [`--${name}`] : [`-${alias}`, `--${name}`];
}
