// Runs a shell script in a container and gives what it prints: how tests of config.json ask the kernel what became of
// an option.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { type Bundle, type BundleSpec, makeBundle, writeConfig } from './bundle.ts';
import { messageOf, outputOf } from './lifecycle.ts';
import { commandOf, globalOptions, type Result, runProgram, stateRoot } from './runtime.ts';

export interface AskOptions {
  /** Changes the bundle, after its root filesystem was made and before config.json is written. */
  readonly prepare?: (bundle: Bundle) => void | Promise<void>;
  /** In place of `sh -c script`. */
  readonly args?: readonly string[];
  /** Options of `run`. */
  readonly options?: readonly string[];
  /** Put before the runtime: `nsenter …`. */
  readonly prefix?: readonly string[];
  /** A command in place of `run --bundle …`. */
  readonly command?: readonly string[];
  /** The file that gets both outputs. */
  readonly output?: string;
  readonly input?: string;
  readonly cwd?: string;
}

type Change = (spec: BundleSpec, bundle: Bundle) => void | Promise<void>;

const nunc = process.env['RUNTIME'] ?? resolve(import.meta.dirname, '../../dist/nunc');

/** A writable container with what `change` makes of it. */
export async function bundleFor(script: string, change?: Change, options: AskOptions = {}): Promise<Bundle> {
  const bundle = makeBundle({ args: options.args ?? ['sh', '-c', script] });
  bundle.spec.root.readonly = false;
  await change?.(bundle.spec, bundle);
  await options.prepare?.(bundle);
  writeConfig(bundle);
  return bundle;
}

/** Runs a bundle in the foreground, or another command on it. */
export function runBundle(bundle: Bundle, options: AskOptions = {}): Promise<Result> {
  const command = options.command ?? ['run', '--bundle', bundle.directory];
  const runtime = [...(options.prefix ?? []), ...commandOf(nunc), ...globalOptions(stateRoot())];
  return runProgram([...runtime, ...command, ...(options.options ?? []), bundle.id], {
    ...(options.output === undefined ? {} : { output: options.output }),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** Runs a script and expects it to succeed. @returns what it printed, without the last newline */
export async function ask(script: string, change?: Change, options: AskOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await runBundle(await bundleFor(script, change, options), options);
  if (status !== 0) throw new Error(`the container ended with ${String(status)}: ${stderr}${stdout}`);
  return stdout.trimEnd();
}

/** Expects the container not to come into being. @returns the message */
export async function refusal(change: Change, options: AskOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await runBundle(await bundleFor('echo it runs', change, options), options);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  return messageOf(stderr);
}

/** Creates and starts a bundle. @returns the pid of its init on the host */
export async function startedPid(bundle: Bundle, options: AskOptions = {}): Promise<number> {
  const output = outputOf(bundle);
  const pidFile = `${bundle.directory}/pid`;
  const command = ['run', '--detach', '--pid-file', pidFile, '--bundle', bundle.directory];
  const { status } = await runBundle(bundle, { ...options, command, output });
  if (status !== 0) throw new Error(`run failed with ${String(status)}: ${readFileSync(output, 'utf8')}`);
  return Number(readFileSync(pidFile, 'utf8'));
}

/** A file of /proc/<pid>. */
export function proc(pid: number, name: string): string {
  return readFileSync(`/proc/${pid}/${name}`, 'utf8');
}
