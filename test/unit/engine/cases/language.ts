// What the sources rely on of the language, and what later editions of ECMAScript than the engine's have.

import { attempt, Digest, randomIntegers } from '../../../support/engine/show.ts';

/** Every regular expression literal of the sources; see build-worker.ts. */
declare const SOURCE_REGEXPS: readonly (readonly [source: string, flags: string])[];

const LINES = [
  '', ' ', 'a', '\n', '\0', 'a\nb\r\n', '/', '//a//b/', '../x', '/proc/self/fd/12', '/sys/fs/cgroup/cpu,cpuacct', '1',
    '007', '-1', '1.5',
  '12345678901234567890', '0x1F', '1e5', '10:5-7:2', '0-3,7', '1234:5678', '100M', '1.5GiB', '30s', '1m30s',
    'PATH=/bin', 'A_b=c=d',
  '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue',
    '4:cpu,cpuacct:/user.slice', '0::/x.scope',
  'nunc-abc_1.2+3.scope', 'user.slice:nunc:id', 'c 1:3 rwm', 'b *:* m', 'a *:* rwm',
    'EACCES: permission denied, open \'/x\'', 'SIGTERM',
  'TERM', 'kernel.shm_rmid_forced', 'net/ipv4/ip_forward', 'Name:\tx\nUid:\t0\t0\t0\t0\n', '#!/bin/sh -e\n',
    'é三\u{1f600}', '\ud800', 'a\u2028b',
  '\u001b[31mx', '\u007f', '\u00a0x\ufeff', 'sha256:0123abcdef', 'Version: 3.17.1', '"quoted \\" text"', "it's",
    '$x `y` \\z', '--log-level=debug',
  '-v', '{"a":1}', '[1,2]', '5.15.0-91-generic', '6.18.44-fc-v669', 'cpuset.cpus', 'memory.swap.max',
    'hugetlb.2MB.limit', '8:0 Read 4096',
  'Max open files            1024                 1048576              files     ', 'L3:0=fff;1=fff', 'MB:0=50',
    '(enforce)', 'a b\tc\\040d',
];

