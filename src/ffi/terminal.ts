// Terminals (ioctl_tty(2), termios(3)): their attributes and window sizes. Knows nothing of who sits at one.

import * as L from '../linux/constants.ts';
import type { Ffi } from './port.ts';
import { numbers } from './system-calls.ts';

/** The kernel's struct termios, with room to spare: four words of flags, line discipline, control characters. */
const TERMIOS_SIZE = 64;
const INPUT = 0;
const OUTPUT = 4;
const CONTROL = 8;
const LOCAL = 12;
const CHARACTERS = 17;
const VTIME = CHARACTERS + 5;
const VMIN = CHARACTERS + 6;
/** struct winsize. */
const WINSIZE_SIZE = 8;

/** From <asm-generic/termbits.h>. */
const IFLAG = {
  IGNBRK: 0o1, BRKINT: 0o2, PARMRK: 0o10, ISTRIP: 0o40, INLCR: 0o100, IGNCR: 0o200, ICRNL: 0o400, IXON: 0o2000,
} as const;
const OFLAG = { OPOST: 0o1, ONLCR: 0o4 } as const;
const CFLAG = { CSIZE: 0o60, CS8: 0o60, PARENB: 0o400 } as const;
const LFLAG = { ISIG: 0o1, ICANON: 0o2, ECHO: 0o10, ECHONL: 0o100, IEXTEN: 0o100000 } as const;

/** A terminal's attributes as the kernel lays them out. */
export type TerminalAttributes = Uint8Array;

/** The attributes of a terminal; undefined for what is none. */
export function terminalAttributes(ffi: Ffi, descriptor: number): TerminalAttributes | undefined {
  const attributes = new Uint8Array(TERMIOS_SIZE);
  return ffi.syscall(numbers.ioctl, descriptor, L.TCGETS, attributes) === 0 ? attributes : undefined;
}

/** Sets all attributes at once, without waiting for output. In the background this stops the process (SIGTTOU) until it
 * is in the foreground. @returns 0 or -errno */
export function setTerminalAttributes(ffi: Ffi, descriptor: number, attributes: TerminalAttributes): number {
  return ffi.syscall(numbers.ioctl, descriptor, L.TCSETS, attributes);
}

function clearFlags(attributes: TerminalAttributes, at: number, flags: Readonly<Record<string, number>>): void {
  const view = new DataView(attributes.buffer);
  let value = view.getUint32(at, true);
  for (const flag of Object.values(flags)) value &= ~flag;
  view.setUint32(at, value, true);
}

/** Raw, as cfmakeraw(3) has it: every byte is handed on as it is. Output too, unless `keepOutput`. */
export function rawAttributes(attributes: TerminalAttributes, keepOutput: boolean): TerminalAttributes {
  const raw = attributes.slice();
  clearFlags(raw, INPUT, IFLAG);
  if (!keepOutput) clearFlags(raw, OUTPUT, { OPOST: OFLAG.OPOST });
  clearFlags(raw, CONTROL, CFLAG);
  clearFlags(raw, LOCAL, LFLAG);
  raw[CONTROL] = (raw[CONTROL] ?? 0) | CFLAG.CS8;
  raw[VMIN] = 1;
  raw[VTIME] = 0;
  return raw;
}

/** The same, but without a carriage return before each newline. */
export function plainNewlines(attributes: TerminalAttributes): TerminalAttributes {
  const plain = attributes.slice();
  clearFlags(plain, OUTPUT, { ONLCR: OFLAG.ONLCR });
  return plain;
}

/** Gives one terminal the size of another; programs in it get SIGWINCH when it changes. */
export function copyWindowSize(ffi: Ffi, from: number, to: number): void {
  const size = new Uint8Array(WINSIZE_SIZE);
  // Either can have been hung up: there is no size to show then.
  if (ffi.syscall(numbers.ioctl, from, L.TIOCGWINSZ, size) !== 0) return;
  ffi.syscall(numbers.ioctl, to, L.TIOCSWINSZ, size);
}
