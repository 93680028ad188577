// Pressure stall information of a cgroup (Documentation/accounting/psi.rst): v2 only, since Linux 4.20.

import { parseNumber, readText } from './files.ts';

/** How long processes were stalled. */
export interface Stall {
  /** Percent of the last 10, 60, 300 seconds. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  /** In microseconds. */
  readonly total: bigint;
}

export interface Pressure {
  /** Of at least one process. */
  readonly some: Stall;
  /** Of all processes at once. */
  readonly full: Stall;
}

const NONE: Stall = { avg10: 0, avg60: 0, avg300: 0, total: 0n };

/** Kernels before 5.13 have no `full` line for the CPU. */
export function parsePressure(text: string): Pressure {
  const stalls: { some: Stall; full: Stall } = { some: NONE, full: NONE };
  for (const line of text.split('\n')) {
    const [kind, ...fields] = line.split(' ');
    if (kind === 'some' || kind === 'full') stalls[kind] = parseStall(fields);
  }
  return stalls;
}

function parseStall(fields: readonly string[]): Stall {
  const stall = { ...NONE };
  for (const field of fields) {
    const equals = field.indexOf('=');
    const [key, value] = [field.slice(0, equals), field.slice(equals + 1)];
    if (key === 'total') stall.total = parseNumber(value);
    else if (key === 'avg10' || key === 'avg60' || key === 'avg300') stall[key] = Number(value) || 0;
  }
  return stall;
}

/** undefined where the kernel keeps none. @throws NuncError of kind `syscall` */
export function readPressure(unified: string | undefined, file: string): Pressure | undefined {
  const text = readText(unified, file);
  return text === undefined ? undefined : parsePressure(text);
}
