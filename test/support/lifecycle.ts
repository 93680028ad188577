// Words for tests of a container's life: create, start, wait for a status, expect a refusal, expect that nothing is
// left. Works with whatever runtime is under test; knows what runc and nunc have in common and what they word alike.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import type { Bundle } from './bundle.ts';
import { type HostState, hostState, type Scope, settledDifference } from './host-state.ts';
import { type Result, runtime, type RuntimeOptions, stateRoot } from './runtime.ts';

/** What `state` prints, as far as runc and nunc agree. */
export interface State {
  readonly ociVersion: string;
  readonly id: string;
  readonly pid: number;
  readonly status: string;
  readonly bundle: string;
}

/** What no user may ever see: the engine's stack traces and the names of its errors. */
export const INTERNALS = /internal error|TypeError|RangeError|SyntaxError|\[object|undefined|^\s+at |\.m?[jt]s:\d+/m;

/** Runs the runtime and expects it to succeed. @returns what it printed */
export async function succeed(args: readonly string[], options: RuntimeOptions = {}): Promise<string> {
  const result = await runtime(args, options);
  if (result.status !== 0) throw new Error(`${args.join(' ')} failed with ${result.status}: ${result.stderr}`);
  return result.stdout;
}

/** Runs the runtime and expects it to refuse in an orderly way. @returns the message of its last record, unquoted */
export async function refusal(args: readonly string[], options: RuntimeOptions = {}): Promise<string> {
  return refusalOf(await runtime(args, options));
}

/** The message with which a command has failed; expects exit status 1 and no trace of the engine. */
export function refusalOf(result: Result): string {
  expect(result.stderr).not.toMatch(INTERNALS);
  expect(result).toMatchObject({ status: 1, signal: null });
  const message = messageOf(result.stderr);
  expect(message).not.toBe('');
  return message;
}

/** What a compiled container's messages begin with: its name, which is that of a test's bundle. */
const NAME = /^nunc-bundle-\w+: /;

/** The last error record in logrus's text form, or the last line when there is none. */
export function messageOf(stderr: string): string {
  const records = [...stderr.matchAll(/level=error msg="((?:[^"\\]|\\.)*)"/g)];
  const text = records.at(-1)?.[1];
  return text === undefined ? (stderr.trimEnd().split('\n').at(-1) ?? '').replace(NAME, '') : text.replace(/\\(.)/g, '$1');
}

/** The file that has what the bundle's container writes: one that outlives its create would keep a pipe open. */
export function outputOf(bundle: Bundle): string {
  return join(bundle.directory, 'output');
}

/** Bundles whose processes are ended with the test. */
const watched = new WeakSet<Bundle>();

/** Ends whatever is in a bundle's cgroup: after a test that has failed the runtime may not be able to. */
function killRemaining({ spec: { linux: { cgroupsPath = '' } } }: Bundle): void {
  // The runtime's own choice. With nothing it would be the root's cgroup: with version 1 every process of the host.
  if (cgroupsPath === '') return;
  for (const { mountpoint } of probeHost().hierarchies) {
    const file = `${mountpoint}${cgroupsPath}/cgroup.procs`;
    const pids = existsSync(file) ? readFileSync(file, 'utf8').split('\n').map(Number) : [];
    for (const pid of pids) if (pid > 0) endProcess(pid);
  }
}

/** Kills a process that may have ended already. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has.
  }
}

export async function createBundle(bundle: Bundle, options: readonly string[] = []): Promise<void> {
  if (!watched.has(bundle)) onTestFinished(() => killRemaining(bundle));
  watched.add(bundle);
  const args = ['create', '--bundle', bundle.directory, ...options, bundle.id];
  const { status } = await runtime(args, { output: outputOf(bundle) });
  if (status !== 0) throw new Error(`create failed with ${status}: ${readFileSync(outputOf(bundle), 'utf8')}`);
}

/** Creates and starts. */
export async function startBundle(bundle: Bundle): Promise<void> {
  await createBundle(bundle);
  await succeed(['start', bundle.id]);
}

export async function stateOf(id: string): Promise<State> {
  return JSON.parse(await succeed(['state', id])) as State;
}

/** Asks again until the answer is one that counts. @throws Error with the last answer when it takes too long */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  accept: (answer: T) => boolean,
  milliseconds = 10_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (accept(answer)) return answer;
    if (Date.now() > end) throw new Error(`waited in vain, the last answer was ${JSON.stringify(answer)}`);
    await delay(10);
  }
}

export function untilStatus(id: string, status: string): Promise<State> {
  return eventually(() => stateOf(id), (state) => state.status === status);
}

export interface Watch {
  /** Expects the host to become as it was when the watch began. */
  nothingLeft(): Promise<void>;
}

/** Watches what belongs to a bundle and to the test's --root, and `more`: call it before the first command. */
export function watchHost(bundle: Bundle, more: readonly string[] = []): Watch {
  const root = stateRoot();
  const scope: Scope = { belongs: [bundle.directory, bundle.id, root, ...more], directories: [root] };
  const before: HostState = hostState(scope);
  return {
    nothingLeft: async () => {
      expect(await settledDifference(before, scope)).toEqual([]);
    },
  };
}
