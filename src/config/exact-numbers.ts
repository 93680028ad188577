// Numbers of config.json that JSON.parse can't hold: a double is exact up to 2^53, and seccomp compares arguments of 64
// bits. Looked for only where the parsed value says that it may have been rounded.

import { problem, type Report } from './report.ts';
import type { Spec } from './types.ts';

/** By JSON pointer; all that is not there is exact as it was parsed. */
export type ExactNumbers = ReadonlyMap<string, bigint>;

const NONE: ExactNumbers = new Map();
const FIRST_ROUNDED = 2 ** 53;
const LARGEST = 2n ** 64n - 1n;

/** The exact values of the seccomp arguments that have more than 53 bits. @param text the config that `spec` is of */
export function exactNumbers(spec: Spec, text: string): ExactNumbers {
  const { syscalls = [] } = spec.linux?.seccomp ?? {};
  const pointers: [pointer: string, parsed: number][] = [];
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
  return pointers.length === 0 ? NONE : readAgain(pointers, text);
}

/** What a schema's limit, a double too, lets pass. */
export function checkExactNumbers(exact: ExactNumbers, report: Report): void {
  for (const [pointer, value] of exact) {
    if (value > LARGEST) problem(report, pointer, `${value} is more than ${LARGEST}`);
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

function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const key of pointer.slice(1).split('/')) value = (value as Readonly<Record<string, unknown>>)[key];
  return value;
}
