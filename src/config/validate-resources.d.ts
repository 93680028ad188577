// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.

import type { SchemaError } from './messages.ts';
import type { LinuxResources } from './types.ts';

/** Whether `data` follows the schema; if not, `errors` has all that is wrong until the next call. */
export const validate: {
  (data: unknown): data is LinuxResources;
  errors?: readonly SchemaError[] | null;
};
