// Names of the numbers that system calls take, for people who read a plan: tables from the kernel's uapi headers, of
// each set what a container runtime may pass.

import { CAPABILITIES } from '../linux/capabilities.ts';
import { RLIMITS } from '../linux/limits.ts';
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from '../linux/policies.ts';

export type NameTable = Readonly<Record<string, number>>;

/** Sets whose values are combined with |. A value that contains another one comes first. */
export const FLAG_SETS = {
  open: {
    O_TMPFILE: 0o20200000, O_SYNC: 0o4010000, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 0o100, O_EXCL: 0o200, O_NOCTTY: 0o400,
    O_TRUNC: 0o1000, O_APPEND: 0o2000, O_NONBLOCK: 0o4000, O_DSYNC: 0o10000, O_DIRECT: 0o40000, O_LARGEFILE: 0o100000,
    O_DIRECTORY: 0o200000, O_NOFOLLOW: 0o400000, O_NOATIME: 0o1000000, O_PATH: 0o10000000, O_CLOEXEC: 0o2000000,
  },
  resolve: {
    RESOLVE_IN_ROOT: 0x10, RESOLVE_BENEATH: 0x08, RESOLVE_NO_SYMLINKS: 0x04, RESOLVE_NO_MAGICLINKS: 0x02,
    RESOLVE_NO_XDEV: 0x01, RESOLVE_CACHED: 0x20,
  },
  at: {
    AT_EMPTY_PATH: 0x1000, AT_SYMLINK_NOFOLLOW: 0x100, AT_SYMLINK_FOLLOW: 0x400, AT_NO_AUTOMOUNT: 0x800,
    AT_RECURSIVE: 0x8000, AT_STATX_FORCE_SYNC: 0x2000, AT_STATX_DONT_SYNC: 0x4000,
  },
  faccessat: { AT_EACCESS: 0x200, AT_EMPTY_PATH: 0x1000, AT_SYMLINK_NOFOLLOW: 0x100 },
  unlinkat: { AT_REMOVEDIR: 0x200 },
  open_tree: {
    OPEN_TREE_CLONE: 1, OPEN_TREE_CLOEXEC: 0o2000000, AT_RECURSIVE: 0x8000, AT_EMPTY_PATH: 0x1000,
    AT_SYMLINK_NOFOLLOW: 0x100, AT_NO_AUTOMOUNT: 0x800,
  },
  move_mount: {
    MOVE_MOUNT_F_SYMLINKS: 0x01, MOVE_MOUNT_F_AUTOMOUNTS: 0x02, MOVE_MOUNT_F_EMPTY_PATH: 0x04,
    MOVE_MOUNT_T_SYMLINKS: 0x10, MOVE_MOUNT_T_AUTOMOUNTS: 0x20, MOVE_MOUNT_T_EMPTY_PATH: 0x40,
    MOVE_MOUNT_SET_GROUP: 0x100, MOVE_MOUNT_BENEATH: 0x200,
  },
  fsopen: { FSOPEN_CLOEXEC: 1 },
  fsmount: { FSMOUNT_CLOEXEC: 1 },
  fspick: { FSPICK_CLOEXEC: 1, FSPICK_SYMLINK_NOFOLLOW: 2, FSPICK_NO_AUTOMOUNT: 4, FSPICK_EMPTY_PATH: 8 },
  mount_attr: {
    MOUNT_ATTR_RDONLY: 0x01, MOUNT_ATTR_NOSUID: 0x02, MOUNT_ATTR_NODEV: 0x04, MOUNT_ATTR_NOEXEC: 0x08,
    MOUNT_ATTR__ATIME: 0x70, MOUNT_ATTR_NOATIME: 0x10, MOUNT_ATTR_STRICTATIME: 0x20, MOUNT_ATTR_NODIRATIME: 0x80,
    MOUNT_ATTR_IDMAP: 0x10_0000, MOUNT_ATTR_NOSYMFOLLOW: 0x20_0000,
  },
  mount: {
    MS_RDONLY: 0x1, MS_NOSUID: 0x2, MS_NODEV: 0x4, MS_NOEXEC: 0x8, MS_SYNCHRONOUS: 0x10, MS_REMOUNT: 0x20,
    MS_MANDLOCK: 0x40, MS_DIRSYNC: 0x80, MS_NOSYMFOLLOW: 0x100, MS_NOATIME: 0x400, MS_NODIRATIME: 0x800,
    MS_BIND: 0x1000, MS_MOVE: 0x2000, MS_REC: 0x4000, MS_SILENT: 0x8000, MS_POSIXACL: 0x1_0000,
    MS_UNBINDABLE: 0x2_0000, MS_PRIVATE: 0x4_0000, MS_SLAVE: 0x8_0000, MS_SHARED: 0x10_0000, MS_RELATIME: 0x20_0000,
    MS_I_VERSION: 0x80_0000, MS_STRICTATIME: 0x100_0000, MS_LAZYTIME: 0x200_0000,
  },
  umount: { MNT_FORCE: 1, MNT_DETACH: 2, MNT_EXPIRE: 4, UMOUNT_NOFOLLOW: 8 },
  clone: {
    CLONE_NEWTIME: 0x80, CLONE_VM: 0x100, CLONE_FS: 0x200, CLONE_FILES: 0x400, CLONE_SIGHAND: 0x800,
    CLONE_PIDFD: 0x1000, CLONE_PTRACE: 0x2000, CLONE_VFORK: 0x4000, CLONE_PARENT: 0x8000, CLONE_THREAD: 0x1_0000,
    CLONE_NEWNS: 0x2_0000, CLONE_SYSVSEM: 0x4_0000, CLONE_SETTLS: 0x8_0000, CLONE_PARENT_SETTID: 0x10_0000,
    CLONE_CHILD_CLEARTID: 0x20_0000, CLONE_UNTRACED: 0x80_0000, CLONE_CHILD_SETTID: 0x100_0000,
    CLONE_NEWCGROUP: 0x200_0000, CLONE_NEWUTS: 0x400_0000, CLONE_NEWIPC: 0x800_0000, CLONE_NEWUSER: 0x1000_0000,
    CLONE_NEWPID: 0x2000_0000, CLONE_NEWNET: 0x4000_0000, CLONE_IO: 0x8000_0000,
    CLONE_CLEAR_SIGHAND: 0x1_0000_0000, CLONE_INTO_CGROUP: 0x2_0000_0000,
  },
  statx: {
    STATX_BASIC_STATS: 0x7ff, STATX_TYPE: 0x1, STATX_MODE: 0x2, STATX_NLINK: 0x4, STATX_UID: 0x8, STATX_GID: 0x10,
    STATX_ATIME: 0x20, STATX_MTIME: 0x40, STATX_CTIME: 0x80, STATX_INO: 0x100, STATX_SIZE: 0x200,
    STATX_BLOCKS: 0x400, STATX_BTIME: 0x800, STATX_MNT_ID: 0x1000,
  },
  close_range: { CLOSE_RANGE_UNSHARE: 2, CLOSE_RANGE_CLOEXEC: 4 },
  access: { R_OK: 4, W_OK: 2, X_OK: 1 },
  wait: { WNOHANG: 1, WUNTRACED: 2, WEXITED: 4, WCONTINUED: 8, WNOWAIT: 0x0100_0000, __WALL: 0x4000_0000 },
  seccomp: {
    SECCOMP_FILTER_FLAG_TSYNC: 1, SECCOMP_FILTER_FLAG_LOG: 2, SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
    SECCOMP_FILTER_FLAG_NEW_LISTENER: 8, SECCOMP_FILTER_FLAG_TSYNC_ESRCH: 16,
    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
  },
  mmap_protection: { PROT_READ: 1, PROT_WRITE: 2, PROT_EXEC: 4 },
  mmap: { MAP_SHARED: 1, MAP_PRIVATE: 2, MAP_FIXED: 0x10, MAP_ANONYMOUS: 0x20 },
  memfd: { MFD_CLOEXEC: 1, MFD_ALLOW_SEALING: 2, MFD_NOEXEC_SEAL: 8, MFD_EXEC: 16 },
  send: { MSG_CMSG_CLOEXEC: 0x4000_0000, MSG_NOSIGNAL: 0x4000, MSG_DONTWAIT: 0x40, MSG_PEEK: 2 },
  socket_type: { SOCK_CLOEXEC: 0o2000000, SOCK_NONBLOCK: 0o4000, SOCK_SEQPACKET: 5, SOCK_DGRAM: 2, SOCK_STREAM: 1 },
  memory_policy: MEMORY_POLICY_FLAGS,
  scheduler: SCHEDULER_FLAGS,
  rename: { RENAME_NOREPLACE: 1, RENAME_EXCHANGE: 2, RENAME_WHITEOUT: 4 },
} as const satisfies Readonly<Record<string, NameTable>>;

