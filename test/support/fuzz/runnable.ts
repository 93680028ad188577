// Fuzzed configs that may really be run as root: whatever else they say, they stay in their bundle and in namespaces of
// their own.

import type { Random } from './random.ts';

type Json = Record<string, unknown>;

const FILE_SYSTEMS = ['tmpfs', 'proc', 'sysfs', 'mqueue', 'devpts', 'no-such-fs'];
const NAMESPACES = ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'] as const;
const PROGRAMS = [['/bin/true'], ['sh', '-c', 'exit 0'], ['true', ''], ['/bin/no-such-program']];

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of lists and objects that are what they should be; others are left for the schema. */
function each(value: unknown, change: (entry: Json) => Json): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((entry: unknown) => (isObject(entry) ? change(entry) : entry));
}

/** @param cgroup an absolute cgroupsPath */
export function confined(document: unknown, cgroup: string, random: Random): unknown {
  if (!isObject(document)) return document;
  const process = isObject(document['process']) ? document['process'] : {};
  const cwd = random.pick(['/', '/tmp', process['cwd'] ?? '/']);
  const labels = { apparmorProfile: undefined, selinuxLabel: undefined };
  const own = { args: random.pick(PROGRAMS), terminal: false, cwd, ...labels };
  return {
    ...document,
    hooks: undefined,
    root: { path: 'rootfs', readonly: random.chance(30) },
    annotations: {},
    mounts: each(document['mounts'], confineMount),
    process: { ...process, ...own },
    linux: confineLinux(isObject(document['linux']) ? document['linux'] : {}, cgroup),
  };
}

/** New file systems, and binds of the rootfs. */
function confineMount(mount: Json): Json {
  const { options } = mount;
  const isBind = Array.isArray(options) && options.some((option) => option === 'bind' || option === 'rbind');
  if (isBind) return { ...mount, source: 'rootfs' };
  return FILE_SYSTEMS.includes(String(mount['type'])) ? mount : { ...mount, type: 'tmpfs' };
}

function confineLinux(linux: Json, cgroup: string): Json {
  const hasUser = Array.isArray(linux['namespaces'])
    && linux['namespaces'].some((entry) => isObject(entry) && entry['type'] === 'user');
  const noAgent = { listenerPath: undefined, listenerMetadata: undefined };
  const seccomp = isObject(linux['seccomp']) ? { ...linux['seccomp'], ...noAgent } : undefined;
  const own = { unified: undefined, network: undefined };
  const resources = isObject(linux['resources']) ? { ...linux['resources'], ...own } : undefined;
  return {
    ...linux,
    namespaces: [...NAMESPACES, ...(hasUser ? ['user'] : [])].map((type) => ({ type })),
    cgroupsPath: cgroup,
    devices: each(linux['devices'], (device) => ({ ...device, major: 1, minor: 3 })),
    netDevices: undefined,
    intelRdt: undefined,
    timeOffsets: undefined,
    rootfsPropagation: undefined,
    mountLabel: undefined,
    resources,
    seccomp,
  };
}
