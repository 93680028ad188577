// The labels of security modules in plans. SELinux is on neither of the project's machines: what the kernel is asked
// for is all that can be tested of it.

import { expect, test } from 'vitest';
import { configTemplate } from '../../../src/config/template.ts';
import type { Mount, Spec } from '../../../src/config/types.ts';
import { lineOf } from '../../../src/finding.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import type { CreateInput } from '../../../src/plan/create-draft.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import { labelProblems, securityModules } from '../../../src/plan/labels.ts';
import type { Call, Operation, Plan } from '../../../src/plan/operation.ts';
import { createInput, facts, hybrid, smallSpec } from './create-input.ts';

const LABEL = 'system_u:object_r:container_file_t:s0:c1,c2';
const template = configTemplate({ rootless: false, uid: 0, gid: 0 });

function planOf(spec: Partial<Spec>, other: Partial<CreateInput> = {}): Plan {
  const { plan } = compileCreatePlan(createInput({ ...template, ...spec }, other));
  checkPlan(plan);
  return plan;
}

function calls(plan: Plan, kind: Call['kind']): Call[] {
  return plan.operations.filter((operation: Operation): operation is Call => operation.kind === kind);
}

/** The files of procfs that are written to, with what is written, in the plan's order. */
function procfsWrites({ operations }: Plan): string[] {
  const found: string[] = [];
  for (const [i, operation] of operations.entries()) {
    const path = operation.kind === 'openat2' ? (operation.args[1] as { text: string }).text : '';
    const next = operations[i + 1];
    if (next?.kind === 'write' && /^(self|sys)\//.test(path)) {
      found.push(`${path}: ${(next.args[1] as { text: string }).text}`);
    }
  }
  return found;
}

function place(plan: Plan, find: (operation: Operation) => boolean): number {
  const index = plan.operations.findIndex(find);
  expect(index).toBeGreaterThan(-1);
  return index;
}