/** Sets of which a value is exactly one. */
export const ENUMERATIONS = {
  clock: { CLOCK_REALTIME: 0, CLOCK_MONOTONIC: 1, CLOCK_BOOTTIME: 7 },
  fsconfig: {
    FSCONFIG_SET_FLAG: 0, FSCONFIG_SET_STRING: 1, FSCONFIG_SET_BINARY: 2, FSCONFIG_SET_PATH: 3,
    FSCONFIG_SET_PATH_EMPTY: 4, FSCONFIG_SET_FD: 5, FSCONFIG_CMD_CREATE: 6, FSCONFIG_CMD_RECONFIGURE: 7,
    FSCONFIG_CMD_CREATE_EXCL: 8,
  },
  prctl: {
    PR_SET_PDEATHSIG: 1, PR_GET_PDEATHSIG: 2, PR_GET_DUMPABLE: 3, PR_SET_DUMPABLE: 4, PR_GET_KEEPCAPS: 7,
    PR_SET_KEEPCAPS: 8, PR_SET_NAME: 15, PR_SET_SECCOMP: 22, PR_CAPBSET_READ: 23, PR_CAPBSET_DROP: 24,
    PR_SET_SECUREBITS: 28, PR_SET_MM: 35, PR_SET_CHILD_SUBREAPER: 36, PR_SET_NO_NEW_PRIVS: 38, PR_CAP_AMBIENT: 47,
    PR_SET_IO_FLUSHER: 57, PR_SET_MEMORY_MERGE: 67,
  },
  ambient: {
    PR_CAP_AMBIENT_IS_SET: 1, PR_CAP_AMBIENT_RAISE: 2, PR_CAP_AMBIENT_LOWER: 3, PR_CAP_AMBIENT_CLEAR_ALL: 4,
  },
  capability: CAPABILITIES,
  limit: RLIMITS,
  fcntl: {
    F_DUPFD: 0, F_GETFD: 1, F_SETFD: 2, F_GETFL: 3, F_SETFL: 4, F_SETLK: 6, F_SETLKW: 7, F_DUPFD_CLOEXEC: 1030,
    F_SETPIPE_SZ: 1031, F_ADD_SEALS: 1033, F_GET_SEALS: 1034,
  },
  ioctl: {
    TIOCSCTTY: 0x540e, TIOCGPGRP: 0x540f, TIOCSPGRP: 0x5410, TIOCGWINSZ: 0x5413, TIOCSWINSZ: 0x5414, TIOCNOTTY: 0x5422,
    TIOCGPTN: 0x8004_5430, TIOCSPTLCK: 0x4004_5431, TIOCGPTPEER: 0x5441, TCGETS: 0x5401, TCSETS: 0x5402,
    FIOCLEX: 0x5451, SIOCGIFFLAGS: 0x8913, SIOCSIFFLAGS: 0x8914, NS_GET_USERNS: 0xb701, NS_GET_PARENT: 0xb702,
    NS_GET_NSTYPE: 0xb703,
  },
  signal: {
    SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9, SIGUSR1: 10,
    SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGSTKFLT: 16, SIGCHLD: 17, SIGCONT: 18,
    SIGSTOP: 19, SIGTSTP: 20, SIGTTIN: 21, SIGTTOU: 22, SIGURG: 23, SIGXCPU: 24, SIGXFSZ: 25, SIGVTALRM: 26,
    SIGPROF: 27, SIGWINCH: 28, SIGIO: 29, SIGPWR: 30, SIGSYS: 31,
  },
  keyctl: {
    KEYCTL_GET_KEYRING_ID: 0, KEYCTL_JOIN_SESSION_KEYRING: 1, KEYCTL_SETPERM: 5, KEYCTL_DESCRIBE: 6, KEYCTL_LINK: 8,
  },
  seccomp: { SECCOMP_SET_MODE_STRICT: 0, SECCOMP_SET_MODE_FILTER: 1, SECCOMP_GET_ACTION_AVAIL: 2 },
  seek: { SEEK_SET: 0, SEEK_CUR: 1, SEEK_END: 2 },
  id_type: { P_ALL: 0, P_PID: 1, P_PGID: 2, P_PIDFD: 3 },
  mask_how: { SIG_BLOCK: 0, SIG_UNBLOCK: 1, SIG_SETMASK: 2 },
  memory_policy: MEMORY_POLICY_MODES,
  scheduler: SCHEDULER_POLICIES,
  personality: { PER_LINUX: 0, PER_LINUX32: 8 },
  socket_family: { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16 },
  io_priority_who: { IOPRIO_WHO_PROCESS: 1, IOPRIO_WHO_PGRP: 2, IOPRIO_WHO_USER: 3 },
  priority_who: { PRIO_PROCESS: 0, PRIO_PGRP: 1, PRIO_USER: 2 },
  file_type: {
    S_IFSOCK: 0o140000, S_IFLNK: 0o120000, S_IFREG: 0o100000, S_IFBLK: 0o060000, S_IFDIR: 0o040000,
    S_IFCHR: 0o020000, S_IFIFO: 0o010000,
  },
  directory: { AT_FDCWD: -100 },
} as const satisfies Readonly<Record<string, NameTable>>;

