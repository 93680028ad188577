// docs/explain.md shows what explain prints: each excerpt is looked for in the explanation of bundles/hello, by what it
// says. Numbers of operations and the like change with every plan: `npx vitest run <this file> -u` writes them anew.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { renderExplanation } from '../../../../src/container/explain/text.ts';
import { bundleConfig, explain, factsOf } from '../../../support/explain.ts';

const page = fileURLToPath(new URL('../../../../docs/explain.md', import.meta.url));

/** A line without the numbers that only tell where in a plan it is. */
function withoutPlace(line: string): string {
  return line.replace(/^ *\d+(?= {2})/, '#').replace(/\$\d+/g, '$').replace(/memory\[[\d:]+\]/g, 'memory')
    .replace(/(?<=[a-z])-\d+\b/g, '').replace(/pc\+\d+/, 'pc').replace(/which are \d+$|\d+ instructions/, '#');
}

/** The lines of an explanation that say what those of an excerpt say, from one on. */
function find(lines: readonly string[], excerpt: readonly string[], from: number): number {
  const wanted = excerpt.map(withoutPlace);
  for (let start = from; start + wanted.length <= lines.length; start++) {
    if (wanted.every((line, i) => withoutPlace(lines[start + i] ?? '') === line)) return start;
  }
  throw new Error(`explain does not print:\n${excerpt.join('\n')}`);
}

/** An excerpt as it is now; a line with … stands for what is left out. */
function renew(excerpt: string, lines: readonly string[]): string {
  let at = 0;
  return excerpt.split('…\n').map((part) => {
    const wanted = part.split('\n').slice(0, -1);
    const start = find(lines, wanted, at);
    at = start + wanted.length;
    return lines.slice(start, at).map((line) => `${line}\n`).join('');
  }).join('…\n');
}

describe('docs/explain.md', () => {
  test('shows excerpts of a real explanation', async () => {
    const explained = await explain(bundleConfig('hello'), factsOf('v2'));
    const text = renderExplanation(explained).replaceAll(explained.document.container.bundle, '/bundle');
    let excerpts = 0;
    const renewed = readFileSync(page, 'utf8').replace(/^```explain\n(.*?)^```$/gms, (_, excerpt: string) => {
      excerpts++;
      return `\`\`\`explain\n${renew(excerpt, text.split('\n'))}\`\`\``;
    });
    expect(excerpts).toBeGreaterThan(8);
    await expect(renewed).toMatchFileSnapshot(page);
  });
});
