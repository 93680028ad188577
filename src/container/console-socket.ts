// Where the master of a container's terminal goes: to whoever listens at --console-socket, or to a foreground run.
// Which of the two a command line and a config.json can have together is runc's rule, in runc's words.

import { closeSync } from 'node:fs';
import type { Spec } from '../config/types.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { must } from '../ffi/system-calls.ts';
import { connectUnix, sendDescriptor } from '../ffi/unix-socket.ts';

interface TerminalRequest {
  readonly consoleSocket?: string;
  readonly takeTerminal?: (master: number) => void;
}

/** How long who listens there may be busy, in seconds. */
const PATIENCE = 5;

/** Both conmon and containerd's shim take it for the descriptor's name, which is what runc sends. */
const NAME = '/dev/ptmx';

/** @throws NuncError (usage) when there is a terminal that nobody would get, or nobody gets the one that is there */
export function checkTerminal({ process }: Spec, { consoleSocket, takeTerminal }: TerminalRequest): void {
  const terminal = process?.terminal === true;
  const detached = takeTerminal === undefined;
  if (terminal && detached && consoleSocket === undefined) {
    throw new NuncError('usage', 'cannot allocate tty if nunc will detach without setting console socket', {
      origin: '/process/terminal', hint: 'give --console-socket, or set /process/terminal to false',
    });
  }
  if ((!terminal || !detached) && consoleSocket !== undefined) {
    throw new NuncError('usage', 'cannot use console socket if nunc will not detach or allocate tty', {
      origin: '/process/terminal',
    });
  }
}

/** Connects before anything is made, so that a wrong path fails early. @returns the socket, if one is asked for */
export function connectConsole(ffi: Ffi, { consoleSocket }: TerminalRequest): number | undefined {
  return consoleSocket === undefined ? undefined : connectUnix(ffi, consoleSocket, PATIENCE);
}

/** Gives the master away. @throws NuncError when nobody takes it */
export function handOverTerminal(
  ffi: Ffi,
  master: number,
  to: { readonly request: TerminalRequest; readonly socket: number | undefined },
): void {
  const { request: { takeTerminal, consoleSocket }, socket } = to;
  if (takeTerminal !== undefined) {
    takeTerminal(master);
    return;
  }
  try {
    const sent = sendDescriptor(ffi, socket ?? -1, { descriptor: master, payload: new TextEncoder().encode(NAME) });
    must(sent, `send the terminal to ${JSON.stringify(consoleSocket)}`);
  } finally {
    closeSync(master);
  }
}
