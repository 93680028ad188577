// The find_home operation against passwd files of every shape, with a reference in JavaScript that works on whole
// lines.

import { describe, expect, test } from 'vitest';
import type { Operation, Plan } from '../../../src/plan/operation.ts';
import { seeded } from './random.ts';
import { CANNOT_RUN, exit, planOf, runPlan, show, STORY } from './run-plan.ts';

const SEED = Number(process.env['SEED'] ?? 11);
const INTO = 0;
const CAPACITY = 40;
const SCRATCH = 48;
/** What memory holds before: it must stay when nothing is found. */
const UNTOUCHED = '/';
const READ_SIZE = 4096;

/** What find_home promises, on text in which every character is one byte. */
function reference(passwd: string, uid: number): string {
  for (const line of passwd.split('\n')) {
    if (line.startsWith('#')) continue;
    const fields = line.split(':');
    const [number = '', home] = [fields[2], fields[5]];
    if (!/^[0-9]+$/.test(number) || number.replace(/^0+(?=.)/, '') !== String(uid)) continue;
    // A NUL behind what can be kept is not looked for: the home is too long already.
    if (home === undefined || home.slice(0, CAPACITY).includes('\0')) continue;
    return home === '' || home.length + 1 > CAPACITY ? UNTOUCHED : home;
  }
  return UNTOUCHED;
}

function homePlan(uid: number): Plan {
  const search: Operation = {
    ...STORY, kind: 'find_home', descriptor: 0, uid, into: INTO, capacity: CAPACITY, scratch: SCRATCH,
  };
  const before: Operation = { ...STORY, kind: 'set', slot: INTO as never, value: UNTOUCHED.charCodeAt(0) };
  return planOf([before, search, show(INTO, CAPACITY + 8), exit(0)], SCRATCH + READ_SIZE);
}

function findHome(passwd: string, uid: number): string {
  const outcome = runPlan(homePlan(uid), Buffer.from(passwd, 'latin1'));
  expect(outcome).toMatchObject({ status: 0, report: [] });
  const text = outcome.stdout.toString('latin1');
  // Nothing is written behind the capacity.
  expect(text.slice(CAPACITY)).toBe('\0'.repeat(8));
  return text.slice(0, text.indexOf('\0'));
}

const ROOT = 'root:x:0:0:root:/root:/bin/sh\n';
const USER = 'user:x:1000:1000:User,,,:/home/user:/bin/sh\n';
/** Puts `line` so that its byte at `offset` is the first of the second read. */
function splitAt(line: string, offset: number): string {
  const filler = `${'f'.repeat(READ_SIZE - offset - 1)}\n`;
  return `${filler}${line}`;
}

