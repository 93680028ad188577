// Fault injection: every operation of the plan that runs a hook in the container fails once. The failure is told by
// name, and no process or descriptor is left.

import { expect } from 'vitest';
import { placeOf, readState } from '../../src/container/store.ts';
import { NuncError } from '../../src/error.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type InitPlace, runContainerHook } from '../../src/launch/hook.ts';
import type { Plan } from '../../src/plan/operation.ts';
import { makeBundle } from '../support/bundle.ts';
import { holdings, kernel } from '../support/library.ts';
import { createBundle, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';
import { cannotFail, failingIn } from '../support/tampering.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

for (const list of ['createContainer', 'startContainer'] as const) {
  test(`a failure of each operation of a ${list} hook is told and leaves nothing`, async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    await createBundle(bundle);
    const place = placeOf(stateRoot(), bundle.id);
    const state = readState(place);
    let plan: Plan | undefined;
    const init: InitPlace = {
      pid: state?.pid ?? 0,
      id: place.id,
      spec: bundle.spec,
      facts: probeHost(),
      cgroups: state?.cgroups.cgroups ?? [],
      newKeyring: true,
      verify: () => undefined,
      alterPlan: (compiled) => (plan = compiled),
    };
    const run = (alterPlan: InitPlace['alterPlan']): unknown => {
      const call = { list, index: 0, hook: { path: '/bin/true' }, input: '{}' };
      try {
        runContainerHook(kernel(), call, { ...init, ...(alterPlan === undefined ? {} : { alterPlan }) });
        return undefined;
      } catch (error) {
        return error;
      }
    };
    expect(run(undefined)).toBeUndefined();
    const { operations } = plan ?? { operations: [] };
    expect(operations.length).toBeGreaterThan(20);
    const before = holdings();
    operations.forEach((operation, index) => {
      if (cannotFail(operation)) return;
      const what = `operation ${index}: ${operation.kind}, ${operation.action}`;
      const error = run(failingIn(index));
      expect(holdings(), what).toEqual(before);
      // A branch that is not taken, or the way back of stage 0 behind the birth.
      if (error === undefined) {
        expect(['fchdir', 'fail', 'jump'], what).toContain(operation.kind);
        return;
      }
      expect(error, what).toBeInstanceOf(NuncError);
      expect(error instanceof Error ? error.message : '', what).toMatch(
        new RegExp(`^cannot run hook #0 of /hooks/${list} .*: input/output error \\(operation ${index + 1} of `),
      );
    });
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  }, 120_000);
}
