// A D-Bus server that is none: what it sends is spoilt, comes drop by drop, without end, or not at all. Every call ends
// in time, with an answer or with an error that names the socket.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMatch, callMethod, connect, disconnect, waitForSignal } from '../../src/dbus/connection.ts';
import { marshal } from '../../src/dbus/marshal.ts';
import { type Value, variant } from '../../src/dbus/value.ts';
import { messageOf, NuncError } from '../../src/error.ts';
import type { Ffi } from '../../src/ffi/port.ts';
import { numbers } from '../../src/ffi/system-calls.ts';
import { effort, seed } from '../support/effort.ts';
import { concat, describeCase, mutateBytes } from '../support/fuzz-bytes/mutate.ts';
import { kernel } from '../support/library.ts';
import { eventually } from '../support/lifecycle.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';

/** How long a call may take, and how long it may take at most on a busy machine, in milliseconds. */
const PATIENCE = 300;
const AT_MOST = 5000;

/** Answers each connection with the next line of a file: what to send, in base64, and how. */
const SERVER = `
import base64, os, socket, sys, threading, time
path, plan = sys.argv[1:3]
server = socket.socket(socket.AF_UNIX); server.bind(path); server.listen(50); print('ready', flush=True)
def serve(connection, how, data, unit):
    try:
        if how == 'drip':
            for i in range(len(data)): connection.send(data[i:i + 1]); time.sleep(0.05)
        elif how == 'flood':
            connection.sendall(data)
            while True: connection.sendall(unit * 200)
        else: connection.sendall(data)
        if how == 'hold': time.sleep(3)
    except OSError: pass
    connection.close()
while True:
    connection = server.accept()[0]
    how, *parts = open(plan).read().split(' ')
    parts = [base64.b64decode(part) for part in parts]
    threading.Thread(target=serve, args=(connection, how, *parts), daemon=True).start()
`;

let directory = '';
let socket = '';
let server: ReturnType<typeof spawn> | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nunc-dbus-'));
  socket = join(directory, 'socket');
  const args = ['-c', SERVER, socket, join(directory, 'plan')];
  server = spawn('/usr/bin/python3', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  server.stdout?.on('data', (chunk: Buffer) => output += chunk.toString());
  await eventually(() => output, (text) => text.startsWith('ready'));
});

afterAll(async () => {
  server?.kill('SIGKILL');
  if (server?.exitCode === null) await once(server, 'exit');
  rmSync(directory, { recursive: true });
});

function message(type: number, fields: readonly Value[], body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const header = marshal('yyyyuua(yv)', ['l'.charCodeAt(0), type, 1, 1, body.length, 9, fields]);
  return concat(header, new Uint8Array((8 - (header.length % 8)) % 8), body);
}

const consent = new TextEncoder().encode('DATA\r\nOK 0123456789abcdef\r\n');
const reply = (serial: number): Uint8Array =>
  message(2, [[5, variant('u', serial)], [8, variant('g', 's')]], marshal('s', [':1.1']));
const signal = message(4, [[1, variant('o', '/a')], [2, variant('s', 'b.c')], [3, variant('s', 'JobRemoved')]]);

/** A kernel whose sockets always have more to read, however fast that is read. */
function endless(bytes: Uint8Array, unit: Uint8Array): Ffi {
  const waiting = [...bytes];
  const end = performance.now() + 10 * PATIENCE;
  const syscall: Ffi['syscall'] = (number, ...args) => {
    if (number === numbers.connect || number === numbers.setsockopt) return 0;
    if (number === numbers.sendto) return Number(args[2]);
    if (number === numbers.ppoll) return 1;
    if (number !== numbers.recvfrom) return kernel().syscall(number, ...args);
    if (performance.now() > end) throw new Error('it is still listened to');
    const memory = args[1] as Uint8Array;
    while (waiting.length < memory.length) waiting.push(...unit);
    memory.set(waiting.splice(0, memory.length));
    return memory.length;
  };
  return { syscall, address: (memory) => kernel().address(memory), spawn: () => -1 };
}

type How = 'once' | 'hold' | 'drip' | 'flood';

/** Talks as nunc does with systemd. @param unit what a flood repeats @returns what was thrown, and how long all took */
function talk(how: How, bytes: Uint8Array, unit = bytes, ffi = kernel()):
{ error: unknown; taken: number } {
  const plan = [bytes, unit].map((part) => Buffer.from(part).toString('base64'));
  writeFileSync(join(directory, 'plan'), `${how} ${plan.join(' ')}`);
  const start = performance.now();
  let error: unknown;
  try {
    const connection = connect(ffi, { socket, isBus: true, patience: PATIENCE });
    try {
      addMatch(connection, 'type=\'signal\'');
      callMethod(connection, { path: '/a', interface: 'b.c', member: 'D', signature: 's', body: ['x'] });
      waitForSignal(connection, 'a signal', () => true);
    } finally {
      disconnect(connection);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { error, taken: performance.now() - start };
}

function verify({ error, taken }: ReturnType<typeof talk>, what: string): void {
  expect(taken, what).toBeLessThan(AT_MOST);
  if (error === undefined) return;
  expect(error, what).toBeInstanceOf(NuncError);
  expect(messageOf(error), what).not.toMatch(/stack|undefined|DataView|offset|memory/i);
}

function spoilt(random: Random): Uint8Array {
  const parts = [consent, reply(1), reply(2), signal, reply(3), signal];
  const at = random(parts.length);
  return concat(...parts.map((part, i) => (i === at ? mutateBytes(random, part) : part)));
}

describe(`connect(), callMethod() and waitForSignal(), EFFORT_SEED=${seed}`, () => {
  test('get on with one who does as expected', () => {
    const well = concat(consent, reply(1), reply(2), signal, reply(3));
    expect(talk('hold', well)).toMatchObject({ error: undefined });
  });

  test('end in time whatever is sent, and keep no descriptor', () => {
    const random = randomFrom(seed);
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < effort({ usual: 120, nightly: 5000 }); round++) {
      const bytes = spoilt(random);
      const how = random(10) > 0 ? 'once' : pick(random, ['hold', 'drip', 'flood'] as const);
      verify(talk(how, bytes), `${how} ${describeCase({ seed, round }, bytes)}`);
    }
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  }, 7_200_000);

  test.each([
    ['signals without end', concat(consent, reply(1)), signal, /more signals than can be kept|in vain for an answer/],
    ['answers to what was not asked', concat(consent, reply(1)), reply(99), /in vain for an answer/],
    ['DATA without end', new Uint8Array(0), new TextEncoder().encode('DATA\r\n'), /in vain for its consent/],
    ['a line without end', new Uint8Array(0), new TextEncoder().encode('x'), /sends no D-Bus messages/],
  ])('do not listen for ever to %s', (_, bytes, unit, reason) => {
    verify(talk('flood', bytes, unit), 'a flood');
    const result = talk('hold', bytes, unit, endless(bytes, unit));
    verify(result, 'one that always has more');
    expect(messageOf(result.error)).toMatch(reason);
  });
});
