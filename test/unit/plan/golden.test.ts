// The plans of the project's bundles, for a made-up host: a change of behaviour is a change of a file in test/golden.
// `npx vitest run test/unit/plan/golden.test.ts -u` writes them anew.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
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
