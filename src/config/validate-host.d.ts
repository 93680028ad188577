// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.

import type { SchemaError } from './messages.ts';
import type { ToldFacts } from './types.ts';

/** Whether `data` follows the schema; if not, `errors` has all that is wrong until the next call. */
export const validate: {
  (data: unknown): data is ToldFacts;
  errors?: readonly SchemaError[] | null;
};
