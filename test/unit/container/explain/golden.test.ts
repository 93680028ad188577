// The explanations of the project's bundles, for real hosts: a change of behaviour is a change of a file in
// test/golden/explain. `npx vitest run test/unit/container/explain/golden.test.ts -u` writes them anew.

import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { configTemplate } from '../../../../src/config/template.ts';
import type { Spec } from '../../../../src/config/types.ts';
import { renderExplanation } from '../../../../src/container/explain/text.ts';
import { bundleConfig, explain, factsOf, type HostName } from '../../../support/explain.ts';
import { everything } from '../../../support/explained-config.ts';

const golden = fileURLToPath(new URL('../../../golden/explain', import.meta.url));

async function textOf(spec: Spec, host: HostName): Promise<string> {
  const explained = await explain(spec, factsOf(host));
  return renderExplanation(explained).replaceAll(explained.document.container.bundle, '/bundle');
}

describe('renderExplanation()', () => {
  for (const bundle of ['hello', 'shell', 'busybox']) {
    for (const host of ['hybrid', 'v2'] as const) {
      test(`of bundles/${bundle} for a ${host} host`, async () => {
        await expect(await textOf(bundleConfig(bundle), host)).toMatchFileSnapshot(`${golden}/${bundle}-${host}.txt`);
      });
    }
  }

  test('of an ordinary user', async () => {
    const spec = configTemplate({ rootless: true, uid: 1000, gid: 1000, cgroup2: true });
    await expect(await textOf(spec, 'v2-user')).toMatchFileSnapshot(`${golden}/template-v2-user.txt`);
  });

  test('of a config with a seccomp filter, device rules, limits, hooks, maps and network devices', async () => {
    await expect(await textOf(everything, 'v2')).toMatchFileSnapshot(`${golden}/everything-v2.txt`);
  });
});