export type FlagSet = keyof typeof FLAG_SETS;
export type Enumeration = keyof typeof ENUMERATIONS;

const ALL_64_BITS = 0xffff_ffff_ffff_ffffn;

/** A 64-bit integer as the kernel sees it. */
export function hexadecimal(value: number): string {
  return `0x${(BigInt(value) & ALL_64_BITS).toString(16)}`;
}

/** `O_RDWR|O_CLOEXEC`; bits without a name follow in hexadecimal; `0` for none. */
export function nameFlags(set: FlagSet, value: number): string {
  let rest = BigInt(value) & ALL_64_BITS;
  // The access mode of open(2) is a number, and reading has no bit.
  const names = set === 'open' && (value & 3) === 0 && (value & 0o10000000) === 0 ? ['O_RDONLY'] : [];
  for (const [name, number] of Object.entries(FLAG_SETS[set])) {
    const bits = BigInt(number);
    if ((rest & bits) !== bits) continue;
    names.push(name);
    rest &= ~bits;
  }
  if (rest !== 0n) names.push(`0x${rest.toString(16)}`);
  return names.length === 0 ? '0' : names.join('|');
}

/** The name of a number, or the number: in decimal when it is small. */
export function nameNumber(set: Enumeration, value: number): string {
  for (const [name, number] of Object.entries(ENUMERATIONS[set])) {
    if (number === value) return name;
  }
  return plainNumber(value);
}

/** Decimal when it is small or negative, hexadecimal else. */
export function plainNumber(value: number): string {
  return value > -0x1_0000 && value < 0x1_0000 ? String(value) : hexadecimal(value);
}

/** `0755`, `S_IFCHR|0666`. */
export function nameMode(value: number): string {
  const type = value & 0o170000;
  const bits = (value & ~0o170000).toString(8);
  const permissions = bits === '0' ? bits : `0${bits}`;
  return type === 0 ? permissions : `${nameNumber('file_type', type)}|${permissions}`;
}
