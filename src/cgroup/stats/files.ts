// Reads the kernel's statistics files: single numbers, lines of `key value`, lists. All numbers are the kernel's u64.
// Knows no controller. A file that is not there is no error: which ones there are depends on version and configuration.

import { readFileSync } from 'node:fs';
import { codeOf } from '../../error.ts';
import { cgroupError } from '../directory.ts';
import type { CgroupPlacement } from '../driver.ts';

/** What "max", for no limit, is as a number: the largest u64, as runc prints it. */
export const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** The codes of a file that is not there, goes away while it is read (ENODEV), or of a feature that is off. */
const MISSING = ['ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP'];

/** The text of a file; undefined where there is none. @throws NuncError of kind `syscall` */
export function readText(directory: string | undefined, file: string): string | undefined {
  if (directory === undefined) return undefined;
  try {
    return readFileSync(`${directory}/${file}`, 'latin1');
  } catch (cause) {
    if (MISSING.includes(codeOf(cause) ?? '')) return undefined;
    throw cgroupError(`read "${directory}/${file}"`, cause);
  }
}

/** A number in decimal, or "max"; 0 for what is neither. */
export function parseNumber(text: string): bigint {
  const trimmed = text.trim();
  if (trimmed === 'max') return UNLIMITED;
  return /^\d+$/.test(trimmed) ? BigInt(trimmed) : 0n;
}

/** The number in a file; undefined where there is none. */
export function readNumber(directory: string | undefined, file: string): bigint | undefined {
  const text = readText(directory, file);
  return text === undefined ? undefined : parseNumber(text);
}

/** Lines of a key and a number. */
export function parseKeyed(text: string): Map<string, bigint> {
  const values = new Map<string, bigint>();
  for (const line of text.split('\n')) {
    const blank = line.indexOf(' ');
    if (blank > 0) values.set(line.slice(0, blank), parseNumber(line.slice(blank + 1)));
  }
  return values;
}

/** The container's cgroup in the v2 tree. */
export function unifiedOf({ cgroups }: CgroupPlacement): string | undefined {
  return cgroups.find(({ version }) => version === 2)?.path;
}
