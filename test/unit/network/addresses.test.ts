import { expect, test } from 'vitest';
import { addAddress, type Address, isLasting, readAddresses, relabel } from '../../../src/network/addresses.ts';
import { decodeText, encodeMessage, encodeText } from '../../../src/network/messages.ts';
import { fakeKernel } from './fake-kernel.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const toHex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

/** 10.0.0.1/8 of device 5, as Linux 6.18 tells it: IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_LABEL, IFA_FLAGS,
 * IFA_CACHEINFO; with an attribute that no address has. */
const ATTRIBUTES = `
  0800 0100 0a000001  0800 0200 0a000001  0800 0400 0affffff  0a00 0300 766574683100 0000
  0800 0800 80020000  1400 0600 ffffffff ffffffff 0a000000 0a000000`;
const IPV4 = `02 08 80 00 05000000 ${ATTRIBUTES} 0600 6300 0102 0000`;
const OTHER_DEVICE = '02 08 80 00 06000000';

function listing(...payloads: readonly string[]) {
  return fakeKernel((request) => {
    const sequence = new DataView(request.buffer).getUint32(8, true);
    const addresses = payloads.map((payload) => encodeMessage({ type: 20, flags: 2, sequence, payload: hex(payload) }));
    return [...addresses, encodeMessage({ type: 3, flags: 2, sequence, payload: new Uint8Array(4) })];
  });
}

function read(payload: string): Address {
  const [address] = readAddresses(listing(payload).ffi, { descriptor: 9, sequence: 0 }, 5);
  if (address === undefined) throw new Error('no address');
  return address;
}

test('readAddresses() asks for all families and takes those of its device', () => {
  const kernel = listing(OTHER_DEVICE, IPV4);
  const addresses = readAddresses(kernel.ffi, { descriptor: 9, sequence: 0 }, 5);
  expect(addresses).toMatchObject([{ family: 2, prefixLength: 8, scope: 0 }]);
  expect(toHex(kernel.requests[0])).toBe('18000000' + '1600' + '0103' + '01000000' + '00000000' + '0000000000000000');
});

test('readAddresses() takes the flags from where all of them are', () => {
  expect(read(IPV4).flags).toBe(0x280);
  expect(read('02 08 80 00 05000000').flags).toBe(0x80);
});

test('readAddresses() passes over what is no address, and refuses what is garbled', () => {
  const ask = (payload: string) => readAddresses(listing(payload).ffi, { descriptor: 9, sequence: 0 }, 5);
  expect(ask('0208')).toEqual([]);
  expect(() => ask('02 08 80 00 05000000 ff00 0100')).toThrow('cannot understand what the kernel answers over netlink');
});

test('addAddress() tells everything that makes the address, for another device', () => {
  const kernel = fakeKernel((request) => {
    const sequence = new DataView(request.buffer).getUint32(8, true);
    return [encodeMessage({ type: 2, flags: 0x100, sequence, payload: new Uint8Array(20) })];
  });
  const answer = addAddress(kernel.ffi, { descriptor: 9, sequence: 3 }, { index: 258, address: read(IPV4) });
  expect(answer.errno).toBe(0);
  expect(toHex(kernel.requests[0])).toBe(
    `58000000 1400 0505 04000000 00000000 02 08 80 00 02010000 ${ATTRIBUTES}`.replaceAll(/\s/g, ''),
  );
});

test.each([
  ['permanent and global', 0x80, 0, true],
  ['with other flags too', 0x282, 0, true],
  ['for a while', 0, 0, false],
  ['of the link', 0x80, 253, false],
  ['of the host', 0x80, 254, false],
  ['of the site', 0x80, 200, false],
])('isLasting() of an address that is %s', (_, flags, scope, expected) => {
  expect(isLasting({ family: 2, prefixLength: 8, scope, flags, attributes: [] })).toBe(expected);
});

test.each([
  ['eth0', 'eth0', 'inner'],
  ['eth0:web', 'eth0', 'inner:web'],
  ['eth0:a-long-one', 'eth0', 'inner'],
  ['something', 'eth0', 'inner'],
])('relabel() of %s', (label, from, expected) => {
  const address = { ...read(IPV4), attributes: [{ type: 3, value: encodeText(label) }, { type: 1, value: hex('0a') }] };
  const { attributes } = relabel(address, from, 'inner');
  expect(attributes.map(({ type }) => type)).toEqual([3, 1]);
  expect(decodeText(attributes[0]?.value ?? hex(''))).toBe(expected);
});
