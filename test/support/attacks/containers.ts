// Containers that attack: a shell script in a busybox bundle, in the foreground or left running. Judges nothing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, type BundleSpec, writeConfig } from '../bundle.ts';
import type { Result } from '../runtime.ts';
import type { Target } from './attack.ts';

export interface ShellOptions {
  readonly change?: (spec: BundleSpec, bundle: Bundle) => void;
  /** Options before the command; those of `run`. */
  readonly globals?: readonly string[];
  readonly options?: readonly string[];
  /** The whole environment of the runtime. */
  readonly env?: Readonly<Record<string, string>>;
  /** In milliseconds; the runtime is killed then. */
  readonly timeout?: number;
}

/** A writable bundle whose program is a shell script. */
export function shellBundle(target: Target, script: string, change?: ShellOptions['change']): Bundle {
  const bundle = target.bundle({ args: ['sh', '-c', script] });
  bundle.spec.root.readonly = false;
  change?.(bundle.spec, bundle);
  writeConfig(bundle);
  return bundle;
}

/** Runs a script in a container of its own, in the foreground. */
export function runShell(target: Target, script: string, options: ShellOptions = {}): Promise<Result> {
  return runBundle(target, shellBundle(target, script, options.change), options);
}

/** Runs a bundle in the foreground. */
export function runBundle(target: Target, bundle: Bundle, options: ShellOptions = {}): Promise<Result> {
  const { globals = [], env, timeout } = options;
  const args = [...globals, 'run', '--bundle', bundle.directory, ...options.options ?? [], bundle.id];
  return target.run(args, { ...(env === undefined ? {} : { env }), ...(timeout === undefined ? {} : { timeout }) });
}

interface Left {
  readonly bundle: Bundle;
  /** Of the init, on the host. */
  readonly pid: number;
}

/** Runs a script and leaves it running. @throws Error when it does not come to that */
export async function startShell(target: Target, script: string, options: ShellOptions = {}): Promise<Left> {
  const bundle = shellBundle(target, script, options.change);
  return { bundle, pid: await startBundle(target, bundle, options) };
}

interface StartOptions extends ShellOptions {
  /** In place of `run --detach`. */
  readonly command?: readonly string[];
}

/** Runs a bundle and leaves it running, or only creates it. @returns the init's pid */
export async function startBundle(
  target: Target,
  bundle: Bundle,
  { globals = [], options = [], command = ['run', '--detach'] }: StartOptions = {},
): Promise<number> {
  const pidFile = join(bundle.directory, 'pid');
  const output = join(bundle.directory, 'output');
  const args = [...globals, ...command, '--bundle', bundle.directory, '--pid-file', pidFile, ...options, bundle.id];
  const { status } = await target.run(args, { output });
  if (status === 0) return Number(readFileSync(pidFile, 'utf8'));
  throw new Error(`${command.join(' ')} failed with ${String(status)}: ${readFileSync(output, 'utf8')}`);
}

/** Executes a script in a running container. */
export function execShell(
  target: Target,
  { id }: Bundle,
  { script, options = [] }: { readonly script: string; readonly options?: readonly string[] },
): Promise<Result> {
  return target.run(['exec', ...options, id, 'sh', '-c', script]);
}

/** What is wrong with the way in which a command has refused: nothing, or one line. A crash is no refusal. */
export function badRefusal({ status, signal, stderr }: Result): string[] {
  if (signal !== null) return [`it is ended by ${signal}: ${stderr.slice(0, 200)}`];
  if (/^\s+at |\.m?[jt]s:\d+|TypeError|internal error|panic:|goroutine |Segmentation/m.test(stderr)) {
    return [`it crashes with ${String(status)}: ${stderr.slice(0, 200)}`];
  }
  return [];
}
