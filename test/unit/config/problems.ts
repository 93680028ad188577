// What parseConfig() says of a text, as plain lists.

import { parseConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/error.ts';

export function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(text);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
