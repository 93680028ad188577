// JSON.parse and JSON.stringify.

import { attempt, Digest, randomIntegers, show } from '../../../support/engine/show.ts';

const parse = (text: string): unknown => attempt(() => JSON.parse(text) as unknown);

const VALUES = ['0', '-0', '1', '-1', '0.1', '1.5e3', '1E+2', '1e-7', '1e400', '-1e400', '1e-400', '9007199254740993',
  '18446744073709551615', '123456789012345678901234567890', '0.1e1', '5e-324', '1.7976931348623157e308', '2147483648',
  '-2147483649', '4294967296', 'true', 'false', 'null', '""', '"a"', '[]', '{}', '[1,[2,[3]]]', '{"a":{"b":[{}]}}',
  ' [ 1 , 2 ] ', '\t\r\n{ "a" : 1 }\n', '1e21', '1e-6', '123e-20', '0e5', '-0.0', '0.30000000000000004'];

const STRINGS = [String.raw`"\u0000"`, String.raw`"\ud800"`, String.raw`"\udc00\ud800"`, String.raw`"\ud83d\ude00"`,
  String.raw`"\"\\\/\b\f\n\r\t"`, '"é三\u{1f600}"', '"\u2028\u2029"', '"\u007f\u0080"', '"\ud800"', '"\ufeff"',
  String.raw`"\u00e9\u4E09"`, '"\u00ff"', '"__proto__"'];

const OBJECTS = ['{"__proto__":1}', '{"__proto__":{"a":1},"b":2}', '{"a":1,"a":2}', '{"a":1,"b":2,"a":3}',
  '{"2":0,"1":0,"x":0,"0":0}', '{"":1}', '{"constructor":1,"toString":2}', '{"__proto__":null,"__proto__":[1]}',
  '{"-1":0,"01":1,"1":2,"4294967295":3,"4294967294":4}', '{"\u00e9":1,"é":2}', String.raw`{"\u0061":1,"a":2}`];

const WRONG = ['', ' ', '{', '[', '}', ']', '[1,]', '{"a":1,}', '[,]', '{,}', '01', '-01', '1.', '.5', '+1', '-',
  '1e', '1e+', '0x10',
  '1_000', '1n', 'NaN', 'Infinity', '-Infinity', 'undefined', 'True', 'nul', 'nulll', '"', '"a', "'a'", '"\n"',
    '"\t"', '"\0"',
  '"\u001f"', String.raw`"\x41"`, String.raw`"\u12"`, String.raw`"\u{41}"`, String.raw`"\v"`, String.raw`"\0"`,
    String.raw`"\'"`,
  '"\\\n"', '{a:1}', "{'a':1}", '{"a"}', '{"a":}', '{"a" 1}', '{1:2}', '[1 2]', '1 2', '[]]', '{}}', '//c\n1', '/*c*/1',
  '1//c', '[1/**/]', '\u00a01', '\ufeff1', '\u20281', '\v1', '\f1', '1\0', '\0', '[\0]', '{"a":1\0}', '`a`', '/a/',
    '#', '@', '0b1',
  '0o7', '00', '-', '--1', '1e5.5', '1.e5', '1e0x1', '[1,,2]', '{"a":1,,"b":2}', '(1)', 'true false', 'tru', '"a"b',
    '1a', '[1}',
  '{"a":1]', '\\u0031', String.raw`"\ud8"`, '"\\"', '\u00e9', '\u{1f600}', '1\u00a0', '[1]\u2028', '{"a":1}x',
    'null\0', '0 0'];

const nested = (depth: number, [open, close]: readonly [string, string]): unknown => {
  let value = parse(`${open.repeat(depth)}1${close.repeat(depth)}`);
  if (value instanceof Error) return 'error';
  let levels = 0;
  for (; typeof value === 'object' && value !== null; levels++) value = Object.values(value)[0];
  return levels;
};

