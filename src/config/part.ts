// A part of a config.json that stands by itself, as a file or put together from options: what is found wrong with it is
// found as in a whole config.json, and is told with pointers that start at the part.

import { ConfigError } from '../error.ts';
import { type Finding, lineOf } from '../finding.ts';

export interface Part {
  /** Runs what finds errors as in a config.json. */
  within<Result>(check: () => Result): Result;
  /** The line for one thing that was found, for a warning. */
  word(finding: Finding): string;
}

/** @param name what the part is called @param pointer where a config.json has it */
export function partOf(name: string, pointer: string): Part {
  const move = (finding: Finding): Finding => ({ ...finding, pointer: startAt(pointer, finding.pointer) });
  return {
    word: (finding) => lineOf(move(finding), name),
    within(check) {
      try {
        return check();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        throw new ConfigError(error.findings.map(move), { document: name });
      }
    },
  };
}

/** A pointer into the part from there on; others stay what they are. */
function startAt(start: string, pointer: string): string {
  return pointer === start || pointer.startsWith(`${start}/`) ? pointer.slice(start.length) : pointer;
}
