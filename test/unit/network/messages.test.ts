// Expected bytes are those of the structures in <linux/netlink.h> on a little-endian machine, written by hand.

import { describe, expect, test } from 'vitest';
import { NLMSG_DONE, NLMSG_ERROR } from '../../../src/linux/netlink.ts';
import {
  decodeAttributes, decodeMessages, decodeText, decodeVerdict, encodeInteger, encodeMessage, encodeText,
} from '../../../src/network/messages.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const none = new Uint8Array(0);
const GARBLED = 'cannot understand what the kernel answers over netlink';

describe('encodeMessage()', () => {
  test('writes a header alone', () => {
    const bytes = encodeMessage({ type: 0x12, flags: 0x305, sequence: 0x01020304, payload: none });
    expect(toHex(bytes)).toBe('10000000' + '1200' + '0503' + '04030201' + '00000000');
  });

  test('pads attributes to multiples of 4, and does not count the padding as theirs', () => {
    const attributes = [{ type: 3, value: encodeText('eth0') }, { type: 28, value: encodeInteger(-2) }];
    const bytes = encodeMessage({ type: 16, flags: 5, sequence: 1, payload: hex('0102030405060708') }, attributes);
    expect(toHex(bytes)).toBe(
      '2c000000' + '1000' + '0500' + '01000000' + '00000000' + '0102030405060708' +
      '0900' + '0300' + '6574683000' + '000000' + '0800' + '1c00' + 'feffffff',
    );
  });
});

describe('decodeMessages()', () => {
  test('reads what encodeMessage() writes, several in one datagram, wherever they lie in their buffer', () => {
    const one = encodeMessage({ type: 20, flags: 2, sequence: 7, payload: hex('aabbccdd') });
    const other = encodeMessage({ type: 3, flags: 2, sequence: 7, payload: hex('00000000') });
    const datagram = new Uint8Array([9, ...one, ...other]).subarray(1);
    expect(decodeMessages(datagram)).toEqual([
      { type: 20, flags: 2, sequence: 7, payload: hex('aabbccdd') },
      { type: 3, flags: 2, sequence: 7, payload: hex('00000000') },
    ]);
  });

  test('reads a last message whose padding is not there', () => {
    const bytes = hex('12000000 0200 0000 01000000 00000000 abcd');
    expect(decodeMessages(bytes)).toEqual([{ type: 2, flags: 0, sequence: 1, payload: hex('abcd') }]);
  });

  test.each([
    ['a part of a header', '10000000 0200'],
    ['a length that ends within the header', '0f000000 0200 0000 01000000 00000000'],
    ['a length of nothing', '00000000 0200 0000 01000000 00000000'],
    ['a length beyond the datagram', '14000000 0200 0000 01000000 00000000'],
    ['a length of 4 GiB', 'ffffffff 0200 0000 01000000 00000000'],
    ['rubbish behind a message', '10000000 0200 0000 01000000 00000000 01'],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeMessages(hex(bytes))).toThrow(GARBLED);
  });
});

describe('decodeAttributes()', () => {
  test('reads attributes behind a structure, without the flags in their types', () => {
    const payload = hex('11223344' + '0500' + '0300' + '61000000' + '0400' + '0180');
    expect(decodeAttributes(payload, 4)).toEqual([{ type: 3, value: hex('61') }, { type: 1, value: none }]);
  });

  test('finds none behind the structure alone', () => {
    expect(decodeAttributes(hex('11223344'), 4)).toEqual([]);
  });

  test.each([
    ['a structure that is cut off', '1122', 4],
    ['a part of a header', '11223344 0800', 4],
    ['a length within the header', '11223344 0300 0100', 4],
    ['a length beyond the message', '11223344 0900 0100 61626364', 4],
  ])('refuses %s', (_, bytes, offset) => {
    expect(() => decodeAttributes(hex(bytes), offset)).toThrow(GARBLED);
  });
});

describe('decodeVerdict()', () => {
  const verdict = (type: number, flags: number, payload: string) =>
    decodeVerdict({ type, flags, sequence: 1, payload: hex(payload) });
  const REQUEST = '14000000 1000 0500 01000000 00000000';

  test('reads an acknowledgement, and the end of a list', () => {
    expect(verdict(NLMSG_ERROR, 0, `00000000 ${REQUEST}`)).toEqual({ errno: 0, hint: '' });
    expect(verdict(NLMSG_DONE, 0, '00000000')).toEqual({ errno: 0, hint: '' });
  });

  test("reads an errno, and the kernel's words behind a request that is there whole or cut to its header", () => {
    const hint = '0700 0100 6e6f00 00';
    expect(verdict(NLMSG_ERROR, 0, `efffffff ${REQUEST}`)).toEqual({ errno: 17, hint: '' });
    expect(verdict(NLMSG_ERROR, 0x300, `eaffffff ${REQUEST} ${hint}`)).toEqual({ errno: 22, hint: 'no' });
    expect(verdict(NLMSG_ERROR, 0x200, `eaffffff ${REQUEST} 99999999 ${hint}`)).toEqual({ errno: 22, hint: 'no' });
    expect(verdict(NLMSG_DONE, 0x202, `eaffffff ${hint}`)).toEqual({ errno: 22, hint: 'no' });
  });

  test.each([
    ['no errno', NLMSG_ERROR, 0, 'ffff'],
    ['an errno below zero', NLMSG_ERROR, 0, `01000000 ${REQUEST}`],
    ['words without a request', NLMSG_ERROR, 0x200, 'eaffffff'],
    ['a request that is longer than the answer', NLMSG_ERROR, 0x200, 'eaffffff ff000000 1000 0500 01000000 00000000'],
  ])('refuses %s', (_, type, flags, payload) => {
    expect(() => verdict(type, flags, payload)).toThrow(GARBLED);
  });
});

test('decodeText() ends at a NUL, or at the end', () => {
  expect(decodeText(hex('616200ff'))).toBe('ab');
  expect(decodeText(hex('6162'))).toBe('ab');
  expect(decodeText(none)).toBe('');
});