const CASES: readonly (readonly [name: string, passwd: string, uid: number, home: string])[] = [
  ['an empty file', '', 0, '/'],
  ['one line', ROOT, 0, '/root'],
  ['root by more zeros', 'root:x:000:0:root:/root:/bin/sh\n', 0, '/root'],
  ['a uid with leading zeros', 'u:x:01000:0::/zeros:/bin/sh\n', 1000, '/zeros'],
  ['the second line', ROOT + USER, 1000, '/home/user'],
  ['no such uid', ROOT + USER, 1001, '/'],
  ['a uid that is the beginning of another', 'a:x:1000:0::/a:\n', 100, '/'],
  ['a uid that continues another', 'a:x:100:0::/a:\n', 1000, '/'],
  ['the largest uid', 'a:x:4294967295:0::/a:\n', 4294967295, '/a'],
  ['a uid that is equal in 32 or 64 bits only', 'a:x:4294967296:0::/a:\nb:x:18446744073709551616:0::/b:\n', 0, '/'],
  ['the first of two entries', 'a:x:5:5::/first:\nb:x:5:5::/second:\n', 5, '/first'],
  ['an entry without a home before one with', 'a:x:5:5:::/bin/sh\nb:x:5:5::/second:\n', 5, '/'],
  ['a last line without a newline', `${ROOT}u:x:7:7::/seven:/bin/sh`, 7, '/seven'],
  ['a last line that ends in its home', `${ROOT}u:x:7:7::/seven`, 7, '/seven'],
  ['a last line that ends in its uid', `${ROOT}u:x:7`, 7, '/'],
  ['a last line that ends before its home', `${ROOT}u:x:7:7::`, 7, '/'],
  ['a line that ends in its home', 'u:x:7:7::/seven\nv:x:8:8::/eight\n', 8, '/eight'],
  ['lines with too few fields', 'x\n\n:\n::\nu:x:7\nu:x:7:7\nu:x:7:7:g\nu:x:7:7:g:/seven:\n', 7, '/seven'],
  ['a comment', '#u:x:7:7:g:/comment:\nu:x:7:7:g:/seven:\n', 7, '/seven'],
  ['a uid that is not a number', 'u:x:7a:7::/a:\nu:x: 7:7::/b:\nu:x:+7:7::/c:\nu:x:7:7::/d:\n', 7, '/d'],
  ['an empty uid', 'u:x::0::/a:\nroot:x:0:0::/b:\n', 0, '/b'],
  ['more fields than seven', 'u:x:7:7::/seven:/bin/sh:more:and:more\n', 7, '/seven'],
  ['empty lines around', `\n\n${ROOT}\n\n${USER}`, 1000, '/home/user'],
  ['a NIS entry', `+::::::\n+@group::::::\n${USER}`, 1000, '/home/user'],
  ['a NUL in the uid', 'u:x:7\0:7::/a:\nu:x:7:7::/b:\n', 7, '/b'],
  ['a NUL in the home', 'u:x:7:7::/a\0b:\nu:x:7:7::/c:\n', 7, '/c'],
  ['bytes beyond ASCII', 'u:x:7:7:\xff\xfe:/h\xc3\xa9\xff:\n', 7, '/h\xc3\xa9\xff'],
  ['a home that just fits', `u:x:7:7::/${'h'.repeat(CAPACITY - 2)}:\n`, 7, `/${'h'.repeat(CAPACITY - 2)}`],
  ['a home that is one byte too long', `u:x:7:7::/${'h'.repeat(CAPACITY - 1)}:\nu:x:7:7::/b:\n`, 7, '/'],
  ['a home that is far too long', `u:x:7:7::/${'h'.repeat(9000)}:\n`, 7, '/'],
  ['a line that is longer than three reads', `${'n'.repeat(3 * READ_SIZE)}:x:7:7::/long:\n${USER}`, 7, '/long'],
  ['long lines', `a:x:1:1:${'g'.repeat(20_000)}:/a:\n${'z'.repeat(9000)}\n${USER}`, 1000, '/home/user'],
  ['a file of exactly one read', `${'f'.repeat(READ_SIZE - ROOT.length - 1)}\n${ROOT}`, 0, '/root'],
];

describe.skipIf(CANNOT_RUN !== '')(`find_home ${CANNOT_RUN}`, () => {
  test.each(CASES)('reads %s', (...[, passwd, uid, home]) => {
    expect(reference(passwd, uid)).toBe(home);
    expect(findHome(passwd, uid)).toBe(home);
  });

  test('reads a line that is split at any of its bytes', () => {
    for (let offset = 0; offset <= USER.length; offset++) {
      expect(findHome(splitAt(USER, offset), 1000), `split at ${offset}`).toBe('/home/user');
    }
  });

  test('leaves memory alone when the descriptor cannot be read', () => {
    const plan = homePlan(0);
    const operations = plan.operations.map((operation) => (
      operation.kind === 'find_home' ? { ...operation, descriptor: 99 } : operation
    ));
    expect(runPlan({ ...plan, operations }).stdout.toString('latin1').replaceAll('\0', '')).toBe('/');
  });

  test('searches twice in one plan, the descriptor in a slot', () => {
    const [before, search, ...rest] = homePlan(1000).operations as [Operation, Operation, ...Operation[]];
    const descriptor: Operation = { ...STORY, kind: 'set', slot: SCRATCH as never, value: 0 };
    const fromSlot = { ...search, descriptor: { slot: SCRATCH } } as Operation;
    const plan = planOf([before, descriptor, fromSlot, search, ...rest], SCRATCH + READ_SIZE);
    expect(runPlan(plan, Buffer.from(USER)).stdout.toString().replaceAll('\0', '')).toBe('/home/user');
  });

  test('agrees with the reference on random files', () => {
    const random = seeded(SEED);
    const pieces = [
      'root', 'x', '0', '5', '00', '05', '50', '4294967296', ':', ':', ':', ':', ':', ':', '\n', '\n', '#', '/home',
      '/a', '-', ' ', '\0', '\r', 'h'.repeat(CAPACITY), 'z'.repeat(2000), 'u:x:5:5::', 'u:x:0:0:g:/r',
      'u:x:5:5:g:/home/5:/bin/sh\n',
    ];
    for (let round = 0; round < 250; round++) {
      let passwd = '';
      for (let i = random(60); i > 0; i--) passwd += pieces[random(pieces.length)] ?? '';
      const uid = random(2) * 5;
      const name = `seed ${SEED}, round ${round}: ${JSON.stringify(passwd)}`;
      expect(findHome(passwd, uid), name).toBe(reference(passwd, uid));
    }
  });
});
