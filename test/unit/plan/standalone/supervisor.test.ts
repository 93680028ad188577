// The supervisor's plans for a made-up host: a change of behaviour is a change of a file in test/golden, as in
// ../golden.test.ts. What they do is for test/integration/compile*.test.ts to show.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../../src/config/load.ts';
import { assemble } from '../../../../src/elf/assemble.ts';
import { checkPlan } from '../../../../src/plan/check.ts';
import type { CgroupHierarchy } from '../../../../src/plan/create-draft.ts';
import { compileCreatePlan } from '../../../../src/plan/create-plan.ts';
import { bindSource } from '../../../../src/plan/mounts.ts';
import type { Plan } from '../../../../src/plan/operation.ts';
import { printPlan } from '../../../../src/plan/print.ts';
import type { CgroupWrite, SupervisorInput } from '../../../../src/plan/standalone/input.ts';
import { compileSupervisor } from '../../../../src/plan/standalone/supervisor.ts';
import { createInput, facts, hybrid, unified } from '../create-input.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

function limit(path: string, more: Partial<CgroupWrite> = {}): CgroupWrite {
  const origin = '/linux/resources/pids/limit';
  return { origin, action: `set ${origin}: write "7" to "${path}"`, path, value: '7', reasons: [], ...more };
}

function inputOf(cgroups: readonly CgroupHierarchy[], change: Partial<SupervisorInput> = {}): SupervisorInput {
  const { spec } = parseConfig(readFileSync(`${root}/bundles/hello/config.json`, 'utf8'));
  const paths = (spec.mounts ?? []).map((mount) => bindSource(mount, '/bundle'));
  const sources = Object.fromEntries(paths.map((path) => [path, 'directory' as const]));
  const { plan, descriptors } = compileCreatePlan(createInput(spec, {
    cgroups, facts: { ...facts, sources }, standalone: true,
  }));
  checkPlan(plan);
  return {
    name: 'c1', plan, image: new Uint8Array(64), descriptors, uid: 0, idMaps: undefined, cgroups,
    unifiedOnly: cgroups.every(({ version }) => version === 2), writes: [], lateWrites: [], devices: undefined,
    owner: undefined, outOfReach: false, sharesPids: false, killCounter: undefined, shortage: 'it is too small',
    ...change,
  };
}

function compile(input: SupervisorInput): Plan {
  const plan = compileSupervisor(input);
  checkPlan(plan);
  return plan;
}

describe('compileSupervisor() of bundles/hello', () => {
  test.each([['v2', unified], ['hybrid', hybrid]] as const)('on a %s host', async (name, cgroups) => {
    const text = printPlan(compile(inputOf(cgroups)));
    await expect(text).toMatchFileSnapshot(`${root}/test/golden/compiled-${name}.plan`);
  });

  test('with everything that a config can ask it for', async () => {
    const [cgroup] = unified;
    const file = `${cgroup?.path ?? ''}/pids.max`;
    const plan = compile(inputOf(unified, {
      idMaps: { uids: '0 100000 65536\n', gids: '0 100000 65536\n', forbidsSetgroups: true },
      writes: [limit(file), limit('/else', { optional: true, otherwise: limit('/other') })],
      lateWrites: [limit('/late')],
      devices: { instructions: new Uint8Array(16), count: 2 },
      owner: { uid: 1000, files: ['cgroup.procs'] },
      outOfReach: true,
      sharesPids: true,
      killCounter: { path: '/memory.events' },
    }));
    await expect(printPlan(plan)).toMatchFileSnapshot(`${root}/test/golden/compiled-all.plan`);
  });

  test('without cgroups', () => {
    const { operations } = compile(inputOf([], { uid: 1000 }));
    expect(operations.filter(({ origin }) => origin === '/linux/cgroupsPath')).toEqual([]);
  });
});

test('compileSupervisor() stays below 80 KiB with the init of bundles/hello', () => {
  const input = inputOf(unified);
  const file = assemble(compileSupervisor({ ...input, image: assemble(input.plan, 'x86_64') }), 'x86_64');
  expect(file.length).toBeLessThan(80 * 1024);
});
