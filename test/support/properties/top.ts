// The top of config.json: root, mounts, names, annotations, and what is not Linux's.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Bundle, BundleSpec } from '../bundle.ts';
import { stateOf } from '../lifecycle.ts';
import { type Property, TOO_NEW } from './property.ts';

/** Another platform's section: unknown to runtimes for Linux, and ignored. */
function foreign(name: string): Property {
  return {
    names: [name],
    set: (spec) => void Object.assign(spec, { [name]: { hypervisor: { path: '/nonexistent' } } }),
    inside: ['echo ignored', 'ignored'],
  };
}

/** A directory of the bundle with a file, owned by the host's root. */
function makeSource({ directory }: Bundle): void {
  mkdirSync(join(directory, 'source'));
  writeFileSync(join(directory, 'source/file'), 'content\n');
}

const addMount = (mount: BundleSpec['mounts'][number]) => (spec: BundleSpec, bundle: Bundle): void => {
  if (mount.source === 'source') makeSource(bundle);
  spec.mounts.push(structuredClone(mount));
};

const MAPPING = [{ containerID: 0, hostID: 4321, size: 10 }];

export const topProperties: readonly Property[] = [
  {
    names: ['ociVersion'],
    set: (spec) => void (spec.ociVersion = '1.0.2'),
    // What `state` prints is the version of the state, which with runc is another one.
    inside: ['echo runs', 'runs'],
  },
  {
    names: ['root.path'],
    set: (spec, { rootfs, directory }) => {
      renameSync(rootfs, join(directory, 'another'));
      writeFileSync(join(directory, 'another/mark'), 'here\n');
      spec.root.path = 'another';
    },
    inside: ['cat /mark', 'here'],
  },
  {
    names: ['root.readonly'],
    set: (spec) => void (spec.root.readonly = true),
    inside: ['touch /file 2>&1', 'touch: /file: Read-only file system'],
    outside: (pid) => expect(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')).toMatch(/ \/ ro,.* - /),
  },
  {
    names: ['mounts[].destination', 'mounts[].type'],
    set: addMount({ destination: '/made/for/it', type: 'ramfs', source: 'name' }),
    inside: ["grep -o '/made/for/it .*' /proc/self/mountinfo", /^\/made\/for\/it rw,relatime .*- ramfs name /],
    outside: (pid) => expect(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')).toMatch(/ \/made\/for\/it .* - ramfs name /),
  },
  {
    names: ['mounts[].source'],
    set: addMount({ destination: '/made', source: 'source', options: ['rbind'] }),
    inside: ['cat /made/file', 'content'],
  },
  {
    names: ['mounts[].options[]'],
    set: addMount({
      destination: '/made', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'nosuid', 'nodev', 'noexec', 'size=64k'],
    }),
    inside: ["grep ' /made ' /proc/self/mounts", /^tmpfs \/made tmpfs ro,nosuid,nodev,noexec,relatime,size=64k/],
  },
  {
    names: ['uidMappings', 'gidMappings'].flatMap((name) =>
      ['containerID', 'hostID', 'size'].map((key) => `mounts[].${name}[].${key}`)),
    set: addMount({
      destination: '/made', source: 'source', options: ['bind', 'idmap'], uidMappings: MAPPING, gidMappings: MAPPING,
    }),
    inside: ['stat -c %u:%g /made/file', '4321:4321'],
    notInRunc: TOO_NEW,
  },
  {
    names: ['hostname'],
    set: (spec) => void (spec.hostname = 'a-name'),
    inside: ['hostname; cat /proc/sys/kernel/hostname', 'a-name\na-name'],
    outside: (pid) => {
      const answer = execFileSync('nsenter', ['--target', String(pid), '--uts', 'hostname'], { encoding: 'utf8' });
      expect(answer).toBe('a-name\n');
    },
  },
  {
    names: ['domainname'],
    set: (spec) => void (spec.domainname = 'a.domain'),
    inside: ['cat /proc/sys/kernel/domainname', 'a.domain'],
    notInRunc: TOO_NEW,
  },
  {
    names: ['annotations.*'],
    set: (spec) => void (spec.annotations = { 'org.example.one': 'two', empty: '' }),
    outside: async (_, { id }) => {
      expect(await stateOf(id)).toMatchObject({ annotations: { 'org.example.one': 'two', empty: '' } });
    },
  },
  ...['windows', 'solaris', 'freebsd', 'zos', 'vm'].map(foreign),
];
