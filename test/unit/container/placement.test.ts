import { describe, expect, test } from 'vitest';
import { isRootless } from '../../../src/container/placement.ts';
import type { HostFacts } from '../../../src/host/facts.ts';
import { facts } from '../plan/create-input.ts';

const root: HostFacts = facts;
const nestedRoot: HostFacts = { ...facts, initialUserNamespace: false };
const user: HostFacts = { ...facts, effectiveUid: 1000, effectiveGid: 1000, capabilities: [] };

describe('isRootless()', () => {
  test.each([
    ['auto', root, false], ['auto', nestedRoot, true], ['auto', user, true],
    ['true', root, true], ['true', user, true],
    ['false', nestedRoot, false], ['false', user, false],
  ] as const)('with --rootless=%s', (choice, host, expected) => {
    expect(isRootless(choice, host)).toBe(expected);
  });
});
