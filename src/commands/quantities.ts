// Numbers and sizes as the options of `update` take them. Strict: what is left over after the number is an error.

import { NuncError } from '../error.ts';

function invalid(name: string, reason: string): NuncError {
  return new NuncError('usage', `invalid value for ${name}: ${reason}`);
}

/** A decimal integer in the range of 64 bits, without a sign unless `signed`. @throws NuncError (usage) */
export function parseInteger(name: string, text: string, { signed }: { signed: boolean }): number {
  const shown = JSON.stringify(text);
  if (!(signed ? /^-?\d+$/ : /^\d+$/).test(text)) {
    throw invalid(name, `${shown} is not a decimal number${signed ? '' : ' without a sign'}`);
  }
  const value = Number(text);
  const most = signed ? 2 ** 63 : 2 ** 64;
  if (value >= most || value < -most) throw invalid(name, `${shown} is out of range`);
  return value;
}

const SIZE = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])(?:i?b)?|b)?$/i;
const UNITS = 'kmgtp';

/**
 * A number of bytes, with a unit of 1024 (`k`, `MB`, `GiB`) or without; -1 for no limit.
 *
 * @throws NuncError (usage)
 */
export function parseSize(name: string, text: string): number {
  if (text === '-1') return -1;
  const [, number, unit] = SIZE.exec(text) ?? [];
  if (number === undefined) throw invalid(name, `invalid size: ${JSON.stringify(text)}`);
  const power = unit === undefined ? 0 : UNITS.indexOf(unit.toLowerCase()) + 1;
  const bytes = Math.floor(Number(number) * 1024 ** power);
  if (bytes >= 2 ** 63) throw invalid(name, `${JSON.stringify(text)} is out of range`);
  return bytes;
}
