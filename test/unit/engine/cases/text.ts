// TextDecoder, TextEncoder and what is used of Buffer.

import { attempt, Digest, randomIntegers } from '../../../support/engine/show.ts';

/** One of each kind that Unicode's table 3-7 tells apart, first and last of each range. */
const INTERESTING = [0x00, 0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbb, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
  0xec, 0xed,
  0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];

interface Options {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

/** What decoders make of every sequence of a length: a digest for each first byte. */
function decodeAll(length: number, options: Options, firsts = INTERESTING): string[] {
  return firsts.map((first) => {
    const digest = new Digest();
    const bytes = new Uint8Array(length).fill(0);
    bytes[0] = first;
    const fill = (at: number): void => {
      if (at === length) {
        const text = attempt(() => new TextDecoder('utf-8', options).decode(bytes));
        digest.add(typeof text === 'string' ? text : 'error');
        return;
      }
      for (const byte of INTERESTING) {
        bytes[at] = byte;
        fill(at + 1);
      }
    };
    fill(1);
    return digest.toString();
  });
}

const halves = ['\ud800', '\udbff', '\udc00', '\udfff', 'a', 'é', '三', '\ufeff', '\uffff', '\0', '\u{10000}',
  '\u{10ffff}'];

function texts(): string[] {
  const all: string[] = ['', ...halves];
  for (const one of halves) for (const two of halves) for (const three of ['', ...halves]) all.push(one + two + three);
  return all;
}

function encodeInto(text: string, room: number): unknown {
  const into = new Uint8Array(room + 2).fill(0xee);
  const result: unknown = new TextEncoder().encodeInto(text, into.subarray(1, room + 1));
  return [result, into];
}

export const text = {
  'TextDecoder': () => [1, 2, 3].map((length) => decodeAll(length, {})),
  'TextDecoder of four bytes': () => decodeAll(4, {}, INTERESTING.filter((first) => first > 0xef)),
  'TextDecoder fatal': () => [1, 2, 3].map((length) => decodeAll(length, { fatal: true })),
  'TextDecoder that keeps the mark': () => [3, 3].map((length, i) => decodeAll(length, { ignoreBOM: true,
    fatal: i > 0 })),
  'TextDecoder of random bytes': () => {
    const below = randomIntegers(8128);
    const digest = new Digest();
    for (let i = 0; i < 3000; i++) {
      const bytes = Uint8Array.from({ length: below(40) }, () => INTERESTING[below(INTERESTING.length)] ?? 0);
      digest.add(new TextDecoder().decode(bytes));
    }
    return digest.toString();
  },
  'TextDecoder of the first part of a stream': () => {
    const below = randomIntegers(496);
    const results: unknown[] = [];
    for (let i = 0; i < 2000; i++) {
      const bytes = Uint8Array.from({ length: 1 + below(6) }, () => INTERESTING[below(INTERESTING.length)] ?? 0);
      const fatal = i % 2 === 0;
      const result = attempt(() => new TextDecoder('utf-8', { fatal }).decode(bytes, { stream: true }));
      results.push([bytes, fatal, result instanceof Error ? 'error' : result]);
    }
    return results;
  },
  'TextDecoder of marks': () => {
    const mark = [0xef, 0xbb, 0xbf];
    return [mark, [...mark, ...mark], [0x61, ...mark], [...mark, 0x61], [0xef, 0xbb], [0xef]].map((bytes) => [
      new TextDecoder().decode(Uint8Array.from(bytes)),
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes)),
    ]);
  },
  'TextDecoder of a part of memory and of nothing': () => [
    new TextDecoder().decode(Uint8Array.of(0x61, 0x62, 0x63, 0x64).subarray(1, 3)), new TextDecoder().decode(),
    new TextDecoder().decode(new Uint8Array(0)),
  ],
  'TextDecoder of every character': () => {
    const digest = new Digest();
    for (let start = 0; start < 0x110000; start += 0x1000) {
      let whole = '';
      for (let point = start; point < start + 0x1000; point += 7) whole += String.fromCodePoint(point);
      const bytes = new TextEncoder().encode(whole);
      digest.add(`${bytes.length} ${new TextDecoder().decode(bytes)}`);
    }
    return digest.toString();
  },
  'the error of a fatal TextDecoder': () => {
    const error = attempt(() => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xff)));
    return [error instanceof TypeError, error instanceof Error];
  },
  'TextEncoder': () => texts().map((one) => new TextEncoder().encode(one)),
  'TextEncoder of long texts': () => [1000, 65_536, 200_000].map((length) => {
    const bytes = new TextEncoder().encode('aé三\u{1f600}'.repeat(length));
    return [bytes.length, bytes.subarray(-8)];
  }),
  'encodeInto()': () => texts().slice(0, 400).map((one) => [0, 1, 2, 3, 4, 5, 6, 9, 12,
    20].map((room) => encodeInto(one, room))),
  'Buffer': () => {
    const parts = [Buffer.from('aé'), Buffer.from([1, 255, 256, -1]), Buffer.from(Uint8Array.of(7)), Buffer.from('')];
    const all = Buffer.concat(parts);
    return [...parts, all, all.toString(), all.toString('hex'), all.subarray(1, 3).toString(), String(all.subarray(0,
      1)),
      Buffer.concat([]), Buffer.concat([Uint8Array.of(1), Uint8Array.of(2, 3)]), all instanceof Uint8Array,
      texts().map((one) => Buffer.byteLength(one)), texts().map((one) => Buffer.from(one).toString())];
  },
  'Buffer.from() copies': () => {
    const bytes = Uint8Array.of(1, 2);
    const copy = Buffer.from(bytes);
    bytes[0] = 9;
    return copy;
  },
};
