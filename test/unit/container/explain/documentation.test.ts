// docs/explain.md shows what explain prints: each excerpt is looked for in the explanation of bundles/hello.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { renderExplanation } from '../../../../src/container/explain/text.ts';
import { bundleConfig, explain, factsOf } from '../../../support/explain.ts';

const page = fileURLToPath(new URL('../../../../docs/explain.md', import.meta.url));

describe('docs/explain.md', () => {
  test('shows excerpts of a real explanation', async () => {
    const excerpts = [...readFileSync(page, 'utf8').matchAll(/^```explain\n(.*?)^```$/gms)].map(([, text = '']) => text);
    expect(excerpts.length).toBeGreaterThan(8);
    const explained = await explain(bundleConfig('hello'), factsOf('v2'));
    const text = renderExplanation(explained).replaceAll(explained.document.container.bundle, '/bundle');
    for (const excerpt of excerpts) {
      let at = 0;
      for (const part of excerpt.split('…\n')) {
        const found = text.indexOf(part, at);
        expect(found, `explain does not print:\n${part}`).toBeGreaterThanOrEqual(0);
        at = found + part.length;
      }
    }
  });
});
