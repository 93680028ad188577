// Processes of a few instructions that hold something until the runtime has taken hold of it: a user namespace
// (user-namespace.ts), a scope of systemd's. They end with the runtime.

import { closeSync } from 'node:fs';
import { assemble } from '../elf/assemble.ts';
import type { Ffi } from '../ffi/port.ts';
import { waitProcess } from '../ffi/system-calls.ts';
import { socketPair } from '../ffi/unix-socket.ts';
import { architecture } from '../host/probe.ts';
import { compileWaiterPlan, HOLDER_SOCKET } from '../plan/holder-plan.ts';
import { sealExecutable, spawnImage } from './executable.ts';

export interface Holder {
  readonly pid: number;
  /** The runtime's end of the socket at which the process waits. */
  readonly socket: number;
  /** Ends the process, and waits until it has ended. */
  end(): void;
}

/** Starts a plan of plan/holder-plan.ts. @param executable descriptor of the sealed executable @throws NuncError */
export function startHolder(ffi: Ffi, executable: number): Holder {
  const [near, far] = socketPair(ffi);
  try {
    const descriptors = [[far, HOLDER_SOCKET]] as const;
    const pid = spawnImage(ffi, { executable, descriptors, end: HOLDER_SOCKET + 1, what: 'a process' });
    const end = (): void => {
      closeSync(near);
      waitProcess(ffi, pid, 0);
    };
    return { pid, socket: near, end };
  } catch (error) {
    closeSync(near);
    throw error;
  } finally {
    closeSync(far);
  }
}

/** Starts a process that does nothing but wait. @throws NuncError */
export function startWaiter(ffi: Ffi): Holder {
  const executable = sealExecutable(ffi, assemble(compileWaiterPlan(), architecture()));
  try {
    return startHolder(ffi, executable);
  } finally {
    closeSync(executable);
  }
}