/** A document that is one, or nearly. */
function document(below: (limit: number) => number, depth: number): string {
  const pick = (list: readonly string[]): string => list[below(list.length)] ?? '';
  switch (depth > 4 ? 2 : below(6)) {
    case 0: return `[${Array.from({ length: below(4) }, () => document(below, depth + 1)).join(',')}]`;
    case 1: return `{${Array.from({ length: below(4) }, () => `${pick(STRINGS)}:${document(below,
      depth + 1)}`).join(',')}}`;
    case 2: return pick(VALUES);
    case 3: return pick(STRINGS);
    case 4: return pick(OBJECTS);
    default: return below(8) === 0 ? pick(WRONG) : ` ${pick(VALUES)} `;
  }
}

const damaged = (below: (limit: number) => number, text: string): string => {
  const at = below(text.length + 1);
  const inserted = ['', '"', '\\', ',', ':', '}', ']', '{', '0', '-', 'e', '.', ' ', 'u', '\0', 'é'][below(16)] ?? '';
  return text.slice(0, at) + inserted + text.slice(at + below(3));
};

function random(seed: number, count: number, make: (below: (limit: number) => number) => string): unknown {
  const below = randomIntegers(seed);
  const digests: string[] = [];
  for (let round = 0; round < 20; round++) {
    const digest = new Digest();
    for (let i = 0; i < count / 20; i++) digest.add(show(parse(make(below))));
    digests.push(digest.toString());
  }
  return digests;
}

export const json = {
  'values': () => VALUES.map(parse),
  'strings': () => STRINGS.map(parse),
  'objects': () => OBJECTS.map(parse),
  'what is not JSON': () => WRONG.map((text) => [text, parse(text)]),
  '__proto__ is a key as others': () => {
    const value = JSON.parse('{"__proto__":{"a":1}}') as Record<string, unknown>;
    return [Object.keys(value), value['a'], Object.getPrototypeOf(value) === Object.prototype];
  },
  'characters in strings': () => {
    const results: unknown[] = [];
    for (let unit = 0; unit < 0x100; unit++) results.push(parse(`"${String.fromCharCode(unit)}"`),
      parse(`"\\${String.fromCharCode(unit)}"`));
    return results;
  },
  'characters around a value': () => {
    const results: unknown[] = [];
    for (let unit = 0; unit < 0x3100; unit++) results.push(parse(`${String.fromCharCode(unit)}1`) === 1,
      parse(`[1${String.fromCharCode(unit)}]`) instanceof Error);
    return results.map(Number).join('');
  },
  'nested': () => [1, 100, 1000, 5000].map((depth) => [nested(depth, ['[', ']']), nested(depth, ['{"a":', '}'])]),
  'random documents': () => random(6, 4000, (below) => document(below, 0)),
  'random damaged documents': () => random(28, 6000, (below) => damaged(below, document(below, 0))),
  'errors are SyntaxErrors': () => ['', '{', 'x', '"\n"'].map((text) => parse(text) instanceof SyntaxError),
  'JSON.stringify()': () => {
    const value = { a: [1, -0, NaN, Infinity, 1e21, 1e-7, null, undefined, true, () => 1], u: undefined,
      s: '\ud800x\u2028\u0000\u007f"\\\n',
      d: new Date(0), n: { 'é': '三\u{1f600}' }, e: [], o: {}, '2': 1, '1': 2 };
    return [JSON.stringify(value), JSON.stringify(value, null, 2), JSON.stringify(value, undefined, '\t'),
      JSON.stringify(value, ['a', 's']), JSON.stringify('a\udc00'), JSON.stringify(undefined), JSON.stringify([[],
        [[]], {}], null, 1),
      JSON.stringify({ toJSON: () => ({ x: 1 }) }), JSON.stringify(value, (key,
        one: unknown) => (key === 's' ? 1 : one))];
  },
  'numbers to text and back': () => {
    const below = randomIntegers(31);
    const view = new DataView(new ArrayBuffer(8));
    const digests: string[] = [];
    for (let round = 0; round < 10; round++) {
      const digest = new Digest();
      for (let i = 0; i < 300; i++) {
        view.setUint32(0, below(0x7fffffff) * 2 + below(2));
        view.setUint32(4, below(0x7fffffff) * 2 + below(2));
        const number = view.getFloat64(0);
        const text = JSON.stringify(number);
        digest.add(`${text} ${String(Number.isFinite(number) && Object.is(JSON.parse(text), number))}`);
      }
      digests.push(digest.toString());
    }
    return digests;
  },
};
