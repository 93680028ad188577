// A kernel that answers netlink requests with given datagrams. Knows nothing of networks.

import type { Ffi, SyscallArgument } from '../../../src/ffi/port.ts';
import { errno } from '../../../src/linux/errno.ts';
import { syscalls } from '../../../src/linux/syscalls.ts';

const numbers = process.arch === 'arm64' ? syscalls.aarch64 : syscalls.x86_64;

export interface FakeKernel {
  readonly ffi: Ffi;
  /** The requests that were sent. */
  readonly requests: Uint8Array[];
  /** Names of the system calls that were made. */
  readonly calls: string[];
}

type Answer = (request: Uint8Array) => readonly Uint8Array[];
/** A number or -errno, by how often the call has been made. */
type Result = (call: number) => number;

function asMemory(argument: SyscallArgument | undefined): Uint8Array {
  if (!(argument instanceof Uint8Array)) throw new Error('not an address');
  return argument;
}

/** @param results of other calls than those that send and receive; 0 when not given */
export function fakeKernel(answer: Answer, results: Readonly<Record<string, Result>> = {}): FakeKernel {
  const requests: Uint8Array[] = [];
  const calls: string[] = [];
  const queue: Uint8Array[] = [];
  const ffi: Ffi = {
    spawn: () => -errno.ENOSYS,
    address: () => 0,
    syscall: (number, ...args) => {
      const name = Object.entries(numbers).find(([, value]) => value === number)?.[0] ?? '';
      calls.push(name);
      if (name === 'sendto') {
        const request = asMemory(args[1]).slice();
        requests.push(request);
        queue.push(...answer(request));
        return request.length;
      }
      if (name === 'recvfrom') {
        const datagram = queue.shift();
        if (datagram === undefined) return -errno.EAGAIN;
        const memory = asMemory(args[1]);
        memory.set(datagram.subarray(0, memory.length));
        return datagram.length;
      }
      return results[name]?.(calls.filter((call) => call === name).length) ?? 0;
    },
  };
  return { ffi, requests, calls };
}
