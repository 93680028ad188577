import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeCall, FIXED_SIZE, messageSize } from '../../../src/dbus/message.ts';
import { unmarshal } from '../../../src/dbus/unmarshal.ts';
import { variant } from '../../../src/dbus/value.ts';
import { askGlib } from '../../support/glib.ts';
import { requires } from '../../support/requires.ts';

const call = {
  destination: 'org.freedesktop.systemd1',
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
  member: 'StartTransientUnit',
  signature: 'ssa(sv)a(sa(sv))',
  body: ['a.scope', 'fail', [
    ['Slice', variant('s', 'ä.slice')], ['PIDs', variant('au', [7, 4294967295])], ['Delegate', variant('b', true)],
    ['MemoryMax', variant('t', (1n << 64n) - 1n)], ['Empty', variant('a(ss)', [])], ['CPUs', variant('ay', [3, 255])],
  ], []],
};

describe('encodeCall()', () => {
  requires('gi')('makes what GLib reads', () => {
    const least = { path: '/', interface: 'a.b', member: 'C', signature: '', body: [] };
    const messages = [encodeCall(call, 77), encodeCall(least, 1)];
    const [answer, short] = askGlib(messages.map((bytes) => ({ decode: Buffer.from(bytes).toString('hex') })));
    expect(answer).toEqual({
      destination: call.destination, path: call.path, interface: call.interface, member: call.member,
      signature: call.signature, serial: 77,
      body: "('a.scope', 'fail', [('Slice', <'ä.slice'>), ('PIDs', <[uint32 7, 4294967295]>), ('Delegate', <true>), "
        + "('MemoryMax', <uint64 18446744073709551615>), ('Empty', <@a(ss) []>), ('CPUs', <[byte 0x03, 0xff]>)], "
        + '@a(sa(sv)) [])',
    });
    expect(short).toEqual({
      destination: null, path: '/', interface: 'a.b', member: 'C', signature: '', serial: 1, body: null,
    });
  });
});

describe('decodeMessage()', () => {
  test('reads what encodeCall() makes', () => {
    const bytes = encodeCall(call, 77);
    expect(messageSize(bytes.subarray(0, FIXED_SIZE))).toBe(bytes.length);
    const { type, path, interface: from, member, body } = decodeMessage(bytes);
    expect({ type, path, interface: from, member, body }).toEqual({
      type: 'call', path: call.path, interface: call.interface, member: call.member, body: call.body,
    });
  });

  test('refuses what is cut short, at any place', () => {
    const bytes = encodeCall(call, 77);
    for (let length = FIXED_SIZE; length < bytes.length; length++) {
      expect(() => decodeMessage(bytes.slice(0, length)), `${length} bytes`).toThrow(/cut short|longer than it says/);
    }
  });

  test('survives any one wrong byte', () => {
    const bytes = encodeCall(call, 77);
    for (let at = 0; at < bytes.length; at++) {
      const wrong = bytes.slice();
      wrong[at] = (wrong[at] ?? 0) ^ 0xff;
      try {
        decodeMessage(wrong);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(TypeError);
      }
    }
  });
});

describe('messageSize()', () => {
  test.each([
    ['another protocol', 'HTTP/1.1 400 Bad'],
    ['big endian', 'B\u0001\u0000\u0001\0\0\0\0\0\0\0\u0001\0\0\0\0'],
  ])('refuses %s', (_, text) => {
    expect(() => messageSize(Buffer.from(text, 'latin1'))).toThrow('it sends no D-Bus messages');
  });

  test('refuses to wait for gigabytes', () => {
    const bytes = encodeCall(call, 1).slice(0, FIXED_SIZE);
    bytes[7] = 0xf0;
    expect(() => messageSize(bytes)).toThrow(/it sends a message of \d+ bytes/);
  });
});

describe('unmarshal()', () => {
  test('refuses a variant of two types, and an array whose last element ends behind it', () => {
    expect(() => unmarshal('v', Uint8Array.of(2, 0x79, 0x79, 0, 1, 2))).toThrow('a variant of type "yy"');
    expect(() => unmarshal('an', Uint8Array.of(1, 0, 0, 0, 1, 2))).toThrow('longer than it says');
  });
});
