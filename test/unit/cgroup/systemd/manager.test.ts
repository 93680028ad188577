// systemd's manager played by a process of the test's own (test/support/fake-systemd-worker.ts): what a real one does
// only when something is wrong. The real one is asked in test/integration/systemd.test.ts.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { managerProperty, startScope, stopUnit, withSystemd } from '../../../../src/cgroup/systemd/manager.ts';
import type { Connection } from '../../../../src/dbus/connection.ts';
import { openFfi } from '../../../../src/ffi/napi.ts';

interface Fake {
  readonly socket: string;
  /** What was called, with the first argument. */
  calls(): string[];
}

async function startFake(behaviour: string): Promise<Fake> {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-bus-'));
  const [socket, output] = [join(directory, 'socket'), join(directory, 'output')];
  const worker = join(import.meta.dirname, '../../../support/fake-systemd-worker.ts');
  const bun = join(import.meta.dirname, '../../../../node_modules/.bin/bun');
  const stdout = openSync(output, 'w');
  const child = spawn(bun, [worker, socket, behaviour], { stdio: ['ignore', stdout, 'inherit'] });
  closeSync(stdout);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(directory, { recursive: true });
  });
  const lines = (): string[] => readFileSync(output, 'utf8').split('\n').filter((line) => line !== '');
  const end = Date.now() + 10_000;
  while (!lines().includes('ready')) {
    if (Date.now() > end) throw new Error('the fake does not start');
    await delay(10);
  }
  return { socket, calls: () => lines().slice(1) };
}

const ffi = openFfi();

function ask<Result>(socket: string, use: (connection: Connection) => Result, isBus = true): Result {
  return withSystemd({ ffi, sockets: [{ socket, isBus }], patience: 500 }, use);
}

const start = (connection: Connection): void => startScope(connection, 'x.scope', []);
const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe('withSystemd()', () => {
  test.each([
    ['silent', '500'],
    ['garbage', 'it refuses this user: "HTTP/1.1 400 Bad Request"'],
    ['rejecting', 'it refuses this user: "REJECTED EXTERNAL"'],
    ['no-messages', 'it sends no D-Bus messages'],
    ['hanging-up', 'it hung up before an answer to StartTransientUnit'],
    ['no-job', 'waited 0.5 s in vain for the start of x.scope'],
  ])('gives up on a systemd that is %s', async (behaviour, reason) => {
    const { socket } = await startFake(behaviour);
    const before = descriptors();
    const expected = behaviour === 'silent' ? 'waited 0.5 s in vain for its consent' : reason;
    expect(() => ask(socket, start)).toThrow(`cannot talk to "${socket}" (D-Bus): ${expected}`);
    expect(descriptors()).toBe(before);
  });

  test('names the first of the sockets that are not there, and takes another that is', async () => {
    const sockets = ['/nonexistent/a', '/nonexistent/b'].map((socket) => ({ socket, isBus: true }));
    expect(() => withSystemd({ ffi, sockets, patience: 500 }, start)).toThrow('cannot connect to "/nonexistent/a"');
    const { socket } = await startFake('well');
    withSystemd({ ffi, sockets: [...sockets, { socket, isBus: true }], patience: 500 }, start);
  });
});

describe('startScope()', () => {
  test('greets a bus, and waits for the end of its own job, whenever that comes', async () => {
    const fake = await startFake('well');
    ask(fake.socket, start);
    expect(fake.calls().map((line) => line.split(' ', 1)[0])).toEqual(['Hello', 'AddMatch', 'StartTransientUnit']);
  });

  test('talks to a systemd without a bus', async () => {
    const fake = await startFake('well');
    ask(fake.socket, start, false);
    expect(fake.calls()).toEqual(['StartTransientUnit x.scope']);
  });

  test('forgets a unit that was left behind', async () => {
    const fake = await startFake('leftover');
    ask(fake.socket, start);
    expect(fake.calls().slice(-3)).toEqual([
      'StartTransientUnit x.scope', 'ResetFailedUnit x.scope', 'StartTransientUnit x.scope',
    ]);
  });

  test.each([
    ['running', 'cannot start the unit "x.scope": Unit x.scope already exists. (org.freedesktop.systemd1.UnitExists)'],
    ['read-only', 'cannot start the unit "x.scope": Cannot set property Foo, or unknown property. '
      + '(org.freedesktop.DBus.Error.PropertyReadOnly)'],
    ['job-failed', 'cannot start the unit "x.scope": its job has ended with "failed"'],
  ])('says why in one line: %s', async (behaviour, message) => {
    const { socket } = await startFake(behaviour);
    expect(() => ask(socket, start)).toThrow(message);
  });
});

describe('stopUnit()', () => {
  test.each(['well', 'gone'])('stops and forgets a unit: %s', async (behaviour) => {
    const fake = await startFake(behaviour);
    ask(fake.socket, (connection) => stopUnit(connection, 'x.scope'));
    expect(fake.calls().slice(-2)).toEqual(['StopUnit x.scope', 'ResetFailedUnit x.scope']);
  });
});

describe('managerProperty()', () => {
  test('reads a property', async () => {
    const { socket } = await startFake('well');
    expect(ask(socket, (connection) => managerProperty(connection, 'ControlGroup'))).toBe('/user.slice');
  });
});
