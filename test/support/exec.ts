// A container that runs, and processes that `exec` has join it. Works with whatever runtime is under test.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Process } from '../../src/config/types.ts';
import { bundleFor } from './ask.ts';
import type { Bundle, BundleSpec } from './bundle.ts';
import { endProcess, eventually, messageOf, outputOf, startBundle } from './lifecycle.ts';
import { type Result, runtime, type RuntimeOptions } from './runtime.ts';

type Change = (spec: BundleSpec, bundle: Bundle) => void | Promise<void>;

/** Starts a container that waits, for processes to join it. */
export async function startHost(change?: Change): Promise<Bundle> {
  const bundle = await bundleFor('', async (spec, made) => {
    spec.process.args = ['sleep', '1000'];
    await change?.(spec, made);
  });
  await startBundle(bundle);
  return bundle;
}

export interface ExecOptions extends RuntimeOptions {
  /** Options of `exec`. */
  readonly options?: readonly string[];
}

/** Executes a program in a container, in the foreground. */
export function exec(
  { id }: Bundle,
  argv: readonly string[],
  { options = [], ...rest }: ExecOptions = {},
): Promise<Result> {
  return runtime(['exec', ...options, id, ...argv], rest);
}

/** Executes a shell script and expects it to succeed. @returns what it printed, without the last newline */
export async function execAsk(bundle: Bundle, script: string, options: ExecOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await exec(bundle, ['sh', '-c', script], options);
  if (status !== 0) throw new Error(`the process ended with ${String(status)}: ${stderr}${stdout}`);
  return stdout.trimEnd();
}

/** Writes a process.json that has what every process needs, and `changes`. @returns its path */
export function processFile({ directory, spec }: Bundle, changes: Partial<Process>): string {
  const { env } = spec.process;
  const path = join(directory, 'process.json');
  const process = { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 }, env, ...changes };
  writeFileSync(path, JSON.stringify(process));
  return path;
}

/** The same by a process.json, whose `args` are the script. */
export function fileAsk(bundle: Bundle, script: string, changes: Partial<Process> = {}): Promise<string> {
  const path = processFile(bundle, { args: ['sh', '-c', script], ...changes });
  return execProcess(bundle, path);
}

async function execProcess({ id }: Bundle, path: string): Promise<string> {
  const { status, stdout, stderr } = await runtime(['exec', '--process', path, id]);
  if (status !== 0) throw new Error(`the process ended with ${String(status)}: ${stderr}${stdout}`);
  return stdout.trimEnd();
}

const PREFIX = 'exec failed: ';
/** What runc 1.1 puts behind it where the process has begun to be set up. */
const STARTING = /^unable to start container process: /;

/** The message with which an exec has failed, without the words that all of them begin with. */
export function execFailure(result: Result): string {
  expect(result).toMatchObject({ status: 255, signal: null, stdout: '' });
  expect(result.stderr).not.toMatch(/^\s+at |\.m?[jt]s:\d+|TypeError|undefined/m);
  const message = messageOf(result.stderr);
  expect(message.slice(0, PREFIX.length)).toBe(PREFIX);
  return message.slice(PREFIX.length).replace(STARTING, '');
}

/** Executes a program and expects exec itself to fail. */
export async function execRefusal(
  bundle: Bundle,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<string> {
  return execFailure(await exec(bundle, argv, options));
}

/** Executes a program that goes on when exec has ended; it ends with the test. @returns its pid on the host */
export async function execDetached(
  bundle: Bundle,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<number> {
  const pidFile = join(bundle.directory, 'exec-pid');
  const detached = [...options.options ?? [], '-d', '--pid-file', pidFile];
  const { status } = await exec(bundle, argv, { output: outputOf(bundle), ...options, options: detached });
  if (status !== 0) throw new Error(`exec failed with ${String(status)}: ${readFileSync(outputOf(bundle), 'utf8')}`);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  onTestFinished(() => endProcess(pid));
  return pid;
}

/** Waits until a process that nobody waits for here has ended. */
export function untilEnded(pid: number): Promise<string> {
  return eventually(() => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';
    } catch {
      return '';
    }
  }, (state) => state === '' || state === 'Z' || state === 'X');
}
