// Who receives the containers' terminals: a listener as conmon and containerd's shim have it. It takes a terminal after
// the command that sent it, which does not wait for that.

import { closeSync } from 'node:fs';
import type { Ffi } from '../../src/ffi/port.ts';
import { must, numbers } from '../../src/ffi/system-calls.ts';
import { receiveDescriptor } from '../../src/ffi/unix-socket.ts';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../../src/linux/constants.ts';

export interface ConsoleSocket {
  readonly path: string;
  /** Takes the terminal that has been sent. @throws Error when none has @returns how to close it, which hangs it up */
  take(): () => void;
  close(): void;
}

/** @param path not longer than sun_path, 107 bytes */
export function listenForConsoles(ffi: Ffi, path: string): ConsoleSocket {
  const listener = must(ffi.syscall(numbers.socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), 'make a socket');
  const address = new Uint8Array([AF_UNIX, 0, ...new TextEncoder().encode(`${path}\0`)]);
  must(ffi.syscall(numbers.bind, listener, address, address.length), `bind "${path}"`);
  must(ffi.syscall(numbers.listen, listener, 1), `listen at "${path}"`);
  return {
    path,
    take() {
      const peer = must(ffi.syscall(numbers.accept4, listener, 0, 0, SOCK_CLOEXEC), `accept at "${path}"`);
      try {
        const terminal = receiveDescriptor(ffi, peer);
        return () => closeSync(terminal);
      } finally {
        closeSync(peer);
      }
    },
    close: () => closeSync(listener),
  };
}
