// A compiled container beside one of `nunc run`, over the cases in which compare.test.ts compares that with runc's:
// what the container's process sees has to be the same.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, type BundleSpec, makeBundle, makeRootfs, writeConfig } from '../support/bundle.ts';
import { type CompareCase, compareCases } from '../support/compare-cases.ts';
import { compileBundle } from '../support/compiled.ts';
import { compareViews, readView, type View, viewScript } from '../support/inside.ts';
import { succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, globalOptions, runProgram, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

/** The config that `nunc spec` writes, with what every comparison needs. */
async function specOf(bundle: Bundle): Promise<BundleSpec> {
  const { cgroupsPath } = bundle.spec.linux;
  rmSync(join(bundle.directory, 'config.json'));
  await succeed(['spec', '--bundle', bundle.directory]);
  const spec = JSON.parse(readFileSync(join(bundle.directory, 'config.json'), 'utf8')) as BundleSpec;
  spec.process.terminal = false;
  spec.process.args = ['sh', '-c', viewScript];
  if (cgroupsPath !== undefined) spec.linux.cgroupsPath = cgroupsPath;
  return spec;
}

/** Runs a command on a root filesystem that nothing has been in. */
async function viewOf(bundle: Bundle, { prepare }: CompareCase, argv: readonly string[]): Promise<View> {
  rmSync(bundle.rootfs, { recursive: true, force: true });
  makeRootfs(bundle.rootfs);
  await prepare?.(bundle);
  const { status, stdout, stderr } = await runProgram(argv);
  if (status !== 0 || !stdout.includes('=#=end')) throw new Error(`${argv.join(' ')} failed: ${stderr}`);
  return readView(stdout, { bundle: bundle.directory, id: bundle.id });
}

describe('a compiled container and one of nunc run see the same', () => {
  for (const compareCase of compareCases) {
    test(compareCase.name, async () => {
      const made = makeBundle();
      const bundle = { ...made, spec: await specOf(made) };
      await compareCase.change?.(bundle.spec);
      writeConfig(bundle);
      // What is compiled must be there to be looked at.
      await compareCase.prepare?.(bundle);
      const file = await compileBundle(bundle);
      const ours = await viewOf(bundle, compareCase, [file]);
      const run = ['run', '--bundle', bundle.directory, bundle.id];
      const theirs = await viewOf(bundle, compareCase, [...commandOf(), ...globalOptions(stateRoot()), ...run]);
      expect(ours.size).toBeGreaterThan(100);
      expect(compareViews(ours, theirs)).toEqual([]);
    }, 60_000);
  }
});
