// The configs of fuzzing: of the schema, of real ones, and crosses of both; most with a few places changed. Many have
// to be good ones, or nothing behind the checks would ever run.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configTemplate } from '../../../src/config/template.ts';
import type { Spec } from '../../../src/config/types.ts';
import { fullConfig } from '../../unit/config/configs.ts';
import { everything } from '../explained-config.ts';
import { mutate } from './mutate.ts';
import { type Random, randomFor } from './random.ts';
import { documentOf } from './schema-documents.ts';

/** Whose properties can be set. */
type Writable<Of> = { -readonly [Key in keyof Of]: Of[Key] };
type Draft = Writable<Spec>;

const root = join(import.meta.dirname, '../../..');

/** What managers write (docker's and podman's template is that of `spec`), and configs with everything in them. */
const REAL: readonly object[] = [
  ...['hello', 'shell', 'busybox'].map((name) => (
    JSON.parse(readFileSync(join(root, 'bundles', name, 'config.json'), 'utf8')) as object)),
  configTemplate({ rootless: false, uid: 0, gid: 0, cgroup2: true }),
  configTemplate({ rootless: true, uid: 1000, gid: 1000, cgroup2: false }),
  everything,
  fullConfig(),
];

/** The document of a case; the same for the same seed. */
export function configFor(seed: number, index: number): unknown {
  const random = randomFor(seed, index);
  const donor = documentOf('config.schema.json', random);
  const config = random.chance(50) ? structuredClone(random.pick(REAL)) : crossed(donor, random);
  if (!random.chance(10)) makeConsistent(config as Draft, random);
  const count = random.pick([0, 0, 0, 0, 1, 1, 1, 2, 3, 8]);
  mutate(config, donor, { random, count });
  return config;
}

/** A document of the schema, or a real one of which some sections are that one's. */
function crossed(donor: Record<string, unknown>, random: Random): object {
  if (random.chance(40)) return structuredClone(donor);
  const config: Record<string, unknown> = { ...structuredClone(random.pick(REAL)) };
  for (const [section, value] of Object.entries(donor)) {
    const own = config[section];
    const mixes = random.chance(50) && isObject(own) && isObject(value);
    if (random.chance(50)) config[section] = structuredClone(mixes ? { ...own, ...value } : value);
  }
  return config;
}

/** A document without what a compiled container can't have, as far as it can be told. */
export function standalone(document: unknown): unknown {
  if (!isObject(document)) return document;
  const { process, hooks: _hooks, ...rest } = document as Record<string, unknown>;
  const linux = { ...rest['linux'] as object, cgroupsPath: '/fuzz', intelRdt: undefined, netDevices: undefined };
  return { ...rest, linux, ...(isObject(process) ? { process: { ...process, terminal: false } } : {}) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Corrects what sections that were chosen apart from each other disagree in. */
function makeConsistent(config: Draft, random: Random): void {
  config.ociVersion = '1.3.0';
  config.root = { ...config.root, path: 'rootfs' };
  if (config.process !== undefined) fitProcess(config, random);
  const linux: Writable<NonNullable<Spec['linux']>> = { ...config.linux };
  config.linux = linux;
  const types = new Map((linux.namespaces ?? []).map((namespace) => [namespace.type, namespace]));
  const missing = ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'] as const;
  for (const type of missing) {
    if (random.chance(type === 'mount' ? 97 : 85)) types.set(type, types.get(type) ?? { type });
  }
  linux.namespaces = [...types.values()].map(({ type, path }) => (
    path !== undefined && type !== 'mount' && random.chance(20) ? { type, path } : { type }));
  fitMappings(config, linux, types.has('user'));
  fitDevices(linux, random);
  if (random.chance(70)) delete (config.process as Record<string, unknown> | undefined)?.['selinuxLabel'];
  if (!types.has('time')) delete linux.timeOffsets;
  if (!types.has('uts')) for (const key of ['hostname', 'domainname']) Reflect.deleteProperty(config, key);
  if (!types.has('network')) delete linux.netDevices;
  if (linux.seccomp !== undefined && random.chance(70)) fitSeccomp(linux.seccomp as unknown as Record<string, unknown>);
}

function pathOf(device: Record<string, unknown>): string {
  return String(device['path']).replace(/^\/(?:dev\/?)?$/, '/dev/x');
}

function fitDevices(linux: Record<string, unknown>, random: Random): void {
  const devices = (linux['devices'] ?? []) as Record<string, unknown>[];
  linux['devices'] = devices.map((device) => (
    { ...device, path: pathOf(device), major: random.below(300), minor: random.below(300) }));
  if (isObject(linux['personality'])) Reflect.deleteProperty(linux['personality'], 'flags');
  if (random.chance(70)) delete linux['mountLabel'];
  if (random.chance(60)) delete linux['memoryPolicy'];
  const resources = linux['resources'] as Record<string, object> | undefined;
  if (random.chance(70) && isObject(resources?.['cpu'])) Reflect.deleteProperty(resources['cpu'], 'burst');
  if (random.chance(80)) delete linux['intelRdt'];
}

function fitMappings(config: Draft, linux: Record<string, unknown>, hasUser: boolean): void {
  for (const key of ['uidMappings', 'gidMappings']) {
    if (hasUser) linux[key] = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    else Reflect.deleteProperty(linux, key);
  }
  if (!Array.isArray(config.mounts)) return;
  const mounts = config.mounts as readonly NonNullable<Spec['mounts']>[number][];
  config.mounts = mounts.map((mount) => {
    const { uidMappings, gidMappings, ...rest }: Writable<NonNullable<Spec['mounts']>[number]> = mount;
    if (rest.destination === '/') rest.destination = '/mnt';
    rest.source ??= 'tmpfs';
    const isMapped = (uidMappings ?? gidMappings) !== undefined && rest.type !== 'proc';
    const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    return isMapped ? { ...rest, uidMappings: mapping, gidMappings: mapping } : rest;
  });
}

function fitProcess(config: Draft, random: Random): void {
  const process = config.process as Writable<NonNullable<Spec['process']>>;
  if ((process.args ?? []).length === 0) process.args = ['/bin/true'];
  if (!process.cwd.startsWith('/')) process.cwd = '/';
  const user = { uid: random.below(2000), gid: random.below(2000) };
  if (process.user !== undefined && random.chance(80)) process.user = { ...process.user, ...user };
  const seen = new Set<string>();
  process.rlimits = (process.rlimits ?? []).filter(({ type }) => !seen.has(type) && seen.add(type))
    .map(({ type, soft, hard }) => ({ type, soft: Math.min(soft, hard), hard: Math.max(soft, hard) }));
  if (process.scheduler !== undefined && process.scheduler.policy !== 'SCHED_ISO') {
    const { policy } = process.scheduler;
    const isRealtime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
    const times = policy === 'SCHED_DEADLINE' ? { runtime: 1e6, deadline: 2e6, period: 2e6 } : {};
    process.scheduler = { policy, ...times, ...(isRealtime ? { priority: 5 } : {}) };
  }
}

function fitSeccomp(seccomp: Record<string, unknown>): void {
  const carries = ['SCMP_ACT_ERRNO', 'SCMP_ACT_TRACE'];
  if (!carries.includes(String(seccomp['defaultAction']))) delete seccomp['defaultErrnoRet'];
  if (seccomp['defaultAction'] === 'SCMP_ACT_NOTIFY') seccomp['defaultAction'] = 'SCMP_ACT_ALLOW';
  for (const rule of (seccomp['syscalls'] ?? []) as Record<string, unknown>[]) {
    if (!carries.includes(String(rule['action']))) delete rule['errnoRet'];
  }
}
