// Reads what the runtime must know of processes out of the texts of /proc/<pid>/status and /proc/<pid>/limits. Opens no
// file.

import { LIMIT_ROWS } from '../linux/limits.ts';
import type { Limit } from './facts.ts';

export interface ProcessStatus {
  readonly effectiveUid: number;
  readonly effectiveGid: number;
  readonly parentPid: number;
  /** The names of the capabilities that are both permitted and bounding, by number. */
  readonly capabilities: readonly string[];
}

/** The value of a "Name:\tvalue" line; '' when there is none. */
function field(text: string, name: string): string {
  // Name: is the first line, so that every field looked for here follows a newline.
  const at = text.indexOf(`\n${name}:\t`);
  if (at < 0) return '';
  const start = at + name.length + 3;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}

/** The names of the bits that both 64-bit hexadecimal masks have. Halves, because a number has only 53 exact bits. */
function capabilityNames(permitted: string, bounding: string, names: readonly string[]): string[] {
  const half = (mask: string, start: number): number => Number.parseInt(mask.slice(start, start + 8), 16);
  const low = half(permitted, 8) & half(bounding, 8);
  const high = half(permitted, 0) & half(bounding, 0);
  const held: string[] = [];
  for (let number = 0; number < names.length; number++) {
    const bits = number < 32 ? low : high;
    const name = names[number];
    if (name !== undefined && ((bits >>> (number & 31)) & 1) === 1) held.push(name);
  }
  return held;
}

/** Parses proc_pid_status(5). `names` are the capabilities' names by number; what is missing in the text counts as
 * no capability, uid 0 or parent 0. */
export function parseProcessStatus(text: string, names: readonly string[]): ProcessStatus {
  return {
    effectiveUid: Number(field(text, 'Uid').split('\t')[1] ?? 0),
    effectiveGid: Number(field(text, 'Gid').split('\t')[1] ?? 0),
    parentPid: Number(field(text, 'PPid')),
    capabilities: capabilityNames(field(text, 'CapPrm'), field(text, 'CapBnd'), names),
  };
}

function limitValue(text: string, start: number): number {
  const word = text.slice(start, text.indexOf(' ', start));
  return word === 'unlimited' ? -1 : Number(word);
}

/** The columns of a row: fs/proc/base.c prints "%-25s %-20s %-20s". No value is as wide as its column. */
const SOFT_COLUMN = 26;
const HARD_COLUMN = 47;

/** One row of proc_pid_limits(5), by the name in its first column; undefined when there is none. Values above 2^53
 * lose their last digits. */
export function parseProcessLimit(text: string, row: string): Limit | undefined {
  const at = text.indexOf(`\n${row.padEnd(25)}`) + 1;
  if (at === 0) return undefined;
  return { soft: limitValue(text, at + SOFT_COLUMN), hard: limitValue(text, at + HARD_COLUMN) };
}

const ROWS = Object.entries(LIMIT_ROWS);

/** The rows of proc_pid_limits(5), by RLIMIT_ name. @param wanted the names; all that nunc knows if not given */
export function parseProcessLimits(text: string, wanted?: readonly string[]): Record<string, Limit> {
  const limits: Record<string, Limit> = {};
  for (let i = 0; i < ROWS.length; i++) {
    const [row, name] = ROWS[i] as readonly [string, string];
    if (wanted?.includes(name) === false) continue;
    const limit = parseProcessLimit(text, row);
    if (limit !== undefined) limits[name] = limit;
  }
  return limits;
}
