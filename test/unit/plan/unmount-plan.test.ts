import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as L from '../../../src/linux/constants.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import type { Call, Operation, Plan } from '../../../src/plan/operation.ts';
import { printPlan } from '../../../src/plan/print.ts';
import {
  compileDetachPlan, compileUnmountPlan, type Unmount, UNMOUNT_DESCRIPTORS,
} from '../../../src/plan/unmount-plan.ts';

const golden = fileURLToPath(new URL('../../golden', import.meta.url));

const plain: Unmount = { destination: '/a/', path: 'a', origin: '/0/destination' };
const masked: Unmount = { ...plain, destination: '/b', path: 'b', otherwise: 'it is a mask' };

function compile(unmounts: readonly Unmount[], added: readonly number[] = [], namespaces = L.CLONE_NEWNS): Plan {
  const plan = compileUnmountPlan({ unmounts, added, namespaces });
  checkPlan(plan);
  return plan;
}

function callsOf(plan: Plan, kind: Call['kind']): Call[] {
  return plan.operations.filter((operation): operation is Call => operation.kind === kind);
}

test('compileUnmountPlan() of a destination', async () => {
  await expect(printPlan(compile([plain], [77]))).toMatchFileSnapshot(`${golden}/unmount.plan`);
});

test('compileUnmountPlan() finds all before it unmounts the first', () => {
  const plan = compile([plain, masked], [77]);
  const kinds = plan.operations.map(({ kind }) => kind);
  const opened = kinds.slice(0, kinds.indexOf('umount2')).filter((kind) => kind === 'openat2');
  // Twice two, each by its letters and through links, and the first once more.
  expect(opened).toHaveLength(6);
  expect(callsOf(plan, 'umount2').map(({ args }) => args[1])).toEqual([L.MNT_DETACH, L.MNT_DETACH]);
});

test('compileUnmountPlan() follows links, and passes masks, only to mounts that were added', () => {
  const comparisons = ({ operations }: Plan): number[] => operations
    .filter((operation): operation is Extract<Operation, { kind: 'branch' }> => operation.kind === 'branch')
    .flatMap(({ mask, operand }) => (mask === undefined ? [operand] : []));
  // Of each destination twice: when it is looked for and when it is unmounted.
  expect(comparisons(compile([plain], [77, 78]))).toEqual([77, 78, 77, 78]);
  expect(comparisons(compile([masked], [77]))).toEqual([77, 77, 77, 77]);
  const resolve = callsOf(compile([plain]), 'openat2').map(({ args }) => (args[2] as { words: number[] }).words[2]);
  const inRoot = L.RESOLVE_IN_ROOT | L.RESOLVE_NO_MAGICLINKS;
  expect(resolve).toEqual([inRoot | L.RESOLVE_NO_SYMLINKS, inRoot, inRoot | L.RESOLVE_NO_SYMLINKS, inRoot]);
});

test('compileUnmountPlan() joins the user namespace when there is one', () => {
  const flags = L.CLONE_NEWNS | L.CLONE_NEWUSER;
  const joins = callsOf(compile([plain], [], flags | L.CLONE_NEWPID), 'setns');
  expect(joins.map(({ args }) => args)).toEqual([[UNMOUNT_DESCRIPTORS.init, flags]]);
});

test('compileDetachPlan() unmounts what it is given, the last one first, attached or not', () => {
  const plan = compileDetachPlan(3, L.CLONE_NEWNS);
  checkPlan(plan);
  const calls = callsOf(plan, 'umount2');
  const first = UNMOUNT_DESCRIPTORS.mounts;
  expect(calls.map(({ args }) => args[0])).toEqual([2, 1, 0].map((i) => ({ text: String(first + i) })));
  expect(calls.every(({ tolerate }) => tolerate?.length === 1)).toBe(true);
  expect(callsOf(plan, 'close_range').map(({ args }) => args[0])).toEqual([first + 3]);
});
