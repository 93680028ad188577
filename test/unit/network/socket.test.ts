import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { errno } from '../../../src/linux/errno.ts';
import { encodeMessage } from '../../../src/network/messages.ts';
import { ask, type NetlinkRequest, openNetlinkIn } from '../../../src/network/socket.ts';
import { fakeKernel } from './fake-kernel.ts';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_DUMP_INTR = 0x10;
const ACKNOWLEDGED = new Uint8Array(20);
const request: NetlinkRequest = { type: 18, flags: 4, payload: new Uint8Array(16) };

function sequenceOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
}

function message(type: number, sequence: number, { flags = 0, payload = ACKNOWLEDGED } = {}): Uint8Array {
  return encodeMessage({ type, flags, sequence, payload });
}

function asked(answer: (sequence: number) => readonly Uint8Array[]) {
  const kernel = fakeKernel((bytes) => answer(sequenceOf(bytes)));
  return { kernel, answer: () => ask(kernel.ffi, { descriptor: 9, sequence: 0 }, request) };
}

describe('ask()', () => {
  test('sends NLM_F_REQUEST and what is asked for, and gathers everything up to the acknowledgement', () => {
    const { kernel, answer } = asked((sequence) => [
      message(16, sequence, { payload: new Uint8Array([1, 2, 3, 4]) }), message(NLMSG_ERROR, sequence),
    ]);
    expect(answer()).toMatchObject({ errno: 0, messages: [{ type: 16, payload: new Uint8Array([1, 2, 3, 4]) }] });
    const headers = kernel.requests.map((bytes) => [...bytes.subarray(0, 12)]);
    expect(headers).toEqual([[32, 0, 0, 0, 18, 0, 5, 0, 1, 0, 0, 0]]);
  });

  test('does not take the answer to another request for its own', () => {
    const { answer } = asked((sequence) => [
      message(16, sequence + 1), message(NLMSG_ERROR, 77), message(NLMSG_ERROR, sequence),
    ]);
    expect(answer()).toMatchObject({ errno: 0, messages: [] });
  });

  test("tells the errno with the kernel's words", () => {
    const payload = new Uint8Array([
      ...new Uint8Array(new Int32Array([-errno.EINVAL]).buffer), ...new Uint8Array(16), 8, 0, 1, 0, 0x77, 0x68, 0x79, 0,
    ]);
    const { answer } = asked((sequence) => [message(NLMSG_ERROR, sequence, { flags: 0x300, payload })]);
    expect(answer()).toMatchObject({ errno: errno.EINVAL, reason: 'invalid argument (why)' });
  });

  test('tells the errno at the end of a list', () => {
    const payload = new Uint8Array(new Int32Array([-errno.EPERM]).buffer);
    const { answer } = asked((sequence) => [message(NLMSG_DONE, sequence, { payload })]);
    expect(answer()).toMatchObject({ errno: errno.EPERM, reason: 'operation not permitted' });
  });

  test('asks again when the list has changed meanwhile, and not for ever', () => {
    let interruptions = 1;
    const { kernel, answer } = asked((sequence) => [
      message(16, sequence, { flags: interruptions-- > 0 ? NLM_F_DUMP_INTR : 0 }), message(NLMSG_DONE, sequence),
    ]);
    expect(answer().messages).toHaveLength(1);
    expect(kernel.requests).toHaveLength(2);
    interruptions = Infinity;
    expect(answer).toThrow('cannot list the network: it changes all the time');
  });

  test('does not wait for an answer that is not there', () => {
    const { answer } = asked(() => []);
    expect(answer).toThrow('cannot receive an answer over netlink: resource temporarily unavailable');
  });

  test.each([
    ['is garbled', (sequence: number) => message(16, sequence).subarray(0, 21), /cannot understand/],
    ['is too long', () => new Uint8Array(70_000), /^cannot receive an answer over netlink: message too long$/],
  ])('refuses an answer that %s', (_, datagram, expected) => {
    const { answer } = asked((sequence) => [datagram(sequence)]);
    expect(answer).toThrow(expected);
  });
});

describe('openNetlinkIn()', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const descriptors = (): number => readdirSync('/proc/self/fd').length;

  test('goes to the namespace, opens a socket there, comes back', () => {
    const before = descriptors();
    const { ffi, calls } = fakeKernel(() => [], { socket: () => 42 });
    expect(openNetlinkIn(ffi, 7).descriptor).toBe(42);
    expect(calls).toEqual(['setns', 'socket', 'setsockopt', 'setsockopt', 'setns']);
    expect(descriptors()).toBe(before);
  });

  test('comes back too when there can be no socket', () => {
    const { ffi, calls } = fakeKernel(() => [], { socket: () => -errno.EMFILE });
    expect(() => openNetlinkIn(ffi, 7)).toThrow('cannot make a netlink socket: too many open files');
    expect(calls).toEqual(['setns', 'socket', 'setns']);
  });

  test('stays where it is when it may not enter the namespace', () => {
    const before = descriptors();
    const { ffi, calls } = fakeKernel(() => [], { setns: () => -errno.EPERM });
    const message = "cannot enter the container's network namespace: operation not permitted";
    expect(() => openNetlinkIn(ffi, 7)).toThrow(message);
    expect(calls).toEqual(['setns']);
    expect(descriptors()).toBe(before);
  });

  test('ends the process rather than stay in the namespace', () => {
    const abort = vi.spyOn(process, 'abort').mockImplementation(() => {
      throw new Error('aborted');
    });
    const { ffi } = fakeKernel(() => [], { setns: (call) => (call === 1 ? 0 : -errno.EPERM) });
    expect(() => openNetlinkIn(ffi, 7)).toThrow('aborted');
    expect(abort).toHaveBeenCalledOnce();
  });
});
