// What the planner must know about the host, as plain data: a plan can be compiled for a host that is not this one.

export type Architecture = 'x86_64' | 'aarch64';

/** One mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** Where it is mounted on the host, e.g. /sys/fs/cgroup/cpu. */
  readonly mountpoint: string;
  /** v1: its controllers, or `name=systemd`; v2: the controllers of cgroup.controllers. */
  readonly controllers: readonly string[];
}

/** v1: only v1 hierarchies; hybrid: v1 ones and a v2 tree beside them; v2: one v2 tree at /sys/fs/cgroup. */
export type CgroupMode = 'none' | 'v1' | 'hybrid' | 'v2';

export interface Limit {
  /** -1 is RLIM_INFINITY. */
  readonly soft: number;
  readonly hard: number;
}

export interface HostFacts {
  readonly architecture: Architecture;
  readonly kernel: { readonly major: number; readonly minor: number };
  readonly effectiveUid: number;
  readonly effectiveGid: number;
  /** Whether the runtime is in the host's own user namespace. */
  readonly initialUserNamespace: boolean;
  /** The names (CAP_…) that the runtime may hand on: its permitted and bounding sets' intersection. */
  readonly capabilities: readonly string[];
  /** The highest capability number that the kernel knows. */
  readonly lastCapability: number;
  /** By the names that rlimits[].type uses; RLIMIT_NOFILE's soft value as the runtime's caller had it. */
  readonly limits: Readonly<Record<string, Limit>>;
  readonly cgroupMode: CgroupMode;
  readonly hierarchies: readonly Hierarchy[];
  /** The kind of each bind mount's source, by absolute path. */
  readonly sources: Readonly<Record<string, 'directory' | 'file' | 'missing'>>;
  /** Whether these security modules are on; absent where the config asks for nothing of theirs. */
  readonly apparmor?: boolean;
  readonly selinux?: boolean;
  /** What is in those sources that are symbolic links and are not to be followed, by absolute path. */
  readonly links: Readonly<Record<string, string>>;
}
