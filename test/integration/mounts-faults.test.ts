// Fault injection: every operation of the plans that add and remove mounts fails once. The failure is told by name, and
// no mount, process or descriptor is left.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { addMounts, removeMounts } from '../../src/container/live-mounts.ts';
import { placeOf } from '../../src/container/store.ts';
import { NuncError } from '../../src/error.ts';
import type { Plan } from '../../src/plan/operation.ts';
import { holdings, kernel } from '../support/library.ts';
import { bind, mountsOf, startLive, tmpfs, useUserNamespace } from '../support/live-mounts.ts';
import { requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';
import { cannotFail, failingIn } from '../support/tampering.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

for (const [where, change] of [['', undefined], [' in a user namespace', useUserNamespace]] as const) {
  test(`a failure of each operation is told, and the container${where} has the mounts that it had`, async () => {
    const { bundle, pid, source } = await startLive((spec, made) => {
      change?.(spec, made);
      mkdirSync(join(made.rootfs, 'data'));
      writeFileSync(join(made.rootfs, 'data/kept'), '');
      symlinkSync('/run', join(made.rootfs, 'link'));
    });
    const mounts = [
      tmpfs('/data', 'tmpcopyup', 'ro'), bind('/new/it', source), { destination: '/mq', type: 'mqueue', source: 'mq' },
      tmpfs('/link/x'),
    ];
    const run = (act: typeof addMounts, alterPlan: (plan: Plan) => Plan): unknown => {
      try {
        const read = (): Uint8Array => new TextEncoder().encode(JSON.stringify(mounts));
        act(kernel(), { place: placeOf(stateRoot(), bundle.id), read, warn: () => undefined, alterPlan });
        return undefined;
      } catch (error) {
        return error;
      }
    };
    const without = mountsOf(pid);
    let added: Plan = { operations: [], memory: 0, report: 0 };
    let removed = added;
    expect(run(addMounts, (plan) => (added = plan))).toBeUndefined();
    expect(mountsOf(pid)).toHaveLength(without.length + mounts.length);
    expect(run(removeMounts, (plan) => (removed = plan))).toBeUndefined();
    expect(mountsOf(pid)).toEqual(without);
    const before = holdings();

    let told = 0;
    for (const [index, operation] of added.operations.entries()) {
      if (cannotFail(operation)) continue;
      const what = `operation ${index}: ${operation.kind}, ${operation.action}`;
      const error = run(addMounts, failingIn(index));
      expect(holdings(), what).toEqual(before);
      // One on a way that is not taken.
      if (error === undefined) expect(run(removeMounts, (plan) => plan), what).toBeUndefined();
      else told += 1;
      if (error !== undefined) {
        expect(error, what).toBeInstanceOf(NuncError);
        const reason = new RegExp(`: input/output error \\(operation ${index + 1} of ${added.operations.length}: fail`);
        expect(error instanceof Error ? error.message : '', what).toMatch(reason);
      }
      expect(mountsOf(pid), what).toEqual(without);
    }
    expect(told).toBeGreaterThan(added.operations.length / 2);

    expect(run(addMounts, (plan) => plan)).toBeUndefined();
    const first = removed.operations.findIndex(({ kind }) => kind === 'umount2');
    expect(first).toBeGreaterThan(40);
    for (const [index, operation] of removed.operations.slice(0, first + 1).entries()) {
      if (cannotFail(operation)) continue;
      const what = `operation ${index}: ${operation.kind}, ${operation.action}`;
      const error = run(removeMounts, failingIn(index));
      expect(holdings(), what).toEqual(before);
      if (error === undefined) expect(run(addMounts, (plan) => plan), what).toBeUndefined();
      expect(mountsOf(pid), what).toHaveLength(without.length + mounts.length);
    }
  }, 240_000);
}
