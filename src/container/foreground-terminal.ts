// The user's terminal while a container with a terminal of its own runs in the foreground: raw, of one size with the
// container's, two pumps between them, and as it was before when the command ends, however it ends.
//
//   user's terminal        pumps                container's terminal
//     standard input ─────▶ read, write ─────▶ master ┄┄▶ slave
//    standard output ◀───── read, write ◀───── master ◀┄┄ slave
//
// What is written comes out as it went in: where standard output is a terminal, that one's output is raw and the
// container's adds the carriage returns; where it is a file or a pipe, nobody does.

import { closeSync, constants, openSync } from 'node:fs';
import type { ConsoleSize } from '../config/types.ts';
import { assemble } from '../elf/assemble.ts';
import { NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { must } from '../ffi/system-calls.ts';
import {
  copyWindowSize, plainNewlines, rawAttributes, setTerminalAttributes, type TerminalAttributes, terminalAttributes,
} from '../ffi/terminal.ts';
import { socketPair } from '../ffi/unix-socket.ts';
import type { Architecture } from '../host/facts.ts';
import { sealExecutable } from '../launch/executable.ts';
import { compilePump, PUMP } from '../plan/pump.ts';

const [STDIN, STDOUT, STDERR] = [0, 1, 2];

export interface ForegroundTerminal {
  /** Takes the container's master from create. */
  readonly takeTerminal: (master: number) => void;
  /** Starts to copy, with the user's terminal raw. `ended` resolves to the wait status of a child. */
  readonly begin: (ended: (pid: number) => Promise<number>) => void;
  /** The user's terminal has another size. */
  readonly resize: () => void;
  /** Gives the user's terminal back for a while, and takes it again. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Resolves when all that the container has written is copied; call it when the container has ended. */
  readonly drain: () => Promise<void>;
  /** Restores the user's terminal and lets go of everything; for every way out, more than once if need be. */
  readonly close: () => void;
}

interface Options {
  readonly architecture: Architecture;
  /** The size that config.json asks for; that of the user's terminal otherwise. */
  readonly size: ConsoleSize | undefined;
}

interface Session {
  readonly ffi: Ffi;
  readonly options: Options;
  /** A descriptor of the user's terminal, for its size. */
  readonly terminal: number;
  /** Of standard input before it became raw; undefined when it is no terminal. */
  readonly before: TerminalAttributes | undefined;
  /** Whether standard output is a terminal. */
  readonly shown: boolean;
  /** Whether the user's terminal is raw now. */
  raw: boolean;
  master: number | undefined;
  /** Its closing lets the output's pump end. */
  until: number | undefined;
  /** Pid of the input's pump; 0 when it has ended. */
  input: number;
  /** Resolve when the pumps have ended. */
  pumps: readonly Promise<void>[];
}

/** Finds the user's terminal. @throws NuncError when there is none */
export function openForegroundTerminal(ffi: Ffi, options: Options): ForegroundTerminal {
  const before = terminalAttributes(ffi, STDIN);
  const shown = terminalAttributes(ffi, STDOUT) !== undefined;
  const terminal = findTerminal(ffi, { input: before !== undefined, output: shown });
  const session: Session = {
    ffi, options, terminal, before, shown,
    raw: false, master: undefined, until: undefined, input: 0, pumps: [],
  };
  const restore = (): void => { makeCooked(session); };
  // What throws outside of any try gets here too.
  process.on('exit', restore);
  return {
    takeTerminal: (master) => { takeTerminal(session, master); },
    begin: (ended) => { begin(session, ended); },
    resize: () => { resize(session); },
    pause: restore,
    resume: () => { resume(session); },
    drain: () => drain(session),
    close: () => { close(session); process.off('exit', restore); },
  };
}

/** Standard output, error and input can each be redirected. The user's terminal may still be the controlling one. */
function findTerminal(ffi: Ffi, streams: { input: boolean; output: boolean }): number {
  if (streams.output) return STDOUT;
  if (terminalAttributes(ffi, STDERR) !== undefined) return STDERR;
  if (streams.input) return STDIN;
  try {
    return openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY);
  } catch (cause) {
    // With runc's words for it in the middle.
    const reason = `open /dev/tty: ${reasonOf(cause)}`;
    const message = `cannot run a container with a terminal (/process/terminal) outside of one: ${reason}`;
    const hint = 'set it to false, or call nunc from a terminal';
    throw new NuncError('host', message, { cause, origin: '/process/terminal', hint });
  }
}

