// What a command does that waits for a process of a container: signals are passed on, children reaped, the terminal
// followed. Knows nothing of which process it is.

import type { Process } from '../config/types.ts';
import type { Ffi } from '../ffi/port.ts';
import { waitProcess } from '../ffi/system-calls.ts';
import type { HostFacts } from '../host/facts.ts';
import { WNOHANG } from '../linux/constants.ts';
import { SIGNALS } from '../linux/signals.ts';
import type { ForegroundTerminal } from './foreground-terminal.ts';

// Every signal that can be caught and that this process does not use itself. The real-time ones have no names here.
const FORWARDED = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'ALRM', 'TERM', 'XCPU', 'VTALRM', 'IO'] as const;
// Those of a terminal's job control and size. With a terminal of its own they are not the container's: they mean this
// process, or foreground-terminal.ts.
const OF_THE_TERMINAL = ['CONT', 'TSTP', 'TTIN', 'TTOU', 'WINCH'] as const;

/** The user's terminal, where the process has one of its own. @throws NuncError when there is none */
export async function openTerminal(
  ffi: Ffi,
  process: Process | undefined,
  { architecture }: Pick<HostFacts, 'architecture'>,
): Promise<ForegroundTerminal | undefined> {
  if (process?.terminal !== true) return undefined;
  const { openForegroundTerminal } = await import('./foreground-terminal.ts');
  return openForegroundTerminal(ffi, { architecture, size: process.consoleSize });
}

/** Catches signals from here on, and passes them on to `pid` as soon as that is set. One that comes while this thread
 * is busy waits until it is free. */
export function forwardSignals(terminal: ForegroundTerminal | undefined): { pid?: number } {
  const target: { pid?: number } = {};
  for (const name of terminal === undefined ? [...FORWARDED, ...OF_THE_TERMINAL] : FORWARDED) {
    process.on(`SIG${name}`, () => {
      if (target.pid !== undefined) forward(target.pid, SIGNALS[name] ?? 0);
    });
  }
  if (terminal !== undefined) obeyTerminal(terminal);
  return target;
}

/** Job control: whoever stops this process wants the terminal back as it was. SIGTTIN and SIGTTOU stop it as they do
 * every process of the background. */
function obeyTerminal(terminal: ForegroundTerminal): void {
  process.on('SIGWINCH', terminal.resize);
  process.on('SIGTSTP', () => {
    terminal.pause();
    process.kill(process.pid, 'SIGSTOP');
  });
  process.on('SIGCONT', terminal.resume);
}

/** Reaps children, adopted ones too. @returns what resolves to the wait status of a child */
export function watchChildren(ffi: Ffi): (pid: number) => Promise<number> {
  const waiting = new Map<number, (status: number) => void>();
  // A listener for a signal does not keep the engine from ending, a timer does.
  let alive: NodeJS.Timeout | undefined;
  const reap = (): void => {
    for (;;) {
      const ended = waitProcess(ffi, -1, WNOHANG);
      if (ended.pid <= 0) return;
      waiting.get(ended.pid)?.(ended.status);
      waiting.delete(ended.pid);
      if (waiting.size === 0) clearInterval(alive);
    }
  };
  process.on('SIGCHLD', reap);
  return (pid) => new Promise((resolve) => {
    if (waiting.size === 0) alive = setInterval(() => undefined, 2 ** 30);
    waiting.set(pid, resolve);
    // It can have ended before anybody watched.
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

/** As a shell has it: the process's, or 128 + the signal that ended it. @param status as wait(2) has it */
export function exitStatus(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}
