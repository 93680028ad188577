import { describe, expect, test } from 'vitest';
import type { Process, Seccomp } from '../../../src/config/types.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import type { Call, Operation } from '../../../src/plan/operation.ts';
import { printPlan } from '../../../src/plan/print.ts';
import { createInput, facts, smallSpec } from './create-input.ts';

const LISTENING: Seccomp = {
  defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/agent',
  syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
};
const SIMPLE: Seccomp = { defaultAction: 'SCMP_ACT_ALLOW' };
const KILLABLE = 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV';
const CAP_SYS_ADMIN = 1 << 21;

interface Made {
  readonly operations: readonly Operation[];
  readonly text: string;
}

function plan(seccomp: Seccomp, process: Partial<Process> = {}, more: Parameters<typeof createInput>[1] = {}): Made {
  const { process: own, linux } = smallSpec;
  const spec = { process: { cwd: '/', ...own, ...process }, linux: { ...linux, seccomp } };
  const { plan: made } = compileCreatePlan(createInput(spec, more));
  checkPlan(made);
  return { operations: made.operations, text: printPlan(made) };
}

function filterCall({ operations }: Made): Call {
  const found = operations.filter(({ kind }) => kind === 'seccomp');
  expect(found).toHaveLength(1);
  return found[0] as Call;
}

/** Effective and permitted of capabilities 0 to 31. */
function capabilities({ operations }: Made): number[] {
  const { args } = operations.find(({ kind }) => kind === 'capset') as Call;
  const { bytes } = args[1] as { bytes: Uint8Array };
  return [...new Uint32Array(bytes.buffer, bytes.byteOffset, 2)];
}

describe('linux.seccomp in a plan', () => {
  test('is the last operation before execve, with or without no_new_privs', () => {
    const kinds = plan(SIMPLE, { noNewPrivileges: true }).operations.map(({ kind }) => kind);
    expect(kinds.slice(-3)).toEqual(['label', 'seccomp', 'execve']);
    const without = plan(SIMPLE).operations.map(({ kind }) => kind);
    expect(without.slice(-6)).toEqual(['label', 'seccomp', 'label', 'fail', 'label', 'execve']);
  });

  test('keeps CAP_SYS_ADMIN until then only without no_new_privs, and where there is one', () => {
    expect(capabilities(plan(SIMPLE))).toEqual([CAP_SYS_ADMIN, CAP_SYS_ADMIN]);
    expect(capabilities(plan(SIMPLE, { noNewPrivileges: true }))).toEqual([0, 0]);
    const poor = { facts: { ...facts, capabilities: ['CAP_KILL'] } };
    expect(capabilities(plan(SIMPLE, {}, poor))).toEqual([0, 0]);
  });

  test('is told of by the flags that the profile has, SPEC_ALLOW when it has no list', () => {
    const [tsync, log] = ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG'] as const;
    const flags = (seccomp: Seccomp): string => /seccomp\(SECCOMP_SET_MODE_FILTER, ([^,]*),/.exec(plan(seccomp).text)?.[1] ?? '';
    expect(flags(SIMPLE)).toBe('SECCOMP_FILTER_FLAG_SPEC_ALLOW');
    expect(flags({ ...SIMPLE, flags: [] })).toBe('0');
    expect(flags({ ...SIMPLE, flags: [tsync, log, KILLABLE] })).toBe(`${tsync}|${log}`);
    expect(flags(LISTENING)).toBe('SECCOMP_FILTER_FLAG_SPEC_ALLOW|SECCOMP_FILTER_FLAG_NEW_LISTENER');
    expect(flags({ ...LISTENING, flags: [tsync, KILLABLE] })).toBe(`SECCOMP_FILTER_FLAG_NEW_LISTENER|${KILLABLE}`);
  });

  test('refuses a flag that the kernel is too old for', () => {
    const old = { facts: { ...facts, kernel: { major: 5, minor: 18 } } };
    expect(() => plan({ ...LISTENING, flags: [KILLABLE] }, {}, old)).toThrow(
      `cannot use ${KILLABLE} (/linux/seccomp/flags): Linux 5.18 has no such flag, 5.19 is the first`);
  });

  test('with a listener comes before the container is reported as created, which waits for the hand-over', () => {
    const made = plan(LISTENING, { noNewPrivileges: true });
    const at = made.operations.indexOf(filterCall(made));
    expect(made.operations[at]?.stage).toBe('init');
    expect(made.operations.slice(at + 1).map(({ kind }) => kind)).toEqual(
      ['set', 'set', 'write', 'read', 'close', 'prctl', 'write', 'read', 'close_range', 'execve']);
    expect(made.operations[at + 3]).toMatchObject({
      origin: '/linux/seccomp/listenerPath', action: 'hand the seccomp listener to "/run/agent"',
    });
  });

  test('tells of unknown names', () => {
    const { linux } = smallSpec;
    const seccomp: Seccomp = { ...SIMPLE, syscalls: [{ names: ['bogus'], action: 'SCMP_ACT_LOG' }] };
    expect(compileCreatePlan(createInput({ linux: { ...linux, seccomp } })).warnings).toEqual([
      { pointer: '/linux/seccomp/syscalls', text: 'unknown system calls are ignored: "bogus"' },
    ]);
  });
});
