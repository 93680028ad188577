import { expect, test } from 'vitest';
import { configTemplate } from '../../../src/config/template.ts';
import type { Namespace, Spec } from '../../../src/config/types.ts';
import type { HostFacts } from '../../../src/host/facts.ts';
import * as L from '../../../src/linux/constants.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import type { CreateInput } from '../../../src/plan/create-draft.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import type { Call, Operation, Plan } from '../../../src/plan/operation.ts';
import { createInput, facts, hybrid, smallSpec, unified } from './create-input.ts';

const template = configTemplate({ rootless: false, uid: 0, gid: 0 });
const types: Namespace['type'][] = ['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'];
const mapping = [{ containerID: 0, hostID: 1000, size: 10 }];
const mappings = { uidMappings: mapping, gidMappings: mapping };

function isCall(operation: Operation, kind: string): operation is Call {
  return operation.kind === kind;
}

function calls(plan: Plan, kind: string): Call[] {
  return plan.operations.filter((operation) => isCall(operation, kind));
}

/** Every combination of namespaces that are absent, new or joined would be 3^8: these meet every pair. */
function namespaceSets(): Namespace[][] {
  const made = types.map((type) => ({ type }));
  const joined = types.map((type) => ({ type, path: `/ns/${type}` }));
  const sets: Namespace[][] = [[], made, joined];
  for (const one of types) {
    sets.push([{ type: one }], [{ type: one, path: '/ns/one' }]);
    for (const other of types) if (other !== one) sets.push([{ type: one }, { type: other, path: '/ns/other' }]);
  }
  return sets;
}

const user: HostFacts = { ...facts, effectiveUid: 1000, effectiveGid: 1000, capabilities: [] };
const nestedRoot: HostFacts = { ...facts, initialUserNamespace: false };

const hosts: [string, Partial<CreateInput>][] = [
  ['v2', { cgroups: unified }],
  ['hybrid', { cgroups: hybrid }],
  ['no cgroups', { cgroups: [] }],
  ['no pivot_root', { cgroups: unified, noPivot: true, kernelFileSystems: ['/sys', '/proc'] }],
  ['preserved descriptors', { cgroups: hybrid, preserveFds: 3 }],
  ['an ordinary user', { cgroups: [], inheritedCgroups: hybrid, facts: user }],
  ['root of a user namespace', { cgroups: [], inheritedCgroups: unified, facts: nestedRoot }],
];

test.each(hosts)('compileCreatePlan() makes sound plans on a host with %s', (_, other) => {
  for (const namespaces of namespaceSets()) {
    const spec: Partial<Spec> = { ...template, linux: { ...template.linux, ...mappings, namespaces } };
    const { plan } = compileCreatePlan(createInput(spec, other));
    expect(() => { checkPlan(plan); }, JSON.stringify(namespaces)).not.toThrow();
  }
});

test('compileCreatePlan() gives the same plan for the same input', () => {
  expect(compileCreatePlan(createInput(template))).toEqual(compileCreatePlan(createInput(template)));
});