function takeTerminal(session: Session, master: number): void {
  const { ffi, options: { size }, terminal, shown } = session;
  session.master = master;
  if (size === undefined || size.height === 0 || size.width === 0) copyWindowSize(ffi, terminal, master);
  if (shown) return;
  const attributes = terminalAttributes(ffi, master);
  if (attributes !== undefined) setTerminalAttributes(ffi, master, plainNewlines(attributes));
}

function begin(session: Session, ended: (pid: number) => Promise<number>): void {
  const { ffi, master = -1 } = session;
  // First: what the container has written already may be answered as soon as it is shown.
  must(makeRaw(session), 'make the terminal raw');
  const [near, far] = socketPair(ffi);
  session.until = near;
  try {
    const image = assemble(compilePump(), session.options.architecture);
    const executable = sealExecutable(ffi, image);
    try {
      const spawn = (from: number, to: number): number => spawnPump(ffi, { executable, from, to, until: far });
      const output = ended(spawn(master, STDOUT)).then((status) => {
        // Nobody reads any more: hang up, as a terminal that is closed does.
        if (status !== 0) hangUp(session);
      });
      session.input = spawn(STDIN, master);
      session.pumps = [output, ended(session.input).then(() => { session.input = 0; })];
    } finally {
      closeSync(executable);
    }
  } finally {
    closeSync(far);
  }
}

function spawnPump(
  ffi: Ffi,
  pump: { executable: number; from: number; to: number; until: number },
): number {
  const { executable, from, to, until } = pump;
  // In an order in which no descriptor is overwritten before it is used.
  const descriptors = [[from, PUMP.from], [to, PUMP.to], [until, PUMP.until]] as const;
  const path = `/proc/self/fd/${executable}`;
  return must(ffi.spawn({ path, argv: ['nunc-terminal'], envp: [], descriptors }), 'start copying the terminal');
}

/** @returns 0 or -errno */
function makeRaw(session: Session): number {
  const { ffi, before, shown } = session;
  if (before === undefined) return 0;
  session.raw = true;
  return setTerminalAttributes(ffi, STDIN, rawAttributes(before, !shown));
}

function resume(session: Session): void {
  if (session.pumps.length === 0) return;
  // Whether that works or not: the container goes on.
  makeRaw(session);
  resize(session);
}

function makeCooked(session: Session): void {
  if (!session.raw || session.before === undefined) return;
  session.raw = false;
  // A terminal that is gone needs no restoring.
  setTerminalAttributes(session.ffi, STDIN, session.before);
}

function resize({ ffi, terminal, master }: Session): void {
  if (master !== undefined) copyWindowSize(ffi, terminal, master);
}

async function drain(session: Session): Promise<void> {
  endInput(session);
  letOutputEnd(session);
  await Promise.all(session.pumps);
}

function endInput({ input }: Session): void {
  // Not waited for yet: the pid is still its own.
  if (input !== 0) process.kill(input, 'SIGKILL');
}

function letOutputEnd(session: Session): void {
  if (session.until === undefined) return;
  closeSync(session.until);
  session.until = undefined;
}

/** Lets go of the master, as far as it is not the output's pump that still has it. */
function hangUp(session: Session): void {
  endInput(session);
  if (session.master === undefined) return;
  closeSync(session.master);
  session.master = undefined;
}

function close(session: Session): void {
  makeCooked(session);
  letOutputEnd(session);
  hangUp(session);
  if (session.terminal > STDERR) closeSync(session.terminal);
}
