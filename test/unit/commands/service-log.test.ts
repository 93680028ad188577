import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openServiceLog, type Sender } from '../../../src/commands/service-log.ts';
import { openFfi } from '../../../src/ffi/napi.ts';
import { bindDatagram, receiveDatagram } from '../../../src/ffi/unix-socket.ts';

const ffi = openFfi();

/** Listens as a service does. @returns where, and a way to take the next datagram that has come */
function listen(): { socket: string; next: () => string | undefined } {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-service-'));
  const socket = join(directory, 'socket');
  const descriptor = bindDatagram(ffi, socket);
  onTestFinished(() => {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  });
  const buffer = new Uint8Array(65536);
  return {
    socket,
    next: () => {
      const length = receiveDatagram(ffi, descriptor, buffer);
      return length < 0 ? undefined : Buffer.from(buffer.subarray(0, length)).toString('latin1');
    },
  };
}

function logTo(sender: Sender): ReturnType<typeof openServiceLog> {
  return openServiceLog(ffi, sender);
}

/** The fields of a record of the journal, as its protocol has them. */
function fieldsOf(record: string): Record<string, string> {
  const fields: Record<string, string> = {};
  let rest = record;
  while (rest !== '') {
    const end = rest.indexOf('\n');
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    const equals = line.indexOf('=');
    if (equals >= 0) {
      fields[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const length = Number(Buffer.from(rest.slice(0, 8), 'latin1').readBigUInt64LE());
    fields[line] = Buffer.from(rest.slice(8, 8 + length), 'latin1').toString();
    expect(rest[8 + length]).toBe('\n');
    rest = rest.slice(9 + length);
  }
  return fields;
}

describe('openServiceLog()', () => {
  test('sends the journal what it is told', () => {
    const { socket, next } = listen();
    const log = logTo({ service: { kind: 'journald', identifier: 'me' }, level: 'debug', socket });
    log.warning('é is\nodd');
    log.debug('x');
    expect(fieldsOf(next() ?? '')).toEqual({ MESSAGE: 'é is\nodd', PRIORITY: '4', SYSLOG_IDENTIFIER: 'me' });
    expect(fieldsOf(next() ?? '')).toEqual({ MESSAGE: 'x', PRIORITY: '7', SYSLOG_IDENTIFIER: 'me' });
    expect(next()).toBeUndefined();
  });

  test('does not let a name or a message forge a field', () => {
    const { socket, next } = listen();
    const service = { kind: 'journald', identifier: 'me\n_UID=0' } as const;
    logTo({ service, level: undefined, socket }).warning('m\nPRIORITY=0\n');
    expect(fieldsOf(next() ?? '')).toEqual({
      MESSAGE: 'm\nPRIORITY=0\n', PRIORITY: '4', SYSLOG_IDENTIFIER: 'me\\n_UID=0',
    });
  });

  test('sends the syslog a line', () => {
    const { socket, next } = listen();
    logTo({ service: { kind: 'syslog', identifier: 'me' }, level: undefined, socket }).warning('one\ntwo');
    const form = /^<12>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d me\[(\d+)\]: one\\ntwo$/;
    const record = next();
    expect(record).toMatch(form);
    expect(form.exec(record ?? '')?.[1]).toBe(String(process.pid));
  });

  test('sends what is as important as was asked for', () => {
    const { socket, next } = listen();
    const service = { kind: 'syslog', identifier: 'me' } as const;
    logTo({ service, level: undefined, socket }).debug('d');
    logTo({ service, level: 'error', socket }).warning('w');
    expect(next()).toBeUndefined();
  });

  test('cuts off what is too long for a datagram', () => {
    const { socket, next } = listen();
    logTo({ service: { kind: 'journald', identifier: 'me' }, level: undefined, socket }).warning('x'.repeat(1_000_000));
    expect(fieldsOf(next() ?? '')['MESSAGE']).toBe('x'.repeat(48 * 1024));
  });

  test('goes on when the service has gone away', () => {
    const directory = mkdtempSync(join(tmpdir(), 'nunc-service-'));
    const socket = join(directory, 'socket');
    const descriptor = bindDatagram(ffi, socket);
    const log = logTo({ service: { kind: 'syslog', identifier: 'me' }, level: undefined, socket });
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
    expect(() => log.warning('w')).not.toThrow();
  });

  test('says when nobody listens', () => {
    expect(() => logTo({ service: { kind: 'journald', identifier: 'me' }, level: undefined, socket: '/nonexistent/s' }))
      .toThrow('cannot log to journald: cannot connect to "/nonexistent/s": no such file or directory');
  });
});
