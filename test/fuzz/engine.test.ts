// The C of the executable's engine under the sanitizers: texts, JSON, typed arrays and system calls with arguments that
// no caller of nunc's own gives.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { effort, seed } from '../support/effort.ts';
import { requires } from '../support/requires.ts';

const root = resolve(import.meta.dirname, '../..');
const QUICKJS = join(root, 'node_modules/qjsc/deps/quickjs_2021_03_27');
const LIBRARIES = ['libregexp', 'libunicode', 'cutils', 'libbf'].map((name) => join(QUICKJS, `${name}.c`));
const FLAGS = [
  '-O0', '-w', '-fwrapv', '-no-pie', '-D_GNU_SOURCE', '-DCONFIG_VERSION="2021-03-27"', '-DCONFIG_BIGNUM',
  `-I${QUICKJS}`, `-I${join(root, 'src/engine')}`,
];
const SANITIZERS = ['-fsanitize=address,bounds,null,object-size', '-fno-sanitize-recover=all', '-g1'];

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'nunc-sanitized-'));
  writeFileSync(join(directory, 'section.s'), '.section .nunc.heap,"aw",@nobits\n.balign 4096\n' +
    '.globl heap_start, heap_end\nheap_start:\n.skip 1 << 20\nheap_end:\n.section .note.GNU-stack,"",@progbits\n');
  const libraries = LIBRARIES.map((source, i) => {
    const object = join(directory, `${i}.o`);
    execFileSync('gcc', [...FLAGS, '-c', source, '-o', object]);
    return object;
  });
  const own = [join(root, 'test/support/engine/fuzz.c'), join(root, 'src/engine/heap.c'), join(directory, 'section.s')];
  execFileSync('gcc', [...FLAGS, ...SANITIZERS, ...own, ...libraries, '-lm', '-o', join(directory, 'fuzz')]);
}, 300_000);

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a script in the sanitized engine. @returns what went wrong, by the sanitizers or the script */
function run(script: string, rounds: number): { status: number | null; stderr: string } {
  const file = join(directory, 'script.js');
  writeFileSync(file, script);
  const env = { ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1', PATH: '/usr/bin:/bin' };
  const argv = [file, String(seed % 2 ** 31), String(rounds)];
  const { status, stderr } = spawnSync(join(directory, 'fuzz'), argv, { encoding: 'utf8', env, timeout: 3_600_000 });
  return { status, stderr: stderr.slice(0, 3000) };
}

const FUZZ = String.raw`
let state = seed | 0;
function random(below) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
}
const pick = (list) => list[random(list.length)];
const n = nuncNative;
const units = [0, 9, 0x22, 0x5c, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfffd, 0xffff];
function text(most) {
  let made = '';
  for (let left = random(most); left > 0; left--) {
    made += String.fromCharCode(random(3) ? 32 + random(95) : pick(units));
  }
  return made;
}
function bytes(most) {
  const odd = [0, 0x22, 0x5c, 0x7b, 0x5b, 0x80, 0xc2, 0xe0, 0xed, 0xa0, 0xf0, 0xf4, 0xff];
  const whole = new Uint8Array(random(most) + 1);
  for (let i = 0; i < whole.length; i++) whole[i] = random(2) ? random(256) : pick(odd);
  const from = random(whole.length);
  return pick([whole, whole.subarray(from), whole.subarray(from, from + random(whole.length)), new Uint8Array(0)]);
}
const words = ['{', '}', '[', ']', ',', ':', '"', '"a"', '"\\u12', '"\\', 'true', 'fals', 'null', '-', '0', '01', '1e',
  '1.5', '-0', '1e999', '123456789012', '"__proto__":', ' ', '\n', '\0', '"\ud800"', '"\\ud83d"', '\u00e9'];
function json() {
  let made = '';
  for (let left = random(30); left > 0; left--) made += random(6) ? pick(words) : text(6);
  return made;
}
const strange = () => pick([undefined, null, true, -1, 2 ** 31, 2 ** 53, 2 ** 64, -(2 ** 63), NaN, Infinity, 1.5, '',
  text(9), {}, [], () => 1, new ArrayBuffer(3), new Float64Array(2), new DataView(new ArrayBuffer(2)),
  bytes(9), Symbol.iterator,
  { toString() { throw new Error('no text'); } }, new Uint8Array(new SharedArrayBuffer(8)), 10n ** 30n]);
const known = /^(SyntaxError: not JSON|RangeError: |TypeError: |InternalError: |Error: no text)/;
function attempt(act) {
  try { return act(); } catch (error) {
    if (!known.test(String(error))) throw error;
    return undefined;
  }
}
function check(isRight, what) { if (!isRight) throw new Error('wrong: ' + what); }
for (let round = 0; round < rounds; round++) {
  const given = text(40), raw = bytes(60);
  const well = n.decode(new Uint8Array(n.encode(given)), true, false);
  check(typeof well === 'string' && well.length === given.length, 'encode ' + round);
  const into = bytes(30);
  const written = n.encodeInto(given, into);
  check(Math.abs(written) <= into.length + 1, 'encodeInto ' + round);
  const repaired = n.decode(raw, false, false);
  check(n.decode(new Uint8Array(n.encode(repaired)), true, false) === repaired, 'decode ' + round);
  n.decode(raw, random(2) === 1, random(2) === 1);
  check(n.latin1(raw).length === raw.length, 'latin1 ' + round);
  attempt(() => n.parse(json()));
  attempt(() => n.parse(n.latin1(raw)));
  const value = { [text(5)]: [given, random(1e9), -random(1e9) / 7, null, { a: [] }] };
  const written2 = JSON.stringify(value);
  check(JSON.stringify(n.parse(written2)) === JSON.stringify(JSON.parse(written2)), 'parse ' + round);
  for (const name of ['encode', 'encodeInto', 'decode', 'latin1', 'parse', 'address', 'now', 'argv', 'environ']) {
    attempt(() => n[name](strange(), strange(), strange()));
  }
  // getpid and close: what is passed is converted, and nothing happens.
  attempt(() => n.syscall(39, strange(), strange(), strange(), strange(), strange(), strange()));
  attempt(() => n.syscall(3, -1, strange(), text(9), strange(), strange(), strange(), strange(), strange()));
  attempt(() => n.syscall(strange() === undefined ? 39 : 39, ...new Array(random(12)).fill(text(3))));
}
for (const open of ['[', '{"a":', '[[{"":']) attempt(() => n.parse(open.repeat(50000)));
`;

const test = requires('gcc');

test(`the natives of the engine take anything, EFFORT_SEED=${seed}`, () => {
  expect(run(FUZZ, effort({ usual: 60, nightly: 30_000 }))).toEqual({ status: 0, stderr: '' });
}, 7_200_000);

test('the sanitizers would notice a byte too much', () => {
  expect(run('overrun(new Uint8Array(8))', 1).stderr).toContain('heap-buffer-overflow');
});
