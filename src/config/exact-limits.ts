// process.rlimits to the last digit. JSON numbers are read as doubles, which hold integers up to 2^53, but a limit must
// be exactly what the config says (config.md, "POSIX process").

import { parseLargeAsText } from './exact-numbers.ts';
import type { Spec } from './types.ts';

export interface ExactLimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/**
 * The limits of a config by their index.
 *
 * @param text what `spec` was parsed from
 * @returns undefined when the numbers in `spec` are exact
 */
export function exactLimits(text: string, { process }: Pick<Spec, 'process'>): ExactLimit[] | undefined {
  const limits = process?.rlimits ?? [];
  if (limits.every(({ soft, hard }) => Number.isSafeInteger(soft) && Number.isSafeInteger(hard))) return undefined;
  // Only seldom: the same document once more, with large integers as strings.
  const document = parseLargeAsText(text) as Spec;
  return (document.process?.rlimits ?? []).map(({ soft, hard }) => ({ soft: toLimit(soft), hard: toLimit(hard) }));
}

/** RLIM_INFINITY. Programs that read it as a double write it as 18446744073709552000. */
const INFINITY = 2n ** 64n - 1n;

function toLimit(value: number | string): bigint {
  const limit = BigInt(value);
  return limit > INFINITY ? INFINITY : limit;
}
