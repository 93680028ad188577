import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { contract } from './contract.ts';

const bun = fileURLToPath(new URL('../../../node_modules/.bin/bun', import.meta.url));
const runner = fileURLToPath(new URL('./run-on-bun.ts', import.meta.url));

describe('bun.ts', () => {
  /** Case → what it failed with; a case that didn't run is missing. */
  const errors = new Map<string, string | undefined>();

  beforeAll(() => {
    const lines = execFileSync(bun, [runner], { encoding: 'utf8', timeout: 60_000 }).trimEnd().split('\n');
    for (const line of lines) {
      const { name, error } = JSON.parse(line) as { name: string; error?: string };
      errors.set(name, error);
    }
  }, 60_000);

  test.each(contract)('$name', ({ name }) => {
    expect(errors.has(name), 'the case ran').toBe(true);
    expect(errors.get(name)).toBeUndefined();
  });
});