/** What an expression finds in texts, among them some of its own characters. */
function tryExpression([source, flags]: readonly [string, string], seed: number): unknown {
  const below = randomIntegers(seed);
  const digest = new Digest();
  const random = Array.from({ length: 30 }, () => Array.from({ length: below(16) },
    () => source.charAt(below(source.length)) + (below(4) === 0 ? LINES[below(LINES.length)] ?? '' : '')).join(''));
  for (const text of [...LINES, ...random]) {
    const expression = new RegExp(source, flags);
    const found = expression.exec(text);
    digest.add(found === null ? '-' : JSON.stringify([found.index, expression.lastIndex, [...found], found.groups]));
    digest.add(JSON.stringify([text.replace(expression, '<$&>'), text.search(expression)]));
    // The engine has the text `undefined` for a group without a match. The sources split by none.
    if (!/\((?!\?)/.test(source)) digest.add(JSON.stringify(text.split(expression)));
    if (flags.includes('g')) digest.add(JSON.stringify([...text.matchAll(expression)]));
  }
  return [source, flags, digest.toString()];
}

const below = randomIntegers(64);
const doubles = (): number[] => {
  const view = new DataView(new ArrayBuffer(8));
  return Array.from({ length: 400 }, (_, i) => {
    view.setUint32(0, i % 3 === 0 ? 0x3f000000 + below(0x3000000) : below(0x7fefffff));
    view.setUint32(4, below(0x7fffffff));
    return view.getFloat64(0);
  });
};

function sorted(length: number): string {
  const items = Array.from({ length }, (_, i) => ({ key: (i * 7919) % 13, i }));
  items.sort((a, b) => a.key - b.key);
  return items.map(({ key, i }) => `${key}.${i}`).join();
}

class Base extends Error {
  readonly #secret = 1;
  static readonly kind = 'base';
  get secret(): number {
    return this.#secret;
  }
}

class Derived extends Base {
  override readonly name = 'Derived';
}

function errors(): unknown {
  const cause = new TypeError('inner');
  const error = new Derived('outer', { cause });
  const bare = new Error();
  return [error.message, error.cause === cause, error instanceof Derived, error instanceof Base,
    error instanceof Error, error.secret,
    String(error), Object.keys(error), 'cause' in new Error('x'), 'cause' in new Error('x', { cause: undefined }),
    Object.getOwnPropertyDescriptor(new Error('m', { cause: 1 }), 'cause'), bare.message, Object.hasOwn(bare,
      'message'),
    Object.hasOwn(new Error('x'), 'message'), new Error('x').name, String(new RangeError('r')), cause instanceof Error,
    Object.getPrototypeOf(cause) === TypeError.prototype, Error.prototype.constructor === Error,
      bare.constructor === Error,
    attempt(() => {
      throw new Base('thrown', { cause: 3 });
    }) instanceof Base, typeof bare.stack, Object.prototype.toString.call(bare), Base.kind, Object.keys(bare)];
}

export const language = {
  'regular expressions of the sources': () => SOURCE_REGEXPS.map((one, i) => tryExpression(one, 1000 + i)),
  'properties of characters': () => {
    const digest = new Digest();
    for (let point = 0; point < 0x30000; point++) {
      const text = String.fromCodePoint(point);
      digest.add([/\s/.test(text), /\w/iu.test(text), /[\0-\x1f\x7f-\x9f]/.test(text),
        text.trim() === ''].map(Number).join(''));
    }
    return digest.toString();
  },
  'sort() is stable': () => [5, 10, 11, 50, 513, 3000].map(sorted),
  'sort() without a function': () => [[3, 20, 100, 1, -1], ['b', 'a', 'B', 'é', '\u{1f600}', '\uffff', ''],
    [undefined, 2, null, 'x']]
    .map((list: unknown[]) => [...list].sort()),
  'numbers as text': () => doubles().map((number) => [String(number), number.toFixed(3),
    Math.trunc(number % 2 ** 53).toString(16),
    `${-number}`]),
  'rounding': () => [0.5, 1.005, 1.45, 2.5, 1e21, 123.456, 0.000001, -1.5, 0, -0,
    1e-10].map((number) => [number.toFixed(0), number.toFixed(2),
    number.toPrecision(3), number.toExponential(2), Math.round(number), Math.trunc(number), number | 0, number >>> 0]),
  'texts as numbers': () => ['', ' 12 ', '0x1f', '0b11', '0o17', '1_0', '1e3', '.5', '5.', '-0', 'Infinity', '1n',
    '12px', '99999999999999999999',
    '123456789012345678', '0.1', '\u00a07'].map((text) => [Number(text), parseInt(text, 10), parseFloat(text),
      parseInt(text, 8),
    Number.isInteger(Number(text)), attempt(() => BigInt(text))]),
  'dates': () => [0, 1, 951_782_400_000, 1_795_994_561_611, -1, 8.64e15,
    4_102_444_800_123].map((time) => new Date(time).toISOString())
    .concat([String(attempt(() => new Date(NaN).toISOString()) instanceof RangeError), String(Date.UTC(2026, 10, 29))]),
  'normalize()': () => ['é', 'e\u0301', '\ufb01', '\u1e9b\u0323', '\uac00', '\u1100\u1161', '①', '\u2126'].map((text) =>
    ['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => text.normalize(form))),
  'texts': () => ['a,b,,c', 'aXbX', 'İß\u01c5ŉ', ' \t\n\v\f\r\u00a0\u1680\u2003\u2028\u202f\u3000\ufeffx\u200b',
    '\u{1f600}a', 'abcabc'].map((text) => [
    text.split(','), text.split(',', 2), text.split(''), Array.from(text), text.toUpperCase(), text.toLowerCase(),
      text.trim(), text.padStart(12, 'xy'),
    text.padEnd(12), text.replaceAll('a', '$&$&$$'), text.replaceAll(/[ab]/g, (found, at) => `${found}${at}`),
      text.at(-1), text.at(0),
    text.slice(-3, -1), text.codePointAt(0), text.lastIndexOf('b'), text.repeat(2), text.includes('b', 2),
      text.substring(4, 1),
    text.startsWith('b', 1), text.charCodeAt(0), text.localeCompare(text), text.concat('1'), text.indexOf('')]),
  'bytes': () => {
    const words = new BigUint64Array([1n, 2n ** 64n - 1n, -1n]);
    const view = new DataView(words.buffer);
    view.setBigInt64(0, -5n, true);
    const bytes = new Uint8Array(words.buffer);
    return [words[0] ?? 0n, view.getBigUint64(8, true), bytes.at(-1), bytes.indexOf(0xff), bytes.lastIndexOf(0xff),
      [...bytes.slice(0, 3)],
      bytes.subarray(-4).length, new Uint32Array(bytes.buffer, 8, 2).length, bytes.copyWithin(0, 20, 24),
        Uint8Array.from('123'),
      new Uint8Array([1.9, -1, 256, NaN]), new Int16Array([40_000])[0], bytes.fill(7, 2, 4).join(), Uint8Array.of(3,
        1, 2).sort(),
      attempt(() => new Uint8Array(-1)), attempt(() => new Uint16Array(bytes.buffer, 1)), attempt(() => bytes.set([1,
        2], 23)), bytes.includes(7),
      bytes.every((byte) => byte >= 0), bytes.reverse().findIndex((byte) => byte === 7),
        new Int32Array(new SharedArrayBuffer(4)).length];
  },
  'big integers': () => [2n ** 63n, -(2n ** 64n), BigInt.asUintN(64, -1n), BigInt.asIntN(8, 255n), 7n / 2n, -7n % 3n,
    1n << 40n, BigInt('0xff'),
    BigInt(2 ** 53), Number(2n ** 60n), 10n === BigInt(10), (255n).toString(16),
      attempt(() => BigInt(1.5)) instanceof RangeError],
  'lists': () => {
    const list = [1, 2, 3, 4];
    return [list.at(-1), list.at(9), list.findLast((n) => n % 2 === 1), list.findLastIndex((n) => n > 9),
      list.findLast((n) => n > 9),
      [[1, [2]], [3]].flat(), [[1, [2]]].flat(2), list.flatMap((n) => [n, -n]), list.reduceRight((a, b) => a * 10 + b,
        0), list.indexOf(3),
      Object.entries({ b: 1, a: 2, 1: 3 }), Object.fromEntries(new Map([['x', 1]])), [...new Set([2, 1, 2])],
        [...list.entries()],
      Object.hasOwn({ a: 1 }, 'a'), Object.hasOwn({}, 'toString'), Array.from({ length: 2 }), list.concat([5], 6),
        list.lastIndexOf(4),
      Array.isArray(new Uint8Array()), list.join('-'), list.copyWithin(0, 2), list.splice(1, 2, 9, 9, 9), list,
        for_in([5, 6]), for_in('ab')];
  },
  'errors and causes': errors,
  'the order of promises': async () => {
    const log: string[] = [];
    const wait = async (name: string, turns: number): Promise<void> => {
      for (let i = 0; i < turns; i++) await Promise.resolve();
      log.push(name);
    };
    const failed = await Promise.allSettled([wait('a', 3), wait('b', 1), Promise.reject(new Error('c')), wait('d', 2)]);
    return [log, failed.map(({ status }) => status)];
  },
  'deep recursion is an error': () => {
    const recurse = (n: number): number => 1 + recurse(n + 1);
    const result = attempt(() => recurse(0));
    return result instanceof Error;
  },
};

/** Names of what `for in` goes through. */
function for_in(object: object | string): string[] {
  const names: string[] = [];
  for (const name in Object(object)) names.push(name);
  return names;
}
