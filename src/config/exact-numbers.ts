// Numbers of config.json that JSON.parse can't hold: a double is exact up to 2^53, but arguments that seccomp compares
// and limits of resources have 64 bits. Looked for only where the parsed value says that it may have been rounded.

import { valueAt } from './messages.ts';
import { problem, type Report, token } from './report.ts';
import type { Spec } from './types.ts';

/** By JSON pointer; all that is not there is exact as it was parsed. */
export type ExactNumbers = ReadonlyMap<string, bigint>;

const NONE: ExactNumbers = new Map();
const RESOURCES = '/linux/resources';
const FIRST_ROUNDED = 2 ** 53;
const LARGEST = 2n ** 64n - 1n;

type Found = [pointer: string, parsed: number][];

/** The exact values of the seccomp arguments and limits of resources that have more than 53 bits.
 *
 * @param text the config that `spec` is of */
export function exactNumbers(spec: Pick<Spec, 'linux'>, text: string): ExactNumbers {
  const pointers: Found = [];
  findArguments(spec, pointers);
  const { devices: _devices, ...limits } = spec.linux?.resources ?? {};
  findLarge(RESOURCES, limits, pointers);
  return pointers.length === 0 ? NONE : readAgain(pointers, text);
}

function findArguments(spec: Pick<Spec, 'linux'>, pointers: Found): void {
  const { syscalls = [] } = spec.linux?.seccomp ?? {};
  for (let i = 0; i < syscalls.length; i++) {
    const { args } = syscalls[i] ?? {};
    if (args === undefined) continue;
    for (let j = 0; j < args.length; j++) {
      const { value = 0, valueTwo = 0 } = args[j] ?? {};
      const pointer = `/linux/seccomp/syscalls/${i}/args/${j}`;
      if (value >= FIRST_ROUNDED) pointers.push([`${pointer}/value`, value]);
      if (valueTwo >= FIRST_ROUNDED) pointers.push([`${pointer}/valueTwo`, valueTwo]);
    }
  }
}

function findLarge(pointer: string, value: unknown, pointers: Found): void {
  if (typeof value === 'number') {
    if (Math.abs(value) >= FIRST_ROUNDED) pointers.push([pointer, value]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) findLarge(`${pointer}/${token(key)}`, inner, pointers);
  }
}

/** What a schema's limit, a double too, lets pass. With resources the largest number is no limit, and programs that
 * have read it as a double write it as 18446744073709552000. */
export function checkExactNumbers(exact: ExactNumbers, report: Report): void {
  for (const [pointer, value] of exact) {
    if (value > LARGEST && !pointer.startsWith(RESOURCES)) problem(report, pointer, `${value} is more than ${LARGEST}`);
  }
}

/** A string, or a number; within a string nothing is a number. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LARGE_INTEGER = /^\d{16,}$/;

/** JSON.parse, with integers of 16 digits and more as strings. */
export function parseLargeAsText(text: string): unknown {
  return JSON.parse(text.replace(TOKEN, (token) => (LARGE_INTEGER.test(token) ? `"${token}"` : token))) as unknown;
}

function readAgain(pointers: readonly (readonly [string, number])[], text: string): ExactNumbers {
  const document = parseLargeAsText(text);
  const exact = new Map<string, bigint>();
  for (const [pointer, parsed] of pointers) {
    const found = valueAt(document, pointer);
    // What has a fraction or an exponent is what it was parsed as.
    exact.set(pointer, BigInt(typeof found === 'string' ? found : parsed));
  }
  return exact;
}
