// Fault injection in compiled containers: every operation of the supervisor and of its init fails once. The failure is
// told by what was attempted, and nothing is left.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { compileContainer, type CompileRequest } from '../../src/container/compile.ts';
import type { Operation, Plan } from '../../src/plan/operation.ts';
import { type Bundle, type BundleSpec, makeBundle, mapUsers } from '../support/bundle.ts';
import { cgroupsOf } from '../support/compiled.ts';
import { driver } from '../support/library.ts';
import { watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { type Result, runProgram, stateRoot } from '../support/runtime.ts';
import { failingIn } from '../support/tampering.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

type Alter = Pick<CompileRequest, 'alterInit' | 'alterSupervisor'>;

function compileAltered(bundle: Bundle, alter: Alter): { readonly file: string; readonly name: string } {
  const compiled = compileContainer({
    root: stateRoot(), id: bundle.id, bundle: bundle.directory, noPivot: false, newKeyring: true, preserveFds: 0,
    rootless: 'false', cgroupDriver: driver(), warn: () => undefined, ...alter,
  });
  const file = join(bundle.directory, 'file');
  writeFileSync(file, compiled.file, { mode: 0o755 });
  return { file, name: bundle.id };
}

async function runAltered(bundle: Bundle, alter: Alter): Promise<Result> {
  return await runProgram([compileAltered(bundle, alter).file]);
}

function planOf(bundle: Bundle, which: keyof Alter): Plan {
  let found: Plan | undefined;
  compileAltered(bundle, { [which]: (plan: Plan) => (found = plan) });
  if (found === undefined) throw new Error('no plan was compiled');
  return found;
}

/** Limits that can be set on every host, and an id map. */
function enrich(spec: BundleSpec): void {
  const { linux } = spec;
  linux.resources = { ...linux.resources, pids: { limit: 50 }, memory: { limit: 64 << 20 } };
  mapUsers(spec);
}

/** System calls, and nothing that only a failure leads to. */
function isTried(operation: Operation, stage: (stage: string) => boolean): boolean {
  return 'args' in operation && stage(operation.stage);
}

function subjectOf({ action }: Operation): string {
  return /^(exec|config\.json): /.test(action) ? action : `cannot ${action}`;
}

describe('a failure of each operation is told and leaves nothing', () => {
  test('in the supervisor', async () => {
    const bundle = makeBundle({ args: ['true'], mutate: enrich });
    const watch = watchHost(bundle, ['nunc-init']);
    let told = 0;
    for (const [index, operation] of planOf(bundle, 'alterSupervisor').operations.entries()) {
      if (!isTried(operation, (stage) => stage === 'supervisor')) continue;
      const { status, stderr } = await runAltered(bundle, { alterSupervisor: failingIn(index) });
      const what = `operation ${index}: ${operation.kind}, ${operation.action}`;
      expect(cgroupsOf(bundle), what).toEqual([]);
      if (status === 0) continue;
      told += 1;
      const { origin: pointer, action } = operation;
      const origin = pointer === '' || action.includes(pointer) ? '' : ` (${pointer})`;
      const message = `${bundle.id}: ${subjectOf(operation)}: input/output error${origin}\n`;
      expect({ status, stderr }, what).toEqual({ status: 1, stderr: message });
    }
    expect(told).toBeGreaterThan(60);
    await watch.nothingLeft();
  }, 300_000);

  test('in the init', async () => {
    const bundle = makeBundle({ args: ['true'], mutate: enrich });
    const watch = watchHost(bundle, ['nunc-init']);
    let told = 0;
    const { operations } = planOf(bundle, 'alterInit');
    for (const [index, operation] of operations.entries()) {
      if (!isTried(operation, () => true)) continue;
      // The report that all went well can't be missed; the one that tells a pid is the last that stage 0 does.
      if (operation.kind === 'exit_group') continue;
      const { status, stderr } = await runAltered(bundle, { alterInit: failingIn(index) });
      const what = `operation ${index}: ${operation.kind}, ${operation.action}`;
      expect(cgroupsOf(bundle), what).toEqual([]);
      if (status === 0) continue;
      told += 1;
      expect(status, what).toBe(1);
      const where = `(operation ${index + 1} of ${operations.length}: `;
      expect(stderr, what).toContain(`${bundle.id}: ${subjectOf(operation)}: input/output error ${where}`);
    }
    expect(told).toBeGreaterThan(100);
    await watch.nothingLeft();
  }, 300_000);
});
