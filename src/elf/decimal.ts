// The decimal operation: a number as digits, by taking powers of ten away: no emitter needs to divide for it.

import { bindLabel, type Code, createLabel } from './code.ts';
import { type Emitter, firstFree, type Register } from './emitter.ts';

/** Holds the number when the code begins. */
export const decimalValue: Register = firstFree;
const cursor = firstFree + 1;
const digit = firstFree + 2;

const ZERO = 0x30;
/** Of the digits of a 32-bit number, the last one excepted. */
const POWERS = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10];

/** Writes the digits of decimalValue and a NUL to an address. @returns the register that holds their count then */
export function emitDecimal(emitter: Emitter, code: Code, into: number): Register {
  emitter.setImmediate(code, cursor, into);
  for (const power of POWERS) emitDigit(emitter, code, { power, into });
  emitter.add(code, decimalValue, ZERO);
  put(emitter, code, decimalValue);
  emitter.setImmediate(code, digit, 0);
  emitter.storeByte(code, cursor, digit);
  emitter.add(code, cursor, -into);
  return cursor;
}

/** One digit, unless it is a zero that nothing stands before. */
function emitDigit(emitter: Emitter, code: Code, { power, into }: { power: number; into: number }): void {
  const [again, counted] = [createLabel(code), createLabel(code)];
  const [wanted, next] = [createLabel(code), createLabel(code)];
  emitter.setImmediate(code, digit, ZERO);
  bindLabel(code, again);
  emitter.compare(code, decimalValue, power);
  emitter.branch(code, 'below', counted);
  emitter.add(code, decimalValue, -power);
  emitter.add(code, digit, 1);
  emitter.jump(code, again);
  bindLabel(code, counted);
  emitter.compare(code, digit, ZERO);
  emitter.branch(code, 'not_equal', wanted);
  emitter.compare(code, cursor, into);
  emitter.branch(code, 'equal', next);
  bindLabel(code, wanted);
  put(emitter, code, digit);
  bindLabel(code, next);
}

function put(emitter: Emitter, code: Code, register: Register): void {
  emitter.storeByte(code, cursor, register);
  emitter.add(code, cursor, 1);
}
