// Compiles bundles and runs what comes out. Knows nothing of what is in them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { probeHost } from '../../src/host/probe.ts';
import type { Bundle } from './bundle.ts';
import { succeed } from './lifecycle.ts';
import { type Result, type RunOptions, runProgram } from './runtime.ts';

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
