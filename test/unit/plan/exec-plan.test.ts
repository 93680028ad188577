import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Process, Spec } from '../../../src/config/types.ts';
import * as L from '../../../src/linux/constants.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileExecPlan, type ExecInput, type ExecPlan } from '../../../src/plan/exec-plan.ts';
import type { Call } from '../../../src/plan/operation.ts';
import { printPlan } from '../../../src/plan/print.ts';
import { createInput, facts, hybrid, unified } from './create-input.ts';

const golden = fileURLToPath(new URL('../../golden', import.meta.url));
const JOINED = L.CLONE_NEWNS | L.CLONE_NEWPID | L.CLONE_NEWNET | L.CLONE_NEWIPC | L.CLONE_NEWUTS;
const ALL = JOINED | L.CLONE_NEWCGROUP;
const process: Process = { cwd: '/', args: ['/bin/true'], env: ['HOME=/root'], user: { uid: 0, gid: 0 } };
const withUser: Spec['linux'] = {
  namespaces: [{ type: 'user' }, { type: 'pid' }, { type: 'mount' }],
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
};

interface Changes extends Partial<Omit<ExecInput, 'spec'>> {
  readonly process?: Partial<Process>;
  readonly linux?: Spec['linux'];
}

function compile({ process: changed = {}, linux, ...other }: Changes = {}): ExecPlan {
  const input = createInput(linux === undefined ? {} : { linux });
  const spec = { ...input.spec, process: { ...process, ...changed } };
  const common = {
    id: input.id, facts, newKeyring: true, preserveFds: 0, cgroups: unified, hasOtherCgroup: false, inForeground: true,
  };
  const compiled = compileExecPlan({ ...common, namespaces: ALL, ...other, spec });
  checkPlan(compiled.plan);
  return compiled;
}

function callsOf({ plan }: ExecPlan, kind?: Call['kind']): Call[] {
  const calls = plan.operations.filter((operation): operation is Call => 'args' in operation);
  return kind === undefined ? calls : calls.filter((call) => call.kind === kind);
}

/** Stage and flags of each setns(2). */
function joins(changes: Changes): unknown[] {
  return callsOf(compile(changes), 'setns').map(({ stage, args }) => [stage, args[1]]);
}

describe('compileExecPlan()', () => {
  test.each([
    ['v2', {}],
    ['hybrid', { cgroups: hybrid, process: { terminal: true, user: { uid: 1000, gid: 1000 } } }],
    ['user-namespace', { linux: withUser, namespaces: ALL | L.CLONE_NEWUSER, hasOtherCgroup: true }],
  ] as const)('golden: %s', async (name, changes) => {
    await expect(printPlan(compile(changes).plan)).toMatchFileSnapshot(`${golden}/exec-${name}.plan`);
  });

  test('leaves the cgroup namespace to the process, which is put into its cgroup from outside', () => {
    expect(joins({})).toEqual([['stage0', JOINED], ['init', L.CLONE_NEWCGROUP]]);
    expect(joins({ namespaces: 0 })).toEqual([]);
  });

  test('joins a user namespace last with privileges, and first without them', () => {
    const changes = { linux: withUser, namespaces: ALL | L.CLONE_NEWUSER };
    expect(joins(changes)).toEqual([['stage0', JOINED], ['init', L.CLONE_NEWCGROUP | L.CLONE_NEWUSER]]);
    const user = { ...facts, effectiveUid: 1000, effectiveGid: 1000, capabilities: [] };
    expect(joins({ ...changes, facts: user, cgroups: [] }))
      .toEqual([['stage0', JOINED | L.CLONE_NEWUSER], ['init', L.CLONE_NEWCGROUP]]);
  });

  test('is not traceable before it joins anything, and dies with the runtime until it executes', () => {
    const calls = callsOf(compile({ process: { user: { uid: 1000, gid: 1000 } } }));
    const controls = calls.filter(({ kind }) => kind === 'prctl').map(({ args }) => args.slice(0, 2));
    const untraceable = calls.findIndex(({ kind, args }) => kind === 'prctl' && args[0] === L.PR_SET_DUMPABLE);
    expect(calls[untraceable]?.args[1]).toBe(0);
    expect(untraceable).toBeLessThan(calls.findIndex(({ kind }) => kind === 'setns'));
    expect(controls.filter(([option]) => option === L.PR_SET_DUMPABLE)).toHaveLength(1);
    // After the change of ids, which takes it back, once more.
    const deaths = controls.filter(([option]) => option === L.PR_SET_PDEATHSIG).map(([, signal]) => signal);
    expect(deaths).toEqual([L.SIGKILL, L.SIGKILL, 0]);
  });

  test('changes to the init\'s root before the process is made', () => {
    const kinds = callsOf(compile()).map(({ kind }) => kind);
    expect(kinds.indexOf('setns')).toBeLessThan(kinds.indexOf('fchdir'));
    expect(kinds.indexOf('fchdir')).toBeLessThan(kinds.indexOf('chroot'));
    expect(kinds.indexOf('chroot')).toBeLessThan(kinds.indexOf('clone3'));
    expect(kinds.at(-1)).toBe('execve');
  });

  test('goes to the init\'s own cgroup only where that is another and the container\'s takes no processes', () => {
    expect(callsOf(compile(), 'clone3')).toHaveLength(1);
    const [first, second] = callsOf(compile({ hasOtherCgroup: true }), 'clone3');
    expect(first?.on?.map(({ errno }) => errno)).toEqual([16]);
    expect(second?.on).toBeUndefined();
  });

  test('sets the CPUs on the way into the cgroup and behind it', () => {
    const execCPUAffinity = { initial: '0', final: '1' };
    const found = callsOf(compile({ process: { execCPUAffinity } }), 'sched_setaffinity');
    expect(found.map(({ stage, args }) => [stage, args[2]])).toEqual([
      ['stage0', { bytes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) }],
      ['init', { bytes: Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0) }],
    ]);
  });

  test('has descriptors without gaps, behind those that are handed on', () => {
    const { descriptors } = compile({ preserveFds: 2, hasOtherCgroup: true, process: { terminal: true } });
    const { firstOwn, report, gate, channel, cgroup, init, rootDirectory, otherCgroup, end } = descriptors;
    expect([firstOwn, report, gate, channel, cgroup, init, rootDirectory, otherCgroup, end])
      .toEqual([5, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});
