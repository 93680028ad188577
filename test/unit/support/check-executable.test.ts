// The fuzzer's second opinion on executables: whatever byte of one is changed, it notices.

import { expect, test } from 'vitest';
import { assemble } from '../../../src/elf/assemble.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import type { Plan } from '../../../src/plan/operation.ts';
import { checkExecutable } from '../../support/elf/check-executable.ts';
import { createInput } from '../plan/create-input.ts';

const { plan } = compileCreatePlan(createInput({ hostname: 'box' }));
const file = assemble(plan, 'x86_64');

function isRefused(bytes: Uint8Array, of: Plan = plan): boolean {
  try {
    checkExecutable(bytes, of);
    return false;
  } catch {
    return true;
  }
}

test('checkExecutable() accepts what assemble() gives', () => {
  expect(checkExecutable(file, plan)).toBeGreaterThan(plan.operations.length);
});

test('checkExecutable() notices a change of any byte', () => {
  const step = Math.ceil(file.length / 150);
  const missed: number[] = [];
  // From each time another place within the words of the code.
  for (let at = 0; at < file.length; at += step + (at % 7)) {
    const changed = Uint8Array.from(file);
    changed[at] = (changed[at] ?? 0) ^ 0x11;
    if (!isRefused(changed)) missed.push(at);
  }
  expect(missed).toEqual([]);
});

test('checkExecutable() notices an operation that is another, missing or too much', () => {
  const { operations } = plan;
  const index = operations.findIndex(({ kind }) => kind === 'sethostname');
  const call = operations[index];
  if (call === undefined || !('args' in call)) throw new Error('no call');
  const others = [
    { ...call, args: [{ text: 'bow' }, 3] }, { ...call, tolerate: [1] }, { ...call, kind: 'setdomainname' as const },
  ];
  for (const other of others) {
    expect(isRefused(file, { ...plan, operations: operations.with(index, other) })).toBe(true);
  }
  expect(isRefused(file, { ...plan, operations: operations.toSpliced(index, 1) })).toBe(true);
  expect(isRefused(file, { ...plan, operations: operations.toSpliced(index, 0, call) })).toBe(true);
});
