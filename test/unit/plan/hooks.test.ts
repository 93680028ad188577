import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/config/types.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import type { Operation } from '../../../src/plan/operation.ts';
import { createInput } from './create-input.ts';

const hook = { path: '/bin/hook' };

/** What is done for hooks. */
function hookOperations(hooks: Spec['hooks'], linux: Spec['linux'] = { namespaces: [{ type: 'mount' }] }): Operation[] {
  const { plan } = compileCreatePlan(createInput({ linux, ...(hooks === undefined ? {} : { hooks }) }));
  checkPlan(plan);
  return plan.operations.filter(({ origin }) => origin === '/hooks');
}

const kinds = (operations: readonly Operation[]): string[] => operations.map(({ kind }) => kind);

describe('planHooks()', () => {
  test('plans nothing without hooks of create', () => {
    expect(hookOperations(undefined)).toEqual([]);
    expect(hookOperations({ prestart: [], poststart: [hook], startContainer: [hook], poststop: [hook] })).toEqual([]);
  });

  test.each(['prestart', 'createRuntime', 'createContainer'])('has the rootfs at its path for %s', (list) => {
    const operations = hookOperations({ [list]: [hook] });
    const moves = operations.filter(({ kind }) => kind === 'move_mount');
    expect(moves.map((move) => ('args' in move ? move.args[3] : undefined))).toEqual([
      { text: '/bundle/rootfs' }, { text: '/' },
    ]);
    expect(kinds(operations)).toContain('read');
  });

  test('makes the mount below it private where mounts are shared with the host', () => {
    const shared = { namespaces: [{ type: 'mount' }], rootfsPropagation: 'shared' } as const;
    const operations = kinds(hookOperations({ prestart: [hook] }, shared));
    expect(operations.indexOf('mount_setattr')).toBeGreaterThan(0);
    expect(operations.indexOf('mount_setattr')).toBeLessThan(operations.indexOf('move_mount'));
    expect(kinds(hookOperations({ prestart: [hook] }))).not.toContain('mount_setattr');
  });

  test('moves nothing in a mount namespace of others', () => {
    for (const namespaces of [[], [{ type: 'mount', path: '/proc/1/ns/mnt' }] as const]) {
      expect(kinds(hookOperations({ prestart: [hook] }, { namespaces }))).not.toContain('move_mount');
    }
  });
});
