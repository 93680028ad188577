// The report of a process that nunc has started, when somebody else has the pen: one who traces it, say, from a pid
// namespace that it has joined. Nothing that it names is believed unless it is nunc's own child.

import { closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NuncError } from '../../src/error.ts';
import { numbers } from '../../src/ffi/system-calls.ts';
import type { RequestHandlers } from '../../src/launch/rendezvous.ts';
import {
  RECORD_CREATED, RECORD_LOG, RECORD_PID, RECORD_TIMES, type RequestKind, requestRecord, REQUESTS,
} from '../../src/plan/report.ts';
import { effort, seed } from '../support/effort.ts';
import { endChildOf, type Launched, launchHostile, startChild } from '../support/fuzz-bytes/hostile-child.ts';
import { concat, describeCase, mutateBytes, randomBytes } from '../support/fuzz-bytes/mutate.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';

let directory = '';
/** A child of this process, which is never named: it could be the init. And that one's child, which could not. */
let parent = 0;
let foreign = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'nunc-reports-'));
  parent = startChild(['/bin/sh', '-c', `sleep 1000000 & echo $! >${directory}/pid; wait`]);
  while (foreign === 0) foreign = Number(readFileSync(join(directory, 'pid'), { encoding: 'utf8', flag: 'a+' }));
});

afterAll(() => {
  process.kill(foreign, 'SIGKILL');
  endChildOf(parent);
  rmSync(directory, { recursive: true });
});

function record(kind: number, value: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, kind, true);
  view.setInt32(8, value, true);
  return bytes;
}

const KINDS = [
  RECORD_PID, RECORD_PID, RECORD_CREATED, RECORD_TIMES, RECORD_LOG,
  ...(Object.keys(REQUESTS) as RequestKind[]).map(requestRecord), 0, 7, 8, 39, 40, 0x7fff_ffff, 0xffff_ffff,
];

interface Hostile {
  readonly bytes: Uint8Array;
  readonly init: number;
}

/** Records in any order, and what is no record; now and then behind the beginning of a true report. */
function hostileReport(random: Random, init: number): Hostile {
  const values = [init, init, 0, 1, -1, -process.pid, process.pid, process.ppid, foreign, 2 ** 31 - 1, 16, 255, 256];
  const parts = random(6) === 0 ? [record(RECORD_PID, init), record(RECORD_CREATED, 0)] : [];
  for (let left = random(12); left > 0; left--) {
    const one = random(8) === 0 ? randomBytes(random, random(40)) : record(pick(random, KINDS), pick(random, values));
    parts.push(one);
    if (random(3) === 0) parts.push(record(RECORD_PID, init));
  }
  const bytes = concat(...parts);
  return { bytes: random(3) === 0 ? mutateBytes(random, bytes) : bytes, init };
}

/** Those that answer as nunc does, as far as it matters here. */
const HANDLERS: RequestHandlers = { hooks: () => undefined, terminal: ({ receive }) => void receive() };

function tryReport({ bytes, init }: Hostile, isExec: boolean): Launched {
  const file = join(directory, 'report');
  writeFileSync(file, bytes);
  return launchHostile({ script: `exec cat ${file} >&3`, handlers: HANDLERS, isExec }, init);
}

describe(`a hostile report, EFFORT_SEED=${seed}`, () => {
  test('ends in an error, or in the init that is a child', () => {
    const random = randomFrom(seed);
    let created = 0;
    for (let round = 0; round < effort({ usual: 200, nightly: 30_000 }); round++) {
      const init = startChild(['/bin/sleep', '1000000']);
      const hostile = hostileReport(random, init);
      const what = describeCase({ seed, round }, hostile.bytes);
      const { pid, error, touched, leaked } = tryReport(hostile, random(3) === 0);
      expect(touched, what).toEqual([]);
      expect(leaked, what).toBe(0);
      if (pid === undefined) {
        expect(error, what).toBeInstanceOf(NuncError);
        expect((error as Error).message, what).toMatch(/^cannot [^\n]+$/);
      } else {
        created += 1;
        expect(pid, what).toBe(init);
      }
      endIfThere(init);
    }
    // Or none has come so far.
    expect(created).toBeGreaterThan(0);
  }, 7_200_000);
});

function endIfThere(pid: number): void {
  try {
    endChildOf(pid);
  } catch {
    // It was taken for the init, and ended.
  }
}

/** Little-endian words in printf(1)'s words. */
function printed(...records: readonly Uint8Array[]): string {
  return [...concat(...records)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

function launchWith(script: string, handlers: RequestHandlers = HANDLERS): Launched {
  const init = startChild(['/bin/sleep', '1000000']);
  try {
    return launchHostile({ script, handlers }, init);
  } finally {
    endIfThere(init);
  }
}

const messageOf = ({ error }: Launched): string => (error as Error).message;

describe('launchInit()', () => {
  test.each([
    ['the runtime\'s parent', () => process.ppid], ['init', () => 1], ['the runtime itself', () => process.pid],
    ['every process', () => -1], ['the runtime\'s group', () => 0], ['nobody', () => 4_000_000],
  ])('touches nobody who is named as its init: %s', (_, name) => {
    const launched = launchWith(`printf '${printed(record(RECORD_PID, name()))}' >&3`);
    expect(messageOf(launched)).toBe(`cannot test: process ${name()}, which was reported as its init, is not`);
    expect(launched).toMatchObject({ touched: [], leaked: 0 });
  });

  test('believes a failed init no more', () => {
    const failure = record(20, 5);
    const launched = launchWith(`printf '${printed(failure, record(RECORD_PID, process.ppid))}' >&3`);
    expect(messageOf(launched)).toMatch(/^cannot do step 20: /);
    expect(launched).toMatchObject({ touched: [], leaked: 0 });
  });

  test.each([
    ['times', record(RECORD_TIMES, 0)], ['that it is created', record(RECORD_CREATED, 0)],
  ])('does not listen for ever to one who reports %s', (_, bytes) => {
    const launched = launchWith(`while :; do printf '${printed(bytes)}'; done >&3`);
    expect(messageOf(launched)).toBe('cannot test: the init reports without end');
  });

  test.each([-1, 256, 2 ** 31 - 1])('allocates nothing for %i times that can\'t be', (count) => {
    const launched = launchWith(`printf '${printed(record(RECORD_TIMES, count))}' >&3`);
    expect(messageOf(launched)).toMatch(/^cannot test: the init /);
  });

  test('keeps no end of the report when there can be no channel', () => {
    const launched = launchHostile({ script: 'exit 0', failing: numbers.socketpair }, 0);
    expect(messageOf(launched)).toBe('cannot make a socket pair: too many open files');
    expect(launched.leaked).toBe(0);
  });

  test('takes one descriptor where one is asked for, however many come', () => {
    const requests = printed(record(requestRecord('terminal'), 0));
    for (const count of [2, 3, 200]) {
      const send = `import array, socket
socket.socket(fileno=5).sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
        array.array("i", [0] * ${count}))])`;
      const init = startChild(['/bin/sleep', '1000000']);
      const pid = printed(record(RECORD_PID, init));
      const script = `printf '${pid}' >&3; python3 -c '${send}'; printf '${requests}' >&3`;
      const received: number[] = [];
      const handlers: RequestHandlers = { terminal: ({ receive }) => void received.push(receive()) };
      const launched = launchHostile({ script, handlers }, init);
      endIfThere(init);
      // One at most has come, and to the handler, whose it is.
      expect(launched.leaked, messageOf(launched)).toBe(received.length);
      for (const descriptor of received) closeSync(descriptor);
    }
  });
});
