// The types of what a GVariant text says, and values of these types. Pure.

import { splitSignature, type Value } from '../../dbus/value.ts';
import type { Node } from './variant-text.ts';

/** @throws Error where nothing says what the type is: of an empty array */
export function typeOf(node: Node): string {
  const type = knownType(node, false);
  if (type === undefined) throw new Error('cannot tell the type of an empty array: write it before, as in @as []');
  return type;
}

/**
 * The type of a value, or undefined: of an empty array and, if asked for what is `certain`, of numbers, which become
 * what others of their array are.
 */
function knownType(node: Node, certain: boolean): string | undefined {
  switch (node.kind) {
    case 'boolean':
      return 'b';
    case 'integer':
      return certain ? undefined : 'i';
    case 'double':
      return certain ? undefined : 'd';
    case 'string':
      return 's';
    case 'variant':
      return 'v';
    case 'typed':
      return node.type;
    case 'tuple': {
      const types = node.items.map((item) => knownType(item, certain));
      return types.includes(undefined) ? undefined : `(${types.join('')})`;
    }
    case 'entry': {
      const types = node.items.map((item) => knownType(item, certain));
      return types.includes(undefined) ? undefined : `{${types.join('')}}`;
    }
    case 'array':
      return elementType(node.items, certain);
  }
}

function elementType(items: readonly Node[], certain: boolean): string | undefined {
  const types = items.map((item) => knownType(item, true)).filter((type) => type !== undefined);
  if (!certain && types.length === 0) {
    // 1.0 beside 1 makes doubles of both.
    for (const item of items) types.push(...[knownType(item, false)].filter((type) => type !== undefined));
    if (types.includes('d')) return 'ad';
  }
  return types[0] === undefined ? undefined : `a${types[0]}`;
}

interface Range {
  readonly least: bigint;
  readonly most: bigint;
}

const unsigned = (bits: bigint): Range => ({ least: 0n, most: (1n << bits) - 1n });
const signed = (bits: bigint): Range => ({ least: -(1n << (bits - 1n)), most: (1n << (bits - 1n)) - 1n });

const RANGES: Readonly<Record<string, Range>> = {
  y: unsigned(8n), n: signed(16n), q: unsigned(16n), i: signed(32n), u: unsigned(32n), x: signed(64n), t: unsigned(64n),
};

/** @throws Error for a value that is not of the type, or does not fit into it */
export function convert(node: Node, type: string): Value {
  switch (node.kind) {
    case 'typed':
      splitOne(node.type);
      return node.type === type ? convert(node.item, type) : mismatch(node.type, type);
    case 'boolean':
      return type === 'b' ? node.value : mismatch('a boolean', type);
    case 'string':
      return type === 's' || type === 'o' || type === 'g' ? withoutNul(node.value) : mismatch('a string', type);
    case 'integer':
      return convertInteger(node.value, type);
    case 'double':
      return type === 'd' ? node.value : mismatch('a number with a fraction', type);
    case 'variant': {
      const signature = typeOf(node.item);
      return type === 'v' ? { signature, value: convert(node.item, signature) } : mismatch('a variant', type);
    }
    case 'array':
      if (!type.startsWith('a')) return mismatch('an array', type);
      return node.items.map((item) => convert(item, type.slice(1)));
    case 'tuple':
      return convertFields(node.items, type, ['(', ')']);
    case 'entry':
      return convertFields(node.items, type, ['{', '}']);
  }
}

function mismatch(found: string, type: string): never {
  throw new Error(`${found} where the type is ${JSON.stringify(type)}`);
}

function splitOne(type: string): void {
  if (splitSignature(type).length !== 1) throw new Error(`${JSON.stringify(type)} is not one type`);
}

function withoutNul(text: string): string {
  if (text.includes('\0')) throw new Error('a string with NUL');
  return text;
}

function convertInteger(value: bigint, type: string): Value {
  if (type === 'd') return Number(value);
  const range = RANGES[type];
  if (range === undefined) return mismatch('a number', type);
  if (value < range.least || value > range.most) {
    throw new Error(`${value} is out of range for type ${JSON.stringify(type)}`);
  }
  return type === 'x' || type === 't' ? value : Number(value);
}

function convertFields(items: readonly Node[], type: string, [open, close]: readonly [string, string]): Value {
  const types = type.startsWith(open) && type.endsWith(close) ? splitSignature(type.slice(1, -1)) : [];
  if (types.length !== items.length || items.length === 0) mismatch(`${items.length} values`, type);
  return items.map((item, index) => convert(item, types[index] ?? ''));
}
