// A part of a config.json that stands by itself, as a file or put together from options: what is found wrong with it is
// worded for a whole config.json, and is told with pointers that start at the part.

import { ConfigError } from '../error.ts';

export interface Part {
  /** Runs what words its errors for a config.json. */
  within<Result>(check: () => Result): Result;
  /** One such line, for a warning. */
  word(line: string): string;
}

/** @param name what the part is called @param pointer where a config.json has it */
export function partOf(name: string, pointer: string): Part {
  const where = new RegExp(`^(?:config\\.json: )?(?:${pointer}(?=[/:])(?:: )?)?`);
  const word = (line: string): string => line.replace(where, `${name}: `);
  return {
    word,
    within(check) {
      try {
        return check();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        throw new ConfigError(error.problems.map(word));
      }
    },
  };
}
