import { expect, test } from 'vitest';
import type { CgroupPlacement } from '../../../src/cgroup/driver.ts';
import { planOwner } from '../../../src/cgroup/owner.ts';
import type { Mount, Namespace, Spec } from '../../../src/config/types.ts';
import { smallSpec } from '../plan/create-input.ts';

const placement: CgroupPlacement = {
  manager: 'cgroupfs',
  mode: 'v2',
  cgroupsPath: '/nunc/c1',
  cgroups: [{ version: 2, controllers: [], mountpoint: '/sys/fs/cgroup', path: '/sys/fs/cgroup/nunc/c1' }],
};

const writable: Mount = { type: 'cgroup', source: 'cgroup', destination: '/sys/fs/cgroup', options: ['nosuid', 'rw'] };

interface Case {
  readonly uid?: number;
  readonly mount?: Partial<Mount>;
  readonly namespaces?: readonly Namespace[];
  readonly mapped?: boolean;
  readonly place?: Partial<CgroupPlacement>;
}

function ownerOf({ uid, mount, namespaces = [{ type: 'cgroup' }], mapped = false, place }: Case): number | undefined {
  const mappings = [{ containerID: 0, hostID: 100_000, size: 1000 }, { containerID: 1000, hostID: 5000, size: 1 }];
  const spec: Spec = {
    ...smallSpec,
    process: { cwd: '/', ...(uid === undefined ? {} : { user: { uid, gid: 0 } }) },
    mounts: [{ destination: '/proc', type: 'proc' }, { ...writable, ...mount }],
    linux: { namespaces, ...(mapped ? { uidMappings: mappings } : {}) },
  };
  return planOwner(spec, { ...placement, ...place });
}

const user: Namespace[] = [{ type: 'cgroup' }, { type: 'user' }];
const joined: Namespace[] = [{ type: 'cgroup' }, { type: 'user', path: '/ns/user' }];

test.each<[string, Case, number | undefined]>([
  ['the user of the process', { uid: 7 }, 7],
  ['root where there is no user', {}, 0],
  ['what root is mapped to', { namespaces: user, mapped: true }, 100_000],
  ['what the user is mapped to', { uid: 1000, namespaces: user, mapped: true }, 5000],
  ['nobody for one that is not mapped', { uid: 1001, namespaces: user, mapped: true }, undefined],
  ['what the config says of a user namespace that is joined', { namespaces: joined, mapped: true }, 100_000],
  ['nobody in a user namespace of which nothing is said', { namespaces: joined }, undefined],
  ['nobody without a cgroup namespace', { namespaces: [] }, undefined],
  ['nobody in a joined cgroup namespace', { namespaces: [{ type: 'cgroup', path: '/ns/cgroup' }] }, undefined],
  ['nobody with v1', { place: { mode: 'v1' } }, undefined],
  ['nobody with v2 beside v1', { place: { mode: 'hybrid' } }, undefined],
  ['nobody without a cgroup of its own', { place: { cgroups: [] } }, undefined],
  ['nobody for a read-only mount', { mount: { options: ['ro'] } }, undefined],
  ['nobody for a mount that is read-only in the end', { mount: { options: ['rw', 'rro'] } }, undefined],
  ['the user for a mount that is writable in the end', { mount: { options: ['ro', 'rw'] } }, 0],
  ['the user for a mount without options', { mount: { options: [] } }, 0],
  ['the user for a destination with a slash at its end', { mount: { destination: '/sys/fs/cgroup/' } }, 0],
  ['nobody for a mount elsewhere', { mount: { destination: '/cgroup' } }, undefined],
  ['nobody for a mount of something else', { mount: { source: '/sys/fs/cgroup', type: 'bind' } }, undefined],
])('planOwner() gives the cgroup to %s', (_, given, expected) => {
  expect(ownerOf(given)).toBe(expected);
});
