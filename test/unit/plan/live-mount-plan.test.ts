import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Mount, Spec } from '../../../src/config/types.ts';
import type { HostFacts } from '../../../src/host/facts.ts';
import * as L from '../../../src/linux/constants.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileLiveMountPlan, type LiveMountPlan } from '../../../src/plan/live-mount-plan.ts';
import type { Call } from '../../../src/plan/operation.ts';
import { printPlan } from '../../../src/plan/print.ts';
import { createInput, facts } from './create-input.ts';

const golden = fileURLToPath(new URL('../../golden', import.meta.url));

const USER = L.CLONE_NEWUSER | L.CLONE_NEWNS;
const MAPS = [{ containerID: 0, hostID: 1000, size: 10 }];
const USER_NAMESPACE: Spec['linux'] = {
  namespaces: [{ type: 'mount' }, { type: 'user' }], uidMappings: MAPS, gidMappings: MAPS,
};
const MOUNTS: readonly Mount[] = [
  { destination: '/bound', source: '/source', options: ['rbind', 'ro'] },
  { destination: '/made', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'size=1m'] },
];

interface Case {
  readonly mounts?: readonly Mount[];
  readonly linux?: Spec['linux'];
  readonly namespaces?: number;
  readonly facts?: Partial<HostFacts>;
}

function compile({ mounts = MOUNTS, linux, namespaces = L.CLONE_NEWNS, facts: changes }: Case): LiveMountPlan {
  const spec = { mounts: [...mounts], ...(linux === undefined ? {} : { linux }) };
  const compiled = compileLiveMountPlan(createInput(spec, { facts: { ...facts, ...changes } }), namespaces);
  checkPlan(compiled.plan);
  return compiled;
}

function callsOf({ plan }: LiveMountPlan, kind: Call['kind']): Call[] {
  return plan.operations.filter((operation): operation is Call => operation.kind === kind);
}

const kindsOf = ({ plan }: LiveMountPlan): string[] => plan.operations.map(({ kind }) => kind);
const joinsOf = (compiled: LiveMountPlan): unknown[] => callsOf(compiled, 'setns').map(({ args }) => args[1]);

test.each<[string, Case]>([
  ['live-mounts', {}], ['live-mounts-user-namespace', { linux: USER_NAMESPACE, namespaces: USER }],
])('compileLiveMountPlan() of %s', async (name, given) => {
  await expect(printPlan(compile(given).plan)).toMatchFileSnapshot(`${golden}/${name}.plan`);
});

test('compileLiveMountPlan() takes everything from the host before it joins the mount namespace', () => {
  for (const given of [{}, { linux: USER_NAMESPACE, namespaces: USER }]) {
    const kinds = kindsOf(compile(given));
    const joined = kinds.lastIndexOf('setns');
    for (const kind of ['open_tree', 'fsopen', 'fsmount']) expect(kinds.lastIndexOf(kind)).toBeLessThan(joined);
    for (const kind of ['openat2', 'move_mount', 'mkdirat']) expect(kinds.indexOf(kind)).toBeGreaterThan(joined);
  }
});

test('compileLiveMountPlan() tells of each mount before it attaches it', () => {
  const kinds = kindsOf(compile({}));
  expect(kinds.filter((kind) => kind === 'sendmsg' || kind === 'move_mount'))
    .toEqual(['sendmsg', 'move_mount', 'sendmsg', 'move_mount']);
});

test('compileLiveMountPlan() makes a mount read-only by the descriptor that it has kept', () => {
  const compiled = compile({});
  const [kept] = callsOf(compiled, 'dup');
  const last = callsOf(compiled, 'mount_setattr').at(-1);
  expect(last?.args[0]).toEqual({ slot: kept?.result });
  expect(last?.args[3]).toEqual({ words: [L.MOUNT_ATTR_RDONLY, 0, 0, 0] });
  expect(kindsOf(compiled).lastIndexOf('mount_setattr')).toBeGreaterThan(kindsOf(compiled).lastIndexOf('move_mount'));
});

test('compileLiveMountPlan() joins no pid namespace, and the ipc namespace only for an mqueue', () => {
  const namespaces = L.CLONE_NEWNS | L.CLONE_NEWPID | L.CLONE_NEWIPC | L.CLONE_NEWNET | L.CLONE_NEWUTS;
  expect(joinsOf(compile({ namespaces }))).toEqual([L.CLONE_NEWNS]);
  const mounts = [{ destination: '/q', type: 'mqueue', source: 'mqueue' }];
  expect(joinsOf(compile({ namespaces, mounts }))).toEqual([L.CLONE_NEWIPC, L.CLONE_NEWIPC, L.CLONE_NEWNS]);
  expect(joinsOf(compile({ mounts }))).toEqual([L.CLONE_NEWNS]);
});

test('compileLiveMountPlan() clones in the container\'s user namespace, and before on the host if it may', () => {
  const given = { linux: USER_NAMESPACE, namespaces: USER };
  const sources = (compiled: LiveMountPlan): [string, unknown][] => {
    const kinds = compiled.plan.operations.filter(({ kind }) => ['setns', 'unshare', 'open_tree'].includes(kind));
    return kinds.map((operation) => [operation.kind, (operation as Call).tolerate]);
  };
  const all = expect.any(Array) as unknown;
  expect(sources(compile(given))).toEqual([
    ['open_tree', undefined], ['setns', undefined], ['unshare', undefined], ['open_tree', all], ['setns', undefined],
  ]);
  const ordinary = { effectiveUid: 1000, effectiveGid: 1000, capabilities: [] };
  expect(sources(compile({ ...given, facts: ordinary }))).toEqual([
    ['setns', undefined], ['unshare', undefined], ['open_tree', undefined], ['setns', undefined],
  ]);
  const nested = { initialUserNamespace: false };
  expect(sources(compile({ facts: nested }))).toEqual([
    ['unshare', undefined], ['open_tree', undefined], ['setns', undefined],
  ]);
});

test('compileLiveMountPlan() maps ids by namespaces of its own or by the one that the container has joined', () => {
  const mounts = [{ destination: '/m', source: '/s', options: ['bind', 'idmap'] }];
  const mappedBy = (compiled: LiveMountPlan): unknown[] => callsOf(compiled, 'mount_setattr')
    .map(({ args }) => (args[3] as { words: number[] }).words)
    .filter(([set]) => set === L.MOUNT_ATTR_IDMAP)
    .map((words) => words[3]);
  const own = compile({ mounts, linux: USER_NAMESPACE, namespaces: USER });
  expect(own.descriptors.idMaps).toHaveLength(1);
  expect(mappedBy(own)).toEqual([own.descriptors.firstIdMap]);
  const joined = compile({ mounts, linux: { namespaces: [{ type: 'user', path: '/u' }] }, namespaces: USER });
  expect(joined.descriptors.idMaps).toEqual([]);
  expect(mappedBy(joined)).toEqual([joined.descriptors.firstNamespace]);
  const { init, root, end } = joined.descriptors;
  expect([init, root, end]).toEqual([7, 8, 9]);
});

test('compileLiveMountPlan() asks the runtime for targets only the second time', () => {
  expect(compile({}).targets).toEqual([]);
  const input = createInput({ mounts: [...MOUNTS] }, { runtimeMakesTargets: true });
  const { plan, targets } = compileLiveMountPlan(input, L.CLONE_NEWNS);
  checkPlan(plan);
  expect(targets).toMatchObject([{ components: ['bound'], kind: 'directory' }, { components: ['made'] }]);
});
