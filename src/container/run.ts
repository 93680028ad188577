// run: create and start in one, and in the foreground wait: signals are passed on, orphans reaped, the container
// deleted.

import type { Ffi } from '../ffi/port.ts';
import { becomeSubreaper, must, waitProcess } from '../ffi/system-calls.ts';
import { WNOHANG } from '../linux/constants.ts';
import { SIGNALS } from '../linux/signals.ts';
import { createContainer, type CreateRequest } from './create.ts';
import { deleteContainer } from './delete.ts';
import { startContainer } from './start.ts';
import type { ContainerPlace } from './store.ts';

export interface RunRequest extends CreateRequest {
  readonly detach: boolean;
  /** Leave the container's state and cgroups when it has ended. */
  readonly keep: boolean;
  /** Adopt and reap the processes that the container orphans. */
  readonly subreaper: boolean;
}

// Every signal that can be caught and that this process does not use itself. The real-time ones have no names here.
const FORWARDED = [
  'HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'ALRM', 'TERM', 'CONT', 'TSTP', 'TTIN', 'TTOU', 'XCPU', 'VTALRM', 'WINCH', 'IO',
] as const;

/** Runs a container.
 *
 * @returns the exit status: 0 when detached, else the process's, or 128 + the signal that ended it */
export async function runContainer(ffi: Ffi, request: RunRequest): Promise<number> {
  if (request.detach) {
    startOrDelete(ffi, request, createContainer(ffi, request).place);
    return 0;
  }
  if (request.subreaper) must(becomeSubreaper(ffi), 'become a subreaper');
  const target = forwardSignals();
  const { place, pid } = createContainer(ffi, request);
  target.pid = pid;
  const end = waitForEnd(ffi, pid);
  startOrDelete(ffi, request, place);
  const status = await end;
  if (!request.keep) deleteContainer(ffi, request.cgroupDriver, { place, force: true });
  return exitStatus(status);
}

function startOrDelete(ffi: Ffi, request: RunRequest, place: ContainerPlace): void {
  try {
    startContainer(ffi, place);
  } catch (error) {
    deleteContainer(ffi, request.cgroupDriver, { place, force: true });
    throw error;
  }
}

/** Catches signals from here on. One that comes before the container is started waits until this thread is free: it
 * would otherwise end this process with a container half made. */
function forwardSignals(): { pid?: number } {
  const target: { pid?: number } = {};
  for (const name of FORWARDED) {
    process.on(`SIG${name}`, () => {
      if (target.pid !== undefined) forward(target.pid, SIGNALS[name] ?? 0);
    });
  }
  return target;
}

/** Resolves to the wait status of the init. */
function waitForEnd(ffi: Ffi, init: number): Promise<number> {
  return new Promise((resolve) => {
    // A listener for a signal does not keep the engine from ending, a timer does.
    const alive = setInterval(() => undefined, 2 ** 30);
    const reap = (): void => {
      for (;;) {
        const ended = waitProcess(ffi, -1, WNOHANG);
        if (ended.pid <= 0) return;
        if (ended.pid !== init) continue;
        clearInterval(alive);
        resolve(ended.status);
      }
    };
    process.on('SIGCHLD', reap);
    reap();
  });
}

function forward(init: number, signal: number): void {
  try {
    // A child that has not been waited for: the pid is still its own.
    process.kill(init, signal);
  } catch {
    // It has ended; its status is on the way.
  }
}

function exitStatus(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}
