import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Hook } from '../../../src/config/types.ts';
import * as L from '../../../src/linux/constants.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { argumentsOf, compileHookPlan, type HookInput } from '../../../src/plan/hook-plan.ts';
import type { Call } from '../../../src/plan/operation.ts';
import { printPlan } from '../../../src/plan/print.ts';
import { createInput, hybrid, unified } from './create-input.ts';

const golden = fileURLToPath(new URL('../../golden', import.meta.url));
const hook: Hook = { path: '/bin/hook', args: ['hook', 'one'], env: ['A=b'] };
const ALL = L.CLONE_NEWNS | L.CLONE_NEWPID | L.CLONE_NEWNET | L.CLONE_NEWIPC | L.CLONE_NEWUTS | L.CLONE_NEWCGROUP;

function hookInput(changes: Partial<HookInput> = {}): HookInput {
  const { id, spec, facts } = createInput();
  const list = 'startContainer';
  return { id, spec, facts, list, index: 0, hook, cgroups: unified, namespaces: ALL, newKeyring: true, ...changes };
}

function kindsOf(changes: Partial<HookInput>): string[] {
  const plan = compileHookPlan(hookInput(changes));
  checkPlan(plan);
  return plan.operations.map(({ kind }) => kind);
}

describe('compileHookPlan()', () => {
  test.each([['createContainer', hybrid], ['startContainer', unified]] as const)('of %s', async (list, cgroups) => {
    const plan = compileHookPlan(hookInput({ list, cgroups }));
    checkPlan(plan);
    await expect(printPlan(plan)).toMatchFileSnapshot(`${golden}/hook-${list}.plan`);
  });

  test('joins the namespaces that differ, none when none does', () => {
    expect(kindsOf({ namespaces: 0 })).not.toContain('setns');
    const { operations } = compileHookPlan(hookInput());
    const joins = operations.filter((operation): operation is Call => operation.kind === 'setns');
    expect(joins.map(({ args }) => args[1])).toEqual([ALL]);
  });

  test('joins the cgroups before the namespaces, and is born after both', () => {
    const kinds = kindsOf({ cgroups: hybrid });
    expect(kinds.filter((kind) => kind === 'write')).toHaveLength(hybrid.length + 1);
    expect(kinds.indexOf('write')).toBeLessThan(kinds.indexOf('setns'));
    expect(kinds.indexOf('setns')).toBeLessThan(kinds.indexOf('chroot'));
    expect(kinds.indexOf('chroot')).toBeLessThan(kinds.indexOf('clone3'));
  });

  test('becomes root of a user namespace', () => {
    const inside = { list: 'createContainer', namespaces: ALL | L.CLONE_NEWUSER } as const;
    expect(kindsOf(inside)).toEqual(expect.arrayContaining(['setgroups', 'setresgid', 'setresuid']));
    expect(kindsOf({ list: 'createContainer' })).not.toContain('setresuid');
  });

  test('makes only a startContainer hook a process like the container\'s', () => {
    const changes = { umask: 'umask', capset: 'capset' };
    for (const kind of Object.values(changes)) {
      expect(kindsOf({ list: 'startContainer' })).toContain(kind);
      expect(kindsOf({ list: 'createContainer' })).not.toContain(kind);
    }
  });

  test('ends with the death of the runtime set after every change of ids', () => {
    const { operations } = compileHookPlan(hookInput());
    const last = operations.slice(-3).map(({ kind }) => kind);
    expect(last).toEqual(['prctl', 'close_range', 'execve']);
  });

  test('works for a config without a process', () => {
    const { process: _, ...spec } = hookInput().spec;
    expect(kindsOf({ spec, list: 'startContainer' })).toContain('execve');
  });
});

test('argumentsOf() is the path alone when there are none', () => {
  expect(argumentsOf(hook)).toEqual(['hook', 'one']);
  expect(argumentsOf({ path: '/bin/hook' })).toEqual(['/bin/hook']);
  expect(argumentsOf({ path: '/bin/hook', args: [] })).toEqual(['/bin/hook']);
});
