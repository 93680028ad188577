// GVariant text ("GVariant Text Format" of GLib's manual) → D-Bus values: what annotations are written in. First a
// tree of what is written, then its type, then the value of that type. Pure. Has no maybe types, as D-Bus has none.

import type { Value, Variant } from '../../dbus/value.ts';
import { convert, typeOf } from './variant-types.ts';

/** What is written, without types other than those that are written. */
export type Node =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array' | 'tuple' | 'entry'; readonly items: readonly Node[] }
  | { readonly kind: 'variant'; readonly item: Node }
  | { readonly kind: 'typed'; readonly type: string; readonly item: Node };

/** @throws Error saying what can't be read */
export function parseVariant(text: string): Variant {
  const input: Input = { text, at: 0 };
  const node = parseNode(input, 0);
  if (peek(input) !== '') fail(input, 'unexpected');
  const signature = typeOf(node);
  const value: Value = convert(node, signature);
  return { signature, value };
}

interface Input {
  readonly text: string;
  at: number;
}

/** Nested deeper than D-Bus allows would overflow the stack. */
const DEPTH = 32;

const KEYWORDS: Readonly<Record<string, string>> = {
  boolean: 'b', byte: 'y', int16: 'n', uint16: 'q', int32: 'i', uint32: 'u', int64: 'x', uint64: 't', double: 'd',
  string: 's', objectpath: 'o', signature: 'g',
};

function fail({ text, at }: Input, problem: string): never {
  const rest = text.slice(at);
  throw new Error(rest === '' ? 'unexpected end' : `${problem} ${JSON.stringify(rest)}`);
}

/** The next character that is no blank. */
function peek(input: Input): string {
  while (/\s/.test(input.text.charAt(input.at))) input.at++;
  return input.text.charAt(input.at);
}

/** Takes what a pattern, which is sticky, finds here. */
function take(input: Input, pattern: RegExp): string | undefined {
  pattern.lastIndex = input.at;
  const found = pattern.exec(input.text)?.[0];
  if (found !== undefined) input.at += found.length;
  return found;
}

function parseNode(input: Input, depth: number): Node {
  if (depth > DEPTH) throw new Error('nested too deeply');
  switch (peek(input)) {
    case '[':
      return { kind: 'array', items: parseItems(input, ']', depth) };
    case '(':
      return { kind: 'tuple', items: parseItems(input, ')', depth) };
    case '{':
      return parseDictionary(input, depth);
    case '<': {
      const [item, ...more] = parseItems(input, '>', depth);
      if (item === undefined || more.length > 0) return fail(input, 'expected one value before');
      return { kind: 'variant', item };
    }
    case "'": case '"':
      return { kind: 'string', value: parseString(input) };
    case '@': {
      const type = take(input, /@[^\s]+/y)?.slice(1) ?? fail(input, 'expected a type at');
      return { kind: 'typed', type, item: parseNode(input, depth + 1) };
    }
    default:
      return parseWord(input, depth);
  }
}

function parseWord(input: Input, depth: number): Node {
  const start = input.at;
  const word = take(input, /[-+\w.]+/y) ?? fail(input, 'unexpected');
  if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
  const type = Object.hasOwn(KEYWORDS, word) ? KEYWORDS[word] : undefined;
  if (type !== undefined) return { kind: 'typed', type, item: parseNode(input, depth + 1) };
  const integer = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(word);
  if (integer !== null) {
    const magnitude = BigInt((integer[2] ?? '').replace(/^0(?=[0-7])/, '0o'));
    return { kind: 'integer', value: integer[1] === '-' ? -magnitude : magnitude };
  }
  if (/^[-+]?(?=.*[.eE])(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(word)) return { kind: 'double', value: Number(word) };
  input.at = start;
  return fail(input, 'neither a value nor a type:');
}

/** Values between brackets; a comma may follow the last one. */
function parseItems(input: Input, close: string, depth: number): Node[] {
  const items: Node[] = [];
  input.at++;
  while (peek(input) !== close) {
    items.push(parseNode(input, depth + 1));
    if (peek(input) === ',') input.at++;
    else if (peek(input) !== close) fail(input, `expected "${close}" at`);
  }
  input.at++;
  return items;
}

/** `{key: value, …}`, or one entry: `{key, value}`. */
function parseDictionary(input: Input, depth: number): Node {
  const entries: Node[] = [];
  input.at++;
  while (peek(input) !== '}') {
    const key = parseNode(input, depth + 1);
    const separator = peek(input);
    if (separator !== ':' && separator !== ',') fail(input, 'expected ":" at');
    input.at++;
    const entry: Node = { kind: 'entry', items: [key, parseNode(input, depth + 1)] };
    entries.push(entry);
    if (separator === ',' && entries.length === 1 && peek(input) === '}') {
      input.at++;
      return entry;
    }
    if (peek(input) === ',') input.at++;
    else if (peek(input) !== '}') fail(input, 'expected "}" at');
  }
  input.at++;
  return { kind: 'array', items: entries };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\n': '',
};

function parseString(input: Input): string {
  const quote = input.text.charAt(input.at);
  let value = '';
  for (;;) {
    input.at++;
    const character = input.text.charAt(input.at);
    if (character === '') throw new Error('unterminated string');
    if (character === quote) break;
    value += character === '\\' ? parseEscape(input) : character;
  }
  input.at++;
  return value;
}

function parseEscape(input: Input): string {
  input.at++;
  const code = take(input, /u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/y);
  if (code === undefined) {
    const character = input.text.charAt(input.at);
    return ESCAPES[character] ?? character;
  }
  // The loop of the string takes the step behind it.
  input.at--;
  const point = Number.parseInt(code.slice(1), 16);
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  if (point === 0 || isSurrogate || point > 0x10ffff) throw new Error(`invalid character \\${code}`);
  return String.fromCodePoint(point);
}
