import { expect, test } from 'vitest';
import type { Mount, Spec } from '../../../src/config/types.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import type { Call, Operation } from '../../../src/plan/operation.ts';
import { createInput, smallSpec } from './create-input.ts';

interface Protection {
  readonly readonlyPaths?: string[];
  readonly maskedPaths?: string[];
}

const proc: Mount = { destination: '/proc', type: 'proc', source: 'proc' };

function calls(mounts: Mount[], protection: Protection): Call[] {
  const linux: Spec['linux'] = { ...smallSpec.linux, ...protection };
  const { plan } = compileCreatePlan(createInput({ mounts, linux }));
  checkPlan(plan);
  return plan.operations.filter((operation: Operation): operation is Call => 'args' in operation);
}

const isClose = ({ kind }: Call): boolean => kind === 'close';

/** The paths that are opened for an entry, and whether from the root directory, which is in the first slot. */
function opened(mounts: Mount[], protection: Protection): string[] {
  const all = calls(mounts, protection).filter(({ kind, origin }) => kind === 'openat2' && /Paths\/\d/.test(origin));
  return all.map(({ args: [directory, path] }) => {
    const isRoot = typeof directory === 'object' && 'slot' in directory && (directory.slot as number) === 0;
    const text = typeof path === 'object' && 'text' in path ? path.text : '';
    return `${isRoot ? 'root' : 'mount'} ${text}`;
  });
}

test('planProtectedPaths() looks below the mount itself, not at where it was mounted', () => {
  expect(opened([proc], { readonlyPaths: ['/proc/sys', '/etc'], maskedPaths: ['/proc//./kcore'] }))
    .toEqual(['mount sys', 'root etc', 'mount kcore']);
  expect(opened([], { maskedPaths: ['/proc/kcore'] })).toEqual(['root proc/kcore']);
});

test('planProtectedPaths() looks below what has been bound over the whole of it', () => {
  expect(opened([proc], { readonlyPaths: ['/proc/sys', '/proc'], maskedPaths: ['/proc/kcore'] }))
    .toEqual(['mount sys', 'root proc', 'root proc/kcore']);
});

test('planProtectedPaths() looks below the last of several mounts at one place', () => {
  const closes = (mounts: Mount[]): number => (
    calls(mounts, { maskedPaths: ['/proc/kcore'] }).filter(isClose).length
  );
  const keptTwice = closes([proc, proc]) - closes([proc]);
  const openedTwice = calls([proc, proc], {}).length - calls([proc], {}).length;
  // The first of them is closed when the second is kept.
  expect(keptTwice).toBe(calls([proc, proc], {}).filter(isClose).length - calls([proc], {}).filter(isClose).length);
  expect(openedTwice).toBeGreaterThan(keptTwice);
});

test('planProtectedPaths() keeps no mount open that nothing has to be protected below', () => {
  const count = (protection: Protection): number => (
    calls([proc], protection).filter(({ kind, origin }) => kind === 'close' && origin === '/mounts/0').length
  );
  expect(count({ maskedPaths: ['/proc/kcore'] })).toBe(count({ maskedPaths: ['/process'] }) - 1);
});
