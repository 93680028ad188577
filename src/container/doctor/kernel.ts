// The kernel: its version, what it lacks because of that, the calls that nunc can't do without.

import { fileCall, nameOf } from '../../ffi/file-calls.ts';
import type { Ffi } from '../../ffi/port.ts';
import type { HostFacts } from '../../host/facts.ts';
import { errno, errnoMessage } from '../../linux/errno.ts';
import { type Diagnosis, fail, type Files, info, ok, warn } from './diagnosis.ts';

type Facts = Pick<HostFacts, 'kernel' | 'architecture' | 'capabilities'>;

/** What configs can ask for, by the first kernel that has it. */
const SINCE: readonly (readonly [major: number, minor: number, what: string])[] = [
  [5, 19, 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
  [5, 19, 'id-mapped overlayfs'],
  [6, 3, 'id-mapped tmpfs'],
  [6, 4, 'tmpfs with noswap'],
  [6, 9, 'MPOL_WEIGHTED_INTERLEAVE'],
];

export function diagnoseKernel({ kernel: { major, minor }, architecture }: Facts): Diagnosis[] {
  const name = `Linux ${major}.${minor} on ${architecture}`;
  const isOlder = (thanMajor: number, thanMinor: number): boolean => (
    major < thanMajor || (major === thanMajor && minor < thanMinor));
  if (isOlder(5, 15)) return [fail('kernel', `${name}: nunc needs 5.15 or newer`, 'boot a newer kernel')];
  const lacking = SINCE.filter(([since, andMinor]) => isOlder(since, andMinor))
    .map(([since, andMinor, what]) => `${what} (${since}.${andMinor})`);
  if (lacking.length === 0) return [ok('kernel', name)];
  return [info('kernel', `${name}: without ${lacking.join(', ')}`, 'a newer kernel, where these are needed')];
}

/** Calls with arguments that no kernel takes: another answer than EINVAL and the like means that the call is not there,
 * or that somebody forbids it. */
function answers(ffi: Ffi): readonly (readonly [name: string, result: number])[] {
  const nothing = new Uint8Array(0);
  const empty = nameOf('');
  return [
    ['clone3', fileCall(ffi, 'clone3', nothing, 0)],
    ['openat2', fileCall(ffi, 'openat2', -1, empty, nothing, 0)],
    ['close_range', fileCall(ffi, 'close_range', 1, 0, 0)],
    ['pidfd_open', fileCall(ffi, 'pidfd_open', -1, 0)],
    ['open_tree', fileCall(ffi, 'open_tree', -1, empty, 0x4000_0000)],
    ['mount_setattr', fileCall(ffi, 'mount_setattr', -1, empty, 0x4000_0000, nothing, 0)],
    ['statx', fileCall(ffi, 'statx', -1, empty, 0x6000, 0, nothing)],
  ];
}

export function diagnoseCalls(ffi: Ffi): Diagnosis[] {
  const blocked = answers(ffi).filter(([, result]) => result === -errno.ENOSYS || result === -errno.EPERM);
  if (blocked.length === 0) return [ok('system-calls', 'the system calls that containers are made with are there')];
  const names = blocked.map(([name, result]) => `${name} (${errnoMessage(-result)})`).join(', ');
  return [fail('system-calls', `not to be had: ${names}`,
    'if nunc runs in a container, its seccomp profile forbids them: take a newer one, or --security-opt '
      + 'seccomp=unconfined')];
}

const WANTED_ACTIONS = ['kill_process', 'kill_thread', 'trap', 'errno', 'user_notif', 'trace', 'log', 'allow'];

export function diagnoseSeccomp(files: Files): Diagnosis[] {
  const actions = files.read('/proc/sys/kernel/seccomp/actions_avail')?.trim().split(' ');
  if (actions === undefined) {
    return [warn('seccomp', 'this kernel has no seccomp filters: a config with /linux/seccomp is refused',
      'a kernel with CONFIG_SECCOMP_FILTER')];
  }
  const missing = WANTED_ACTIONS.filter((action) => !actions.includes(action));
  if (missing.length > 0) return [warn('seccomp', `the kernel has no ${missing.join(', ')}`, 'a newer kernel')];
  const filters = /^Seccomp:\s*2$/m.test(files.read('/proc/self/status') ?? '');
  return [filters ? info('seccomp', 'filters can be loaded; nunc itself runs under one, as in a container')
    : ok('seccomp', 'filters can be loaded, with every action')];
}

/** The kernel's own list, and whether what configs can ask for is on. */
export function diagnoseModules(
  files: Files,
  on: { readonly apparmor: boolean; readonly selinux: boolean },
): Diagnosis[] {
  const list = files.read('/sys/kernel/security/lsm')?.trim().replaceAll(',', ', ');
  const active = list === undefined ? '' : `; active modules: ${list}`;
  const words = (['apparmor', 'selinux'] as const).map((module) => {
    const title = module === 'apparmor' ? 'AppArmor' : 'SELinux';
    return `${title} is ${on[module] ? 'on' : 'off'}`;
  });
  const none = !on.apparmor && !on.selinux;
  const refused = none ? ': configs with apparmorProfile, selinuxLabel or mountLabel are refused' : '';
  return [info('security-modules', `${words.join(', ')}${refused}${active}`)];
}
