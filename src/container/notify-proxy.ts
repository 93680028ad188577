// Between a container that says when it is ready and the service manager that wants to know (sd_notify(3)): passes
// READY=1 on, and which process to watch from then on. Nothing else that a container says reaches the manager, which
// would obey it.
//
//   container                   nunc start                      service manager
//     │ READY=1 ─────────────────▶│ READY=1 ────────────────────────▶│
//     │                           │ MAINPID=n ──────────────────────▶│
//     │                           │ BARRIER=1, with a pipe ─────────▶│ has read all that came before,
//     │                           │◀────────────────────── pipe ends │ while who sent it was still there

import { chmodSync, closeSync, existsSync, rmSync } from 'node:fs';
import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { makePipe, must, pollReadable, waitForEither } from '../ffi/system-calls.ts';
import { bindDatagram, connectDatagram, receiveDatagram, sendDatagram, sendDescriptor } from '../ffi/unix-socket.ts';
import { NOTIFY_SOCKET_NAME } from './activation.ts';
import { openInit } from './signal.ts';
import { startContainer, type StartRequest } from './start.ts';
import { notifyDirectoryOf, type StateFile } from './store.ts';

/** A started container whose news are listened for; one of these must be called. */
export interface Readiness {
  /** Waits until the container is ready and the manager knows, or the container has ended. The manager is to watch the
   * container's process then, since this one goes. */
  wait(): void;
  /** Looks now and then, while the container runs in the foreground; the manager goes on watching this process.
   *
   * @returns what is to be called when the container has ended */
  watch(): () => void;
}

interface Listener {
  readonly ffi: Ffi;
  readonly state: StateFile;
  /** The container's end. */
  readonly inside: number;
  /** Connected to the service manager. */
  readonly manager: number;
  /** The pipe's end shows that the manager has read everything. */
  barrier?: { readonly pipe: number; readonly deadline: number };
  readonly warn: (message: string) => void;
}

/** How long the manager may let its queue be full, in seconds. */
const MANAGER_PATIENCE = 10;
const BARRIER_TIMEOUT_MS = 30_000;
/** How often a foreground run, which has other things to do, looks. */
const INTERVAL_MS = 20;
const LONGEST_NEWS = 4096;
/** A container may talk faster than it is listened to. */
const MAX_NEWS_AT_ONCE = 1000;

/**
 * Starts a container and listens to it.
 *
 * @param notifySocket $NOTIFY_SOCKET
 * @returns undefined for a container that was created without a socket for its news
 * @throws NuncError what start throws, or when there is no service manager at `notifySocket`
 */
export async function startNotifying(
  ffi: Ffi,
  request: StartRequest,
  notifySocket: string,
): Promise<Readiness | undefined> {
  const opened: Listener[] = [];
  try {
    await startContainer(ffi, {
      ...request,
      listen: (state) => {
        if (existsSync(notifyDirectoryOf(request.place))) opened.push(listen(ffi, request, { state, notifySocket }));
      },
    });
  } catch (error) {
    opened.forEach(close);
    throw error;
  }
  const [listener] = opened;
  if (listener === undefined) return undefined;
  return { wait: () => awaitReadiness(listener), watch: () => watchReadiness(listener) };
}

/** Makes the socket before the container can look for it. For whoever holds the container's lock. */
function listen(ffi: Ffi, request: StartRequest, news: { state: StateFile; notifySocket: string }): Listener {
  const { place, warn } = request;
  const manager = connectDatagram(ffi, news.notifySocket, MANAGER_PATIENCE);
  try {
    const path = `${notifyDirectoryOf(place)}/${NOTIFY_SOCKET_NAME}`;
    // Of a start that was killed.
    rmSync(path, { force: true });
    const inside = bindDatagram(ffi, path);
    // The container's user may be anybody. On the host nobody else can come here.
    chmodSync(path, 0o777);
    return { ffi, state: news.state, inside, manager, warn };
  } catch (error) {
    closeSync(manager);
    throw error;
  }
}

function close({ inside, manager, barrier }: Listener): void {
  for (const descriptor of [inside, manager]) closeSync(descriptor);
  if (barrier !== undefined) closeSync(barrier.pipe);
}

function awaitReadiness(listener: Listener): void {
  const { ffi, state, inside } = listener;
  const init = openInit(ffi, state);
  attempt(listener, () => {
    for (;;) {
      const ended = init === undefined || pollReadable(ffi, init, 0) === 1;
      // Looked at after that: it can have said so with its last breath.
      const ready = passReadiness(listener, state.pid ?? 0);
      if (ready) awaitBarrier(listener);
      if (ready || ended) return;
      waitForEither(ffi, inside, init);
    }
  });
  close(listener);
  if (init !== undefined) closeSync(init);
}

function watchReadiness(listener: Listener): () => void {
  let done = false;
  const look = (): void => {
    if (done) return;
    // After a failure there is nothing more to be done.
    done = attempt(listener, () => passReadiness(listener, process.pid)) ?? true;
    if (done) clearInterval(timer);
  };
  const timer = setInterval(look, INTERVAL_MS);
  return () => {
    look();
    clearInterval(timer);
    // The manager would not know whose news they were, had this process gone when it reads them.
    attempt(listener, () => awaitBarrier(listener));
    close(listener);
  };
}

/** Whatever fails here is not the container's failure: it is running. */
function attempt<Result>({ warn }: Listener, step: () => Result): Result | undefined {
  try {
    return step();
  } catch (error) {
    warn(messageOf(error));
    return undefined;
  }
}

/** Looks whether the container has said that it is ready, and if so tells the manager. @returns whether it has */
function passReadiness(listener: Listener, mainPid: number): boolean {
  const news = new Uint8Array(LONGEST_NEWS);
  for (let i = 0; i < MAX_NEWS_AT_ONCE; i++) {
    const length = receiveDatagram(listener.ffi, listener.inside, news);
    if (length < 0) return false;
    if (!new TextDecoder().decode(news.subarray(0, length)).split('\n').includes('READY=1')) continue;
    tellManager(listener, mainPid);
    return true;
  }
  return false;
}

function tellManager(listener: Listener, mainPid: number): void {
  const { ffi, manager } = listener;
  const action = 'tell the service manager ($NOTIFY_SOCKET) that the container is ready';
  const encoder = new TextEncoder();
  for (const line of ['READY=1\n', `MAINPID=${mainPid}\n`]) {
    must(sendDatagram(ffi, manager, encoder.encode(line)), action);
  }
  const [pipe, writer] = makePipe(ffi);
  listener.barrier = { pipe, deadline: performance.now() + BARRIER_TIMEOUT_MS };
  try {
    must(sendDescriptor(ffi, manager, { descriptor: writer, payload: encoder.encode('BARRIER=1') }), action);
  } finally {
    closeSync(writer);
  }
}

function awaitBarrier({ ffi, barrier }: Listener): void {
  if (barrier === undefined) return;
  const remaining = Math.max(0, Math.ceil(barrier.deadline - performance.now()));
  const ended = must(pollReadable(ffi, barrier.pipe, remaining), 'wait for the service manager ($NOTIFY_SOCKET)');
  if (ended === 1) return;
  throw new NuncError('host', 'the service manager ($NOTIFY_SOCKET) has not answered BARRIER=1 within 30 s');
}
