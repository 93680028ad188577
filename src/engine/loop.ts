// Timers and signals: what a command that stays waits for. A signal with a listener is blocked and read from a
// signalfd(2); children start with no signal blocked (ffi/posix-spawn.ts).

import { native } from '../ffi/native.ts';
import * as L from '../linux/constants.ts';
import { SIGNALS } from '../linux/signals.ts';
import { numbers } from './calls.ts';
import { check } from './system-error.ts';

type Listener = () => void;

export interface Timer {
  readonly interval: number;
  readonly callback: Listener;
  due: number;
}

const SIG_BLOCK = 0;
const SFD_CLOEXEC = L.O_CLOEXEC;
const SFD_NONBLOCK = L.O_NONBLOCK;
const SIGINFO_SIZE = 128;

const timers = new Set<Timer>();
const listeners = new Map<number, Listener[]>();
/** A sigset_t of those that have listeners. */
const mask = new Uint8Array(8);
let signals = -1;
let isWatched = false;

export function startTimer(callback: Listener, interval: number): Timer {
  const timer = { interval, callback, due: native.now() + interval };
  timers.add(timer);
  return timer;
}

export function stopTimer(timer: Timer | undefined): void {
  if (timer !== undefined) timers.delete(timer);
}

/** The number of `SIGTERM`; undefined for what is no signal's name. */
export function signalNumber(name: string): number | undefined {
  return name.startsWith('SIG') ? SIGNALS[name.slice(3)] : undefined;
}

export function listen(signal: number, listener: Listener): void {
  const known = listeners.get(signal);
  if (known !== undefined) {
    known.push(listener);
    return;
  }
  listeners.set(signal, [listener]);
  const byte = (signal - 1) >> 3;
  mask[byte] = (mask[byte] ?? 0) | (1 << ((signal - 1) & 7));
  // From here on it stays pending until it is read.
  check(native.syscall(numbers.rt_sigprocmask, SIG_BLOCK, mask, 0, mask.length), 'rt_sigprocmask');
  isWatched = false;
  // Later there may be no descriptor left for it, and what is to be waited for may have been started by then.
  if (signals < 0) watch();
}

function watch(): void {
  if (isWatched || listeners.size === 0) return;
  const flags = SFD_CLOEXEC | SFD_NONBLOCK;
  signals = check(native.syscall(numbers.signalfd4, signals, mask, mask.length, flags), 'signalfd4');
  isWatched = true;
}

/** Waits for what comes next. @returns whether there was anything to wait for */
export function turn(): boolean {
  if (timers.size === 0) return false;
  let next = Infinity;
  for (const { due } of timers) next = Math.min(next, due);
  watch();
  wait(Math.max(0, next - native.now()));
  takeSignals();
  for (const timer of [...timers]) {
    if (timer.due > native.now() || !timers.has(timer)) continue;
    timer.due = native.now() + timer.interval;
    timer.callback();
  }
  return true;
}

function wait(milliseconds: number): void {
  // struct pollfd and struct timespec.
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  view.setInt32(0, signals, true);
  view.setInt16(4, L.POLLIN, true);
  const time = new Uint8Array(16);
  new DataView(time.buffer).setUint32(0, Math.floor(milliseconds / 1000), true);
  new DataView(time.buffer).setUint32(8, Math.floor((milliseconds % 1000) * 1_000_000), true);
  // A signal that nobody listens to may end the wait early.
  native.syscall(numbers.ppoll, entry, 1, time, 0, 0);
}

function takeSignals(): void {
  if (signals < 0) return;
  const information = new Uint8Array(SIGINFO_SIZE);
  while (native.syscall(numbers.read, signals, information, information.length) === SIGINFO_SIZE) {
    for (const listener of listeners.get(information[0] ?? 0) ?? []) listener();
  }
}
