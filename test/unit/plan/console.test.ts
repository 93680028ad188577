import { expect, test } from 'vitest';
import type { Process, Spec } from '../../../src/config/types.ts';
import * as L from '../../../src/linux/constants.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import type { Call, Operation } from '../../../src/plan/operation.ts';
import { createInput, smallSpec } from './create-input.ts';

function terminalCalls(change: Partial<Process>, linux: Spec['linux'] = smallSpec.linux ?? {}): Call[] {
  const process: Process = { ...smallSpec.process, cwd: '/', terminal: true, ...change };
  const { plan } = compileCreatePlan(createInput({ process, linux }));
  checkPlan(plan);
  const isCall = (operation: Operation): operation is Call => 'args' in operation;
  return plan.operations.filter(isCall).filter(({ origin }) => (
    origin.startsWith('/process/terminal') || origin.startsWith('/process/consoleSize')
    || origin.startsWith('/process/user/uid')
  ));
}

function ioctls(calls: readonly Call[]): (number | undefined)[] {
  return calls.filter(({ kind }) => kind === 'ioctl').map(({ args }) => (typeof args[1] === 'number' ? args[1] : 0));
}

test('planTerminal() plans nothing without a terminal', () => {
  expect(terminalCalls({ terminal: false, consoleSize: { height: 1, width: 2 } })).toEqual([]);
});

test('planTerminal() sets the size that is asked for, and none that lacks a side', () => {
  const sized = terminalCalls({ consoleSize: { height: 0x0102, width: 0x0304 } });
  expect(ioctls(sized)).toEqual([L.TIOCSPTLCK, L.TIOCGPTPEER, L.TIOCSWINSZ, L.TIOCSCTTY]);
  const size = sized.find(({ args }) => args[1] === L.TIOCSWINSZ)?.args[2];
  expect(size).toEqual({ bytes: new Uint8Array([2, 1, 4, 3, 0, 0, 0, 0]) });
  for (const consoleSize of [{ height: 0, width: 5 }, { height: 5, width: 0 }]) {
    expect(ioctls(terminalCalls({ consoleSize }))).not.toContain(L.TIOCSWINSZ);
  }
});

test('planTerminal() gives the terminal to the user once, root included', () => {
  for (const uid of [0, 1000]) {
    const given = terminalCalls({ user: { uid, gid: 5 } }).filter(({ kind }) => kind === 'fchown');
    expect(given.map(({ args }) => args.slice(1))).toEqual([[uid, -1]]);
  }
});

test('planTerminal() mounts /dev/console only where the mount namespace is not the host\'s', () => {
  const mounts = (linux: Spec['linux']): string[] => (
    terminalCalls({}, linux).map(({ kind }) => kind).filter((kind) => kind === 'move_mount')
  );
  expect(mounts({ namespaces: [{ type: 'mount' }] })).toHaveLength(1);
  expect(mounts({ namespaces: [{ type: 'mount', path: '/ns' }] })).toHaveLength(1);
  expect(mounts({ namespaces: [] })).toHaveLength(0);
});