test('labels of the process are set after the host name, before sysctls and no_new_privs, through one procfs', () => {
  const process = {
    ...template.process, cwd: '/', apparmorProfile: 'profile', selinuxLabel: 'a:b:c:s0', noNewPrivileges: true,
  };
  const plan = planOf({ process, linux: { ...template.linux, sysctl: { 'net.ipv4.ip_forward': '1' } } });
  expect(procfsWrites(plan)).toEqual([
    'self/attr/keycreate: a:b:c:s0',
    'self/attr/apparmor/exec: exec profile',
    'self/attr/exec: a:b:c:s0',
    'sys/net/ipv4/ip_forward: 1',
  ]);
  const order = [
    place(plan, ({ origin, kind }) => kind === 'write' && origin === '/process/selinuxLabel'),
    place(plan, ({ kind }) => kind === 'keyctl'),
    place(plan, ({ kind }) => kind === 'sethostname'),
    place(plan, ({ origin, kind }) => kind === 'write' && origin === '/process/apparmorProfile'),
    place(plan, ({ origin, kind }) => kind === 'write' && origin.startsWith('/linux/sysctl')),
    place(plan, ({ origin }) => origin.startsWith('/linux/maskedPaths')),
    place(plan, ({ origin }) => origin === '/process/noNewPrivileges'),
    place(plan, ({ kind }) => kind === 'execve'),
  ];
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test('nothing of procfs is opened when nothing is asked for, and no key is labelled without a keyring', () => {
  expect(procfsWrites(planOf({}))).toEqual([]);
  // The terminal's devpts is proven to be one, mounts ask it of their targets.
  const proven = calls(planOf({}), 'fstatfs').filter(({ origin }) => !/^\/(process\/terminal$|mounts\/)/.test(origin));
  expect(proven).toEqual([]);
  const process = { ...template.process, cwd: '/', selinuxLabel: 'a:b:c:s0' };
  expect(procfsWrites(planOf({ process }, { newKeyring: false }))).toEqual(['self/attr/exec: a:b:c:s0']);
});

test('a procfs that can not be mounted is replaced by the host\'s, which is proved to be one', () => {
  const plan = planOf({ linux: { ...template.linux, sysctl: { 'net.ipv4.ip_forward': '1' } } });
  const [proof] = calls(plan, 'fstatfs');
  expect(proof?.stage).toBe('stage0');
  const fsopen = calls(plan, 'fsopen').find(({ origin }) => origin === '/linux/sysctl');
  expect(fsopen?.on?.map(({ errno }) => errno)).toEqual([1]);
});

/** The context that each mount is made with, by its destination. */
function contexts(mounts: readonly Mount[], other: Partial<CreateInput> = {}): Record<string, string> {
  const plan = planOf({ mounts, linux: { ...template.linux, mountLabel: LABEL } }, other);
  const found: Record<string, string> = {};
  for (const { args, origin } of calls(plan, 'fsconfig')) {
    const [, , key, value] = args as [unknown, unknown, { text: string }, { text: string }];
    if (key.text === 'context') found[/^\/mounts\/(\d+)$/.exec(origin)?.[1] ?? origin] = value.text;
  }
  return found;
}

test('mountLabel goes to every new file system but those that have labels of their own, unquoted', () => {
  const mounts: Mount[] = [
    { destination: '/proc', type: 'proc' },
    { destination: '/dev', type: 'tmpfs', options: ['mode=755'] },
    { destination: '/dev/pts', type: 'devpts' },
    { destination: '/dev/mqueue', type: 'mqueue' },
    { destination: '/sys', type: 'sysfs' },
    { destination: '/sys/fs/cgroup', type: 'cgroup' },
    { destination: '/own', type: 'tmpfs', options: ['context="x:y:z:s0"'] },
    { destination: '/bound', type: 'bind', source: '/srv', options: ['bind'] },
    { destination: '/again', type: 'tmpfs', options: ['remount', 'size=1k'] },
  ];
  // Masked directories are covered by a file system, too.
  const expected = { 1: LABEL, 2: LABEL, 6: 'x:y:z:s0', '/linux/maskedPaths': LABEL };
  expect(contexts(mounts)).toEqual(expected);
  // v1: a tmpfs around the hierarchies.
  expect(contexts(mounts, { cgroups: hybrid })).toEqual({ ...expected, 5: LABEL });
});

test('mountLabel is the label of mqueue\'s root directory', () => {
  const mounts: Mount[] = [{ destination: '/dev/mqueue', type: 'mqueue' }];
  const plan = planOf({ mounts, linux: { ...template.linux, mountLabel: LABEL } });
  const labelled = calls(plan, 'setxattr').map(({ args }) => args);
  expect(labelled).toEqual([[{ text: '.' }, { text: 'security.selinux' }, { text: LABEL }, LABEL.length, 0]]);
});

test('mountLabel is quoted for mount(2), whose options commas separate', () => {
  const mounts: Mount[] = [{ destination: '/i', type: 'tmpfs', options: ['iversion', 'size=1k'] }];
  const plan = planOf({ mounts, linux: { ...template.linux, mountLabel: LABEL } });
  const byPath = calls(plan, 'mount').find(({ origin }) => origin === '/mounts/0');
  expect(byPath?.args[4]).toEqual({ text: `size=1k,context="${LABEL}"` });
});

test('labelProblems() names every label whose module is off or was not looked for', () => {
  const spec: Spec = {
    ...smallSpec,
    process: { cwd: '/', apparmorProfile: 'unconfined', selinuxLabel: 'a' },
    linux: { mountLabel: 'b' },
  };
  const because = (module: string): string => `can't be applied: ${module} is not enabled on this host`;
  expect(securityModules(spec)).toEqual(['apparmor', 'selinux']);
  expect(securityModules(smallSpec)).toEqual([]);
  expect(labelProblems(spec, { ...facts, selinux: false }).map((problem) => lineOf(problem))).toEqual([
    `config.json: /process/apparmorProfile: "unconfined" ${because('AppArmor')}`,
    `config.json: /process/selinuxLabel: "a" ${because('SELinux')}`,
    `config.json: /linux/mountLabel: "b" ${because('SELinux')}`,
  ]);
  expect(labelProblems(spec, { ...facts, apparmor: true, selinux: true })).toEqual([]);
  expect(labelProblems(smallSpec, facts)).toEqual([]);
});
