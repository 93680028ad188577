// The plans of the project's bundles, for a made-up host: a change of behaviour is a change of a file in test/golden.
// `npx vitest run test/unit/plan/golden.test.ts -u` writes them anew.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { configTemplate } from '../../../src/config/template.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import { bindSource } from '../../../src/plan/mounts.ts';
import { printPlan } from '../../../src/plan/print.ts';
import { createInput, facts, hybrid, unified } from './create-input.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe.each(['hello', 'shell', 'busybox'])('compileCreatePlan() of bundles/%s', (bundle) => {
  const { spec } = parseConfig(readFileSync(`${root}/bundles/${bundle}/config.json`, 'utf8'));
  const paths = (spec.mounts ?? []).map((mount) => bindSource(mount, '/bundle'));
  const sources = Object.fromEntries(paths.map((path) => [path, 'directory' as const]));

  test.each([['v2', unified], ['hybrid', hybrid]])('on a %s host', async (name, cgroups) => {
    const { plan } = compileCreatePlan(createInput(spec, { cgroups, facts: { ...facts, sources } }));
    checkPlan(plan);
    await expect(printPlan(plan)).toMatchFileSnapshot(`${root}/test/golden/${bundle}-${name}.plan`);
  });
});

test('compileCreatePlan() of an ordinary user', async () => {
  const spec = configTemplate({ rootless: true, uid: 1000, gid: 1000, cgroup2: true });
  const user = { ...facts, effectiveUid: 1000, effectiveGid: 1000, capabilities: [] };
  const sources = { '/sys': 'directory' } as const;
  const input = createInput(spec, { cgroups: [], inheritedCgroups: unified, facts: { ...user, sources } });
  const { plan } = compileCreatePlan(input);
  checkPlan(plan);
  await expect(printPlan(plan)).toMatchFileSnapshot(`${root}/test/golden/rootless-v2.plan`);
});
