// Mappings and namespace paths that are longer than a message holds (class 6), and rights that a container could have
// by a capability that is inheritable (class 7).

import { execFileSync } from 'node:child_process';
import { copyFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { runOnce } from '../support/attacks/hostile.ts';
import { type Bundle, type BundleSpec, writeConfig } from '../support/bundle.ts';

/** What is mapped where by `count` entries of the same length; more than the kernel takes, which is 340. */
function mappings(count: number): { containerID: number; hostID: number; size: number }[] {
  return Array.from({ length: count }, (_, index) => (
    { containerID: 100_000 + index, hostID: 200_000 + index, size: 1 }
  ));
}

const NAMESPACES = ['user', 'net', 'pid', 'uts', 'mnt', 'ipc'] as const;

/** What a container shows of its namespaces, in lines. */
async function namespacesOf(target: Target, bundle: Bundle): Promise<string> {
  const script = NAMESPACES.map((name) => `echo ${name} $(readlink /proc/self/ns/${name})`).join('; ');
  bundle.spec.process.args = ['sh', '-c', script];
  writeConfig(bundle);
  return runOnce(target, bundle);
}

/** A container that runs in a namespace of the host's has what the message was to keep from it. */
function sharedIn(shown: string, own: readonly (typeof NAMESPACES)[number][]): string[] {
  const shared = own.filter((name) => shown.includes(`${name} ${readlinkSync(`/proc/self/ns/${name}`)}\n`));
  return shared.map((name) => `runs in the ${name} namespace of the host`);
}

/** CVE-2021-43784: 65536 bytes of mappings were none, and what followed was the attacker's to say. */
async function longMappings(target: Target): Promise<string[]> {
  const gains: string[] = [];
  // Below, at and beyond 64 KiB and twice that, as text: an entry has 16 bytes.
  for (const count of [4000, 4095, 4096, 4097, 8192, 20_000]) {
    const bundle = target.bundle({
      mutate: (spec) => {
        spec.linux.namespaces?.push({ type: 'user' });
        spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }, ...mappings(count)];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      },
    });
    const shown = await namespacesOf(target, bundle);
    gains.push(...sharedIn(shown, NAMESPACES));
    if (shown !== '') gains.push(`runs with others than its ${count} mappings, which the kernel does not take`);
  }
  return gains;
}

async function longPaths(target: Target): Promise<string[]> {
  const gains: string[] = [];
  const change = (path: string) => (spec: BundleSpec): void => {
    for (const namespace of spec.linux.namespaces ?? []) if (namespace.type === 'network') namespace.path = path;
  };
  // A path that is one of the host's when it is cut off, or when its length is taken modulo 65536.
  const host = '/proc/self/ns/net';
  const slashes = '/'.repeat(65_536);
  for (const path of [`${host}${slashes}`, `${slashes}${host}`, `${'/.'.repeat(40_000)}${host}`]) {
    const shown = await namespacesOf(target, target.bundle({ mutate: change(path) }));
    gains.push(...sharedIn(shown, ['pid', 'uts', 'mnt', 'ipc', 'net']));
  }
  return gains;
}

attackTests(6, { attacks: { 'of ids': longMappings, 'of namespaces': longPaths } });

const NOBODY = 1000;

/** A container whose image has a program with an inheritable capability; its user has none. */
function inheriting(target: Target, args: readonly string[]): Bundle {
  const bundle = target.bundle({
    args,
    mutate: (spec) => {
      spec.process.user = { uid: NOBODY, gid: NOBODY };
      spec.process.noNewPrivileges = false;
      spec.process.capabilities = { bounding: ['CAP_NET_RAW', 'CAP_SYS_ADMIN'] };
    },
  });
  const program = join(bundle.rootfs, 'bin/busybox-inheriting');
  copyFileSync(join(bundle.rootfs, 'bin/busybox'), program);
  execFileSync('setcap', ['cap_net_raw,cap_sys_admin+ei', program]);
  return bundle;
}

/** The program says its own rights: by its name it is a busybox that takes the applet from its first argument. */
const SAY = ['/bin/busybox-inheriting', 'grep', '-E', '^Cap(Inh|Prm|Eff|Amb)', '/proc/self/status'];

function rights(shown: string, way: string): string[] {
  if (!shown.includes('CapInh')) return [`${way}: nothing was shown`];
  const lines = shown.split('\n').filter((line) => line.startsWith('Cap') && !/\t0+$/.test(line));
  return lines.map((line) => `${way}: ${line}`);
}

async function startWithFile(target: Target): Promise<string[]> {
  return rights(await runOnce(target, inheriting(target, SAY)), 'run');
}

async function execWithFile(target: Target): Promise<string[]> {
  const bundle = inheriting(target, ['sleep', '1000']);
  await target.run(['run', '--detach', '--bundle', bundle.directory, bundle.id]);
  const gains = rights((await target.run(['exec', bundle.id, ...SAY])).stdout, 'exec');
  // What is given on purpose is not to be handed on to programs of the image.
  const given = await target.run(['exec', '--cap', 'CAP_NET_RAW', bundle.id, 'grep', 'CapInh', '/proc/self/status']);
  return [...gains, ...rights(given.stdout, 'exec --cap')];
}

attackTests(7, { needs: ['setcap'], attacks: {
  'by the first process': startWithFile,
  'by a process that joins': execWithFile,
} });