test('compileCreatePlan() ends in exactly one execve, all before it in stage order', () => {
  const { plan } = compileCreatePlan(createInput(template));
  expect(calls(plan, 'execve')).toHaveLength(1);
  expect(plan.operations.at(-1)?.kind).toBe('execve');
  const stages = plan.operations.map(({ stage }) => stage);
  const order = ['stage0', 'init', 'start'];
  expect(stages).toEqual([...stages].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
});

test('compileCreatePlan() without a process can be created and fails at start', () => {
  const { process: _, ...withoutProcess } = smallSpec;
  const input = { ...createInput(), spec: withoutProcess };
  const { plan } = compileCreatePlan(input);
  expect(() => { checkPlan(plan); }).not.toThrow();
  expect(plan.operations.filter(({ stage }) => stage === 'start').map(({ kind }) => kind)).toEqual(['fail']);
});

test('compileCreatePlan() passes every new namespace to clone3 but time, cgroup and, in a user namespace, ipc', () => {
  const namespaces = types.map((type) => ({ type }));
  const { plan, waitsForMaps } = compileCreatePlan(createInput({ linux: { ...mappings, namespaces } }));
  const words = calls(plan, 'clone3')[0]?.args[0] as { words: number[] };
  const wanted = L.CLONE_PARENT + L.CLONE_INTO_CGROUP + L.CLONE_NEWPID + L.CLONE_NEWNET + L.CLONE_NEWNS
    + L.CLONE_NEWUTS + L.CLONE_NEWUSER;
  expect(words.words[0]).toBe(wanted);
  expect(calls(plan, 'unshare').map(({ stage, args }) => [stage, args[0]])).toEqual([
    ['stage0', L.CLONE_NEWTIME],
    ['init', L.CLONE_NEWIPC],
    ['init', L.CLONE_NEWCGROUP],
  ]);
  expect(waitsForMaps).toBe(true);
});

test('compileCreatePlan() joins other namespaces before the user namespace, and once more after it', () => {
  const namespaces: Namespace[] = [
    { type: 'network', path: '/ns/net' }, { type: 'user', path: '/ns/user' }, { type: 'mount' },
  ];
  const { plan, descriptors } = compileCreatePlan(createInput({ linux: { namespaces } }));
  expect(descriptors.joined.map(({ path }) => path)).toEqual(['/ns/user', '/ns/net']);
  const user = descriptors.firstNamespace;
  expect(calls(plan, 'setns').map(({ args }) => args)).toEqual([
    [user + 1, L.CLONE_NEWNET], [user, L.CLONE_NEWUSER], [user + 1, L.CLONE_NEWNET],
  ]);
});

test('compileCreatePlan() joins v1 hierarchies as a thread and the v2 one at birth', () => {
  const { plan } = compileCreatePlan(createInput({}, { cgroups: hybrid }));
  // Stage 0 opens, while the files can be reached, and the init writes: nothing that stage 0 does is charged.
  const joins = plan.operations.filter(({ origin }) => origin === '/linux/cgroupsPath');
  const opened = joins.filter(({ stage }) => stage === 'stage0') as Call[];
  expect(opened.map(({ kind, args }) => [kind, args[1]])).toEqual([
    ['openat', { text: '/sys/fs/cgroup/cpu,cpuacct/nunc/c1/tasks' }],
    ['openat', { text: '/sys/fs/cgroup/memory/nunc/c1/tasks' }],
  ]);
  const descriptors = opened.map(({ result }) => ({ slot: result }));
  const written = joins.filter(({ kind, stage }) => stage === 'init' && kind === 'write') as Call[];
  expect(written.map(({ args }) => args)).toEqual(descriptors.map((descriptor) => [descriptor, { text: '0' }, 1]));
  const [clone] = calls(plan, 'clone3');
  const [first] = (clone?.args[0] as { words: readonly number[] }).words;
  expect((first ?? 0) >= L.CLONE_INTO_CGROUP).toBe(true);
});

test('compileCreatePlan() clones sources in stage 0 for a user namespace, and cuts them off from the host', () => {
  const mounts = [{ destination: '/data', source: '/host/data', options: ['rbind'] }];
  const namespaces: Namespace[] = [{ type: 'user' }, { type: 'mount' }];
  const { plan } = compileCreatePlan(createInput({ mounts, linux: { ...mappings, namespaces } }));
  const clones = calls(plan, 'open_tree').filter(({ stage }) => stage === 'stage0');
  expect(clones.map(({ args }) => args[1])).toContainEqual({ text: '/host/data' });
  const propagations = calls(plan, 'mount_setattr').filter(({ stage }) => stage === 'stage0').length;
  expect(propagations).toBe(clones.length);
});

test('compileCreatePlan() waits for the network devices before it does anything that could be about them', () => {
  const namespaces: Namespace[] = [{ type: 'network' }, { type: 'mount' }];
  const linux = { namespaces, netDevices: { eth0: {} }, sysctl: { 'net.ipv4.conf.eth0.forwarding': '1' } };
  const hooks = { createRuntime: [{ path: '/bin/true' }] };
  const { plan, hasChannel } = compileCreatePlan(createInput({ linux, hooks }));
  const waits = plan.operations.findIndex(({ kind, origin }) => kind === 'read' && origin === '/linux/netDevices');
  expect(waits).toBeGreaterThan(plan.operations.findIndex(({ kind }) => kind === 'clone3'));
  for (const later of ['/linux/sysctl', '/hooks']) {
    const first = plan.operations.findIndex(({ stage, origin }) => stage === 'init' && origin.startsWith(later));
    expect(first).toBeGreaterThan(waits);
  }
  expect(hasChannel).toBe(false);
  const origins = compileCreatePlan(createInput({ linux: { namespaces, netDevices: {} } })).plan.operations;
  expect(origins.map(({ origin }) => origin)).not.toContain('/linux/netDevices');
});

test('compileCreatePlan() makes everything beyond the preserved descriptors close-on-exec, and nothing else', () => {
  const { plan, descriptors } = compileCreatePlan(createInput({}, { preserveFds: 2 }));
  expect(descriptors).toMatchObject({ firstOwn: 5, report: 5, gate: 6, cgroup: 7, end: 8 });
  expect(calls(plan, 'close_range').map(({ args }) => args)).toEqual([
    [8, L.CLOSE_RANGE_LAST, 0], [7, L.CLOSE_RANGE_LAST, 0], [5, L.CLOSE_RANGE_LAST, L.CLOSE_RANGE_CLOEXEC],
  ]);
});

test('compileCreatePlan() warns of capabilities that it can not give, and does not try', () => {
  const process = {
    ...smallSpec.process,
    cwd: '/',
    capabilities: {
      bounding: ['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_FUTURE'],
      effective: ['CAP_CHOWN', 'CAP_KILL'],
      permitted: ['CAP_CHOWN'],
      inheritable: ['CAP_CHOWN'],
      ambient: ['CAP_CHOWN', 'CAP_KILL'],
    },
  };
  const host = { ...facts, capabilities: ['CAP_CHOWN', 'CAP_KILL'] };
  const { plan, warnings } = compileCreatePlan(createInput({ process }, { facts: host }));
  expect(warnings).toEqual([
    {
      pointer: '/process/capabilities',
      text: 'cannot give all that is asked for: CAP_SYS_ADMIN, "CAP_FUTURE", CAP_KILL',
    },
  ]);
  const ambient = calls(plan, 'prctl').filter(({ args }) => args[0] === L.PR_CAP_AMBIENT);
  expect(ambient.map(({ args }) => args.slice(1, 3))).toEqual([
    [L.PR_CAP_AMBIENT_CLEAR_ALL, 0], [L.PR_CAP_AMBIENT_RAISE, 0],
  ]);
});

test('compileCreatePlan() mounts what fsconfig(2) can not express by mount(2)', () => {
  const lowerdir = `lowerdir=${'/layer:'.repeat(50)}/layer`;
  const mounts = [
    { destination: '/o', type: 'overlay', source: 'overlay', options: [lowerdir] },
    { destination: '/i', type: 'tmpfs', source: 'tmpfs', options: ['iversion', 'nosuid', 'ro'] },
  ];
  const { plan } = compileCreatePlan(createInput({ mounts }));
  const byPath = calls(plan, 'mount').filter(({ origin }) => origin.startsWith('/mounts/'));
  expect(byPath.map(({ args }) => args.slice(2))).toEqual([
    [{ text: 'overlay' }, 0, { text: lowerdir }],
    [{ text: 'tmpfs' }, L.MS_I_VERSION | L.MS_NOSUID | L.MS_RDONLY, { text: '' }],
  ]);
});

test('compileCreatePlan() never resolves a mount target by path', () => {
  const { plan } = compileCreatePlan(createInput(template, { cgroups: hybrid }));
  for (const { args } of calls(plan, 'move_mount')) {
    const target = args[3] as { text: string };
    // The one exception is the rootfs itself, over the host's "/", before anything of the container's can be in the
    // way.
    expect(['', '/']).toContain(target.text);
  }
  expect(calls(plan, 'move_mount').filter(({ args }) => (args[3] as { text: string }).text === '/')).toHaveLength(1);
});

const rootless = configTemplate({ rootless: true, uid: 1000, gid: 1000, cgroup2: true });

test('compileCreatePlan() of an ordinary user clones nothing before the init has its user namespace', () => {
  const { plan } = compileCreatePlan(createInput(rootless, { facts: user, cgroups: [], inheritedCgroups: unified }));
  const stageZero = plan.operations.filter(({ stage }) => stage === 'stage0').map(({ kind }) => kind);
  expect(stageZero).toEqual(['close_range', 'set', 'clone3', 'branch', 'write', 'exit_group']);
  const init = plan.operations.filter(({ stage }) => stage === 'init');
  const becomesRoot = init.findIndex(({ kind }) => kind === 'setresuid');
  const early = init.slice(0, becomesRoot).filter((operation) => isCall(operation, 'open_tree'));
  expect(early.map(({ args }) => (args[1] as { text: string }).text)).toEqual([
    '/bundle/rootfs', '/sys', '/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty',
  ]);
  expect(calls(plan, 'mknodat')).toEqual([]);
});

test('compileCreatePlan() of root in a user namespace clones from a mount namespace of its own', () => {
  const { plan } = compileCreatePlan(createInput(rootless, { facts: nestedRoot }));
  const kinds = plan.operations.map(({ kind }) => kind);
  expect(calls(plan, 'unshare')[0]).toMatchObject({ stage: 'stage0', args: [L.CLONE_NEWNS] });
  expect(kinds.indexOf('unshare')).toBeLessThan(kinds.indexOf('open_tree'));
});

test('compileCreatePlan() keeps an ordinary user\'s init untraceable where others are root already', () => {
  const dumpable = (namespaces: Namespace[], host: HostFacts): unknown[] => {
    const { plan } = compileCreatePlan(createInput({ linux: { ...mappings, namespaces } }, { facts: host }));
    return calls(plan, 'prctl').filter(({ args }) => args[0] === L.PR_SET_DUMPABLE).map(({ args }) => args[1]);
  };
  expect(dumpable([{ type: 'user' }, { type: 'mount' }], user)).toEqual([1, 1]);
  expect(dumpable([{ type: 'user', path: '/ns/user' }, { type: 'mount' }], user)).toEqual([0]);
  expect(dumpable([{ type: 'user', path: '/ns/user' }, { type: 'mount' }], facts)).toEqual([0]);
});

test('compileCreatePlan() makes what is not the container\'s of cgroups read-only', () => {
  const mounts = [{ destination: '/sys/fs/cgroup', type: 'cgroup', options: ['rw'] }];
  const readonly = (namespaces: Namespace[], other: Partial<CreateInput>): number => {
    const input = createInput({ mounts, linux: { ...mappings, namespaces } }, { facts: user, ...other });
    return calls(compileCreatePlan(input).plan, 'mount_setattr')
      .filter(({ origin, args }) => origin === '/mounts/0' && (args[3] as { words: number[] }).words[0] === 1).length;
  };
  const withCgroup: Namespace[] = [{ type: 'user' }, { type: 'mount' }, { type: 'cgroup' }];
  const without: Namespace[] = [{ type: 'user' }, { type: 'mount' }];
  expect(readonly(withCgroup, { cgroups: unified })).toBe(0);
  expect(readonly(without, { cgroups: unified })).toBe(1);
  expect(readonly(withCgroup, { cgroups: [], inheritedCgroups: unified })).toBe(1);
  expect(readonly(without, { cgroups: [], inheritedCgroups: hybrid })).toBe(2);
});

test('compileCreatePlan() makes devices anywhere, with the permissions of their mode alone', () => {
  const devices = [{ type: 'c', path: '/full', major: 1, minor: 7, fileMode: 0o100_640 }] as const;
  const { plan } = compileCreatePlan(createInput({ linux: { ...smallSpec.linux, devices } }));
  checkPlan(plan);
  const made = plan.operations.find(({ kind, origin }) => kind === 'mknodat' && origin === '/linux/devices/0');
  expect(made).toMatchObject({ args: [expect.anything(), { text: 'full' }, 0o020_640, 0x107] });
});
