// Compiles bundles and runs what comes out.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, type BundleSpec, makeBundle } from './bundle.ts';
import { succeed } from './lifecycle.ts';
import { type Result, type Running, type RunOptions, runProgram, startProgram } from './runtime.ts';

/** Compiles a bundle. @returns the path of the file, in the bundle's directory */
export async function compileBundle(bundle: Bundle, options: readonly string[] = []): Promise<string> {
  const file = join(bundle.directory, bundle.id);
  await succeed(['compile', '--bundle', bundle.directory, '--output', file, ...options]);
  return file;
}

/** Compiles a bundle and runs it to its end. */
export async function runCompiled(bundle: Bundle, options: RunOptions = {}): Promise<Result> {
  return await runProgram([await compileBundle(bundle)], options);
}

/** The directories of the bundle's cgroups that are there. */
export function cgroupsOf({ spec: { linux: { cgroupsPath = '' } } }: Bundle): string[] {
  return probeHost().hierarchies.map(({ mountpoint }) => mountpoint + cgroupsPath).filter((path) => existsSync(path));
}

/** A bundle of a shell script. */
export function script(text: string, mutate?: (spec: BundleSpec) => void): Bundle {
  return makeBundle({ args: ['sh', '-c', text], ...(mutate === undefined ? {} : { mutate }) });
}

/** Starts a compiled bundle whose script says "ready". */
export async function untilReady(file: string): Promise<Running & { readonly pid: number }> {
  const running = startProgram([file], { keepInputOpen: true });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  await new Promise<void>((ready) => running.child.stdout?.once('data', () => { ready(); }));
  return { ...running, pid: running.child.pid ?? 0 };
}
