// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.

/** A bundle's config.json, runtime-spec 1.3, for Linux. */
export interface Spec {
  /** Version of the runtime-spec that the bundle was written for (SemVer 2.0.0). */
  readonly ociVersion: string;
  readonly root?: Root;
  /** Mounted in this order. */
  readonly mounts?: readonly Mount[];
  /** Needed by start, not by create. */
  readonly process?: Process;
  /** Of the container's UTS namespace. */
  readonly hostname?: string;
  /** NIS domain name of the container's UTS namespace. */
  readonly domainname?: string;
  readonly hooks?: Hooks;
  /** Metadata, given back by the state command. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: Linux;
  /** Another platform's: ignored. */
  readonly windows?: unknown;
  /** Another platform's: ignored. */
  readonly solaris?: unknown;
  /** Another platform's: ignored. */
  readonly freebsd?: unknown;
  /** Another platform's: ignored. */
  readonly zos?: unknown;
  /** For runtimes that start virtual machines: ignored. */
  readonly vm?: unknown;
}

export interface Root {
  /** Directory of the root file system; a relative path starts at the bundle. */
  readonly path: string;
  readonly readonly?: boolean;
}

export interface Mount {
  /** Path in the container. */
  readonly destination: string;
  /** File system type; without meaning for a bind mount. */
  readonly type?: string;
  /** Device or dummy name; for a bind mount a path, a relative one starting at the bundle. */
  readonly source?: string;
  /** As of mount(8) and of the specification's tables; others go to the file system. */
  readonly options?: readonly string[];
  /** Of the mount's owners; needs gidMappings too. */
  readonly uidMappings?: readonly IdMapping[];
  /** Of the mount's groups; needs uidMappings too. */
  readonly gidMappings?: readonly IdMapping[];
}

export interface Hooks {
  /** Deprecated: as createRuntime, before it. */
  readonly prestart?: readonly Hook[];
  /** Run at create, in the runtime's namespaces, when the container's exist. */
  readonly createRuntime?: readonly Hook[];
  /** Run at create, in the container's namespaces, before pivot_root. */
  readonly createContainer?: readonly Hook[];
  /** Run at start, inside the container, before the user's program. */
  readonly startContainer?: readonly Hook[];
  /** Run at start, in the runtime's namespaces, after the user's program was started. */
  readonly poststart?: readonly Hook[];
  /** Run at delete, in the runtime's namespaces, when the container is gone. */
  readonly poststop?: readonly Hook[];
}

export interface Hook {
  /** Absolute path of the program. */
  readonly path: string;
  /** The program's argv, its name included. */
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

/** What the features command prints: what the runtime knows, whatever the host can do. Absent is unknown, not unsupported. */
export interface Features {
  readonly ociVersionMin: string;
  readonly ociVersionMax: string;
  readonly hooks?: readonly string[];
  readonly mountOptions?: readonly string[];
  readonly linux?: LinuxFeatures;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Keys of config.json's annotations that change the runtime's behaviour; one that ends in a dot is a prefix. */
  readonly potentiallyUnsafeConfigAnnotations?: readonly string[];
}

export interface LinuxFeatures {
  readonly namespaces?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly cgroup?: CgroupFeatures;
  readonly seccomp?: SeccompFeatures;
  readonly apparmor?: FeatureSwitch;
  readonly selinux?: FeatureSwitch;
  readonly intelRdt?: IntelRdtFeatures;
  readonly memoryPolicy?: MemoryPolicyFeatures;
  readonly mountExtensions?: MountExtensionFeatures;
  readonly netDevices?: FeatureSwitch;
}

export interface FeatureSwitch {
  readonly enabled?: boolean;
}

export interface CgroupFeatures {
  readonly v1?: boolean;
  readonly v2?: boolean;
  readonly systemd?: boolean;
  readonly systemdUser?: boolean;
  readonly rdma?: boolean;
}

export interface SeccompFeatures {
  readonly enabled?: boolean;
  readonly actions?: readonly string[];
  readonly operators?: readonly string[];
  readonly archs?: readonly string[];
  readonly knownFlags?: readonly string[];
  /** Those that this kernel knows: the one field that speaks of the host. */
  readonly supportedFlags?: readonly string[];
}

export interface IntelRdtFeatures {
  readonly enabled?: boolean;
  readonly schemata?: boolean;
  readonly monitoring?: boolean;
}

export interface MemoryPolicyFeatures {
  readonly modes?: readonly string[];
  readonly flags?: readonly string[];
}

export interface MountExtensionFeatures {
  readonly idmap?: FeatureSwitch;
}

/** What a host says of itself (features --host), for explain to plan for it elsewhere. */
export interface ToldFacts {
  readonly architecture: HostArchitecture;
  readonly kernel: KernelVersion;
  readonly effectiveUid: number;
  readonly effectiveGid: number;
  /** Whether the runtime is in the host's own user namespace. */
  readonly initialUserNamespace: boolean;
  /** The names of those that the runtime may hand on. */
  readonly capabilities: readonly string[];
  /** The highest number that the kernel knows. */
  readonly lastCapability: number;
  /** By the names that rlimits[].type uses. */
  readonly limits: Readonly<Record<string, HostLimit>>;
  readonly cgroupMode: HostCgroupMode;
  readonly hierarchies: readonly HostHierarchy[];
  /** Whether it is on. */
  readonly apparmor?: boolean;
  /** Whether it is on. */
  readonly selinux?: boolean;
  /** What the sources of bind mounts are, by absolute path; what is not told is taken for granted. */
  readonly sources?: Readonly<Record<string, SourceKind>>;
  /** What is in those sources that are symbolic links, by absolute path. */
  readonly links?: Readonly<Record<string, string>>;
}

export const HOST_ARCHITECTURE_WORDS = [
  'x86_64',
  'aarch64',
] as const;

export type HostArchitecture = (typeof HOST_ARCHITECTURE_WORDS)[number];

export const HOST_CGROUP_MODE_WORDS = [
  'none',
  'v1',
  'hybrid',
  'v2',
] as const;

export type HostCgroupMode = (typeof HOST_CGROUP_MODE_WORDS)[number];

export const SOURCE_KIND_WORDS = [
  'directory',
  'file',
  'missing',
] as const;

export type SourceKind = (typeof SOURCE_KIND_WORDS)[number];

export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

export interface HostLimit {
  /** -1 is RLIM_INFINITY. */
  readonly soft: number;
  readonly hard: number;
}

export interface HostHierarchy {
  readonly version: number;
  readonly mountpoint: string;
  readonly controllers: readonly string[];
}

export interface Linux {
  /** Of a type that is not listed the container has the runtime's. */
  readonly namespaces?: readonly Namespace[];
  /** Of the new user namespace. */
  readonly uidMappings?: readonly IdMapping[];
  /** Of the new user namespace. */
  readonly gidMappings?: readonly IdMapping[];
  /** Of the new time namespace; the keys are monotonic and boottime. */
  readonly timeOffsets?: Readonly<Record<string, TimeOffset>>;
  /** Beside the ones that every container has. */
  readonly devices?: readonly Device[];
  /** Host network devices, by name, to move into the container. */
  readonly netDevices?: Readonly<Record<string, NetDevice>>;
  /** Absolute: below the cgroup mount; slice:prefix:name for systemd. */
  readonly cgroupsPath?: string;
  readonly resources?: LinuxResources;
  readonly rootfsPropagation?: RootfsPropagation;
  readonly seccomp?: Seccomp;
  /** Kernel parameters of the container's namespaces. */
  readonly sysctl?: Readonly<Record<string, string>>;
  /** Absolute paths in the container that can't be read. */
  readonly maskedPaths?: readonly string[];
  /** Absolute paths in the container that can't be written. */
  readonly readonlyPaths?: readonly string[];
  /** SELinux context of the mounts. */
  readonly mountLabel?: string;
  readonly intelRdt?: IntelRdt;
  readonly memoryPolicy?: MemoryPolicy;
  readonly personality?: Personality;
}

export interface Namespace {
  readonly type: NamespaceType;
  /** Absolute path of the namespace to join; a new one is made when absent. */
  readonly path?: string;
}

export const NAMESPACE_TYPE_WORDS = [
  'pid',
  'network',
  'mount',
  'ipc',
  'uts',
  'user',
  'cgroup',
  'time',
] as const;

export type NamespaceType = (typeof NAMESPACE_TYPE_WORDS)[number];

export interface IdMapping {
  /** First id in the container. */
  readonly containerID: number;
  /** First id on the host. */
  readonly hostID: number;
  /** Number of ids. */
  readonly size: number;
}

export interface TimeOffset {
  readonly secs?: number;
  readonly nanosecs?: number;
}

export interface Device {
  readonly type: DeviceType;
  /** Absolute path in the container, in /dev or elsewhere. */
  readonly path: string;
  /** Needed unless the type is p. */
  readonly major?: number;
  /** Needed unless the type is p. */
  readonly minor?: number;
  readonly fileMode?: number;
  /** Owner, an id of the container. */
  readonly uid?: number;
  /** Group, an id of the container. */
  readonly gid?: number;
}

export const DEVICE_TYPE_WORDS = [
  'c',
  'b',
  'u',
  'p',
] as const;

/** As mknod(1). */
export type DeviceType = (typeof DEVICE_TYPE_WORDS)[number];

export interface NetDevice {
  /** In the container; the host's name when absent. */
  readonly name?: string;
}

export const ROOTFS_PROPAGATION_WORDS = [
  '',
  'shared',
  'slave',
  'private',
  'unbindable',
  'rshared',
  'rslave',
  'rprivate',
  'runbindable',
] as const;

/** The r… forms are what runc takes beyond the specification; empty is absent. */
export type RootfsPropagation = (typeof ROOTFS_PROPAGATION_WORDS)[number];

/** Cache and memory bandwidth allocation through resctrl. */
export interface IntelRdt {
  /** Class of service; the container's id when absent. */
  readonly closID?: string;
  /** Lines for resctrl's schemata file, written last. */
  readonly schemata?: readonly string[];
  readonly l3CacheSchema?: string;
  readonly memBwSchema?: string;
  /** A monitoring group for the container alone. */
  readonly enableMonitoring?: boolean;
}

/** set_mempolicy(2). */
export interface MemoryPolicy {
  readonly mode: MemoryPolicyMode;
  /** A list such as 0-1,3. */
  readonly nodes?: string;
  readonly flags?: readonly MemoryPolicyFlag[];
}

export const MEMORY_POLICY_MODE_WORDS = [
  'MPOL_DEFAULT',
  'MPOL_BIND',
  'MPOL_INTERLEAVE',
  'MPOL_WEIGHTED_INTERLEAVE',
  'MPOL_PREFERRED',
  'MPOL_PREFERRED_MANY',
  'MPOL_LOCAL',
] as const;

export type MemoryPolicyMode = (typeof MEMORY_POLICY_MODE_WORDS)[number];

export const MEMORY_POLICY_FLAG_WORDS = [
  'MPOL_F_NUMA_BALANCING',
  'MPOL_F_RELATIVE_NODES',
  'MPOL_F_STATIC_NODES',
] as const;

export type MemoryPolicyFlag = (typeof MEMORY_POLICY_FLAG_WORDS)[number];

export interface Personality {
  readonly domain: PersonalityDomain;
  /** None is defined. */
  readonly flags?: readonly string[];
}

export const PERSONALITY_DOMAIN_WORDS = [
  'LINUX',
  'LINUX32',
] as const;

export type PersonalityDomain = (typeof PERSONALITY_DOMAIN_WORDS)[number];

export interface Process {
  /** The standard streams are a new pseudoterminal. */
  readonly terminal?: boolean;
  /** Of the terminal; without meaning when there is none. */
  readonly consoleSize?: ConsoleSize;
  readonly user?: User;
  /** Absolute path in the container. */
  readonly cwd: string;
  /** NAME=value each. */
  readonly env?: readonly string[];
  /** The program, looked up as execvp(3) does, and its arguments: at least one entry. */
  readonly args?: readonly string[];
  /** Another platform's: ignored. */
  readonly commandLine?: unknown;
  readonly rlimits?: readonly Rlimit[];
  readonly capabilities?: Capabilities;
  /** PR_SET_NO_NEW_PRIVS. */
  readonly noNewPrivileges?: boolean;
  /** Left as it is when absent. */
  readonly oomScoreAdj?: number;
  readonly scheduler?: Scheduler;
  readonly ioPriority?: IoPriority;
  /** For exec only. */
  readonly execCPUAffinity?: ExecCpuAffinity;
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
}

export interface ConsoleSize {
  /** Characters. */
  readonly height: number;
  /** Characters. */
  readonly width: number;
}

/** Ids are those of the container's user namespace. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  /** Left as it is when absent. */
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
  /** Another platform's: ignored. */
  readonly username?: unknown;
}

export interface Rlimit {
  readonly type: RlimitType;
  readonly soft: number;
  readonly hard: number;
}

export const RLIMIT_TYPE_WORDS = [
  'RLIMIT_AS',
  'RLIMIT_CORE',
  'RLIMIT_CPU',
  'RLIMIT_DATA',
  'RLIMIT_FSIZE',
  'RLIMIT_LOCKS',
  'RLIMIT_MEMLOCK',
  'RLIMIT_MSGQUEUE',
  'RLIMIT_NICE',
  'RLIMIT_NOFILE',
  'RLIMIT_NPROC',
  'RLIMIT_RSS',
  'RLIMIT_RTPRIO',
  'RLIMIT_RTTIME',
  'RLIMIT_SIGPENDING',
  'RLIMIT_STACK',
] as const;

/** getrlimit(2). */
export type RlimitType = (typeof RLIMIT_TYPE_WORDS)[number];

/** Names as in capabilities(7); unknown ones are warned of and left out. */
export interface Capabilities {
  readonly effective?: readonly string[];
  readonly bounding?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly permitted?: readonly string[];
  readonly ambient?: readonly string[];
}

/** sched_setattr(2); an absent number is 0. */
export interface Scheduler {
  readonly policy: SchedulerPolicy;
  readonly nice?: number;
  readonly priority?: number;
  readonly flags?: readonly SchedulerFlag[];
  /** Nanoseconds. */
  readonly runtime?: number;
  /** Nanoseconds. */
  readonly deadline?: number;
  /** Nanoseconds. */
  readonly period?: number;
}

export const SCHEDULER_POLICY_WORDS = [
  'SCHED_OTHER',
  'SCHED_FIFO',
  'SCHED_RR',
  'SCHED_BATCH',
  'SCHED_ISO',
  'SCHED_IDLE',
  'SCHED_DEADLINE',
] as const;

export type SchedulerPolicy = (typeof SCHEDULER_POLICY_WORDS)[number];

export const SCHEDULER_FLAG_WORDS = [
  'SCHED_FLAG_RESET_ON_FORK',
  'SCHED_FLAG_RECLAIM',
  'SCHED_FLAG_DL_OVERRUN',
  'SCHED_FLAG_KEEP_POLICY',
  'SCHED_FLAG_KEEP_PARAMS',
  'SCHED_FLAG_UTIL_CLAMP_MIN',
  'SCHED_FLAG_UTIL_CLAMP_MAX',
] as const;

export type SchedulerFlag = (typeof SCHEDULER_FLAG_WORDS)[number];

/** ioprio_set(2). */
export interface IoPriority {
  readonly class: IoPriorityClass;
  /** 0 is the highest. */
  readonly priority: number;
}

export const IO_PRIORITY_CLASS_WORDS = [
  'IOPRIO_CLASS_RT',
  'IOPRIO_CLASS_BE',
  'IOPRIO_CLASS_IDLE',
] as const;

export type IoPriorityClass = (typeof IO_PRIORITY_CLASS_WORDS)[number];

/** CPU lists such as 0-3,7. */
export interface ExecCpuAffinity {
  /** Before the process enters the container's cgroup. */
  readonly initial?: string;
  /** After it. */
  readonly final?: string;
}

export interface LinuxResources {
  /** Applied in this order. */
  readonly devices?: readonly DeviceRule[];
  readonly memory?: MemoryResources;
  readonly cpu?: CpuResources;
  readonly blockIO?: BlockIoResources;
  readonly hugepageLimits?: readonly HugepageLimit[];
  readonly network?: NetworkResources;
  readonly pids?: PidsResources;
  /** By the device's name. */
  readonly rdma?: Readonly<Record<string, RdmaLimit>>;
  /** Values for files of the cgroup v2 directory, by their names. */
  readonly unified?: Readonly<Record<string, string>>;
}

export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: DeviceRuleType;
  /** All when absent. */
  readonly major?: number;
  /** All when absent. */
  readonly minor?: number;
  /** Any of r, w and m. */
  readonly access?: string;
}

export const DEVICE_RULE_TYPE_WORDS = [
  '',
  'a',
  'c',
  'b',
] as const;

/** Empty is absent is a (all). */
export type DeviceRuleType = (typeof DEVICE_RULE_TYPE_WORDS)[number];

/** Bytes; -1 is no limit. */
export interface MemoryResources {
  readonly limit?: number;
  readonly reservation?: number;
  /** Memory and swap together. */
  readonly swap?: number;
  readonly kernel?: number;
  readonly kernelTCP?: number;
  /** 0 to 100; old managers write -1 as an unsigned number for absent. */
  readonly swappiness?: number;
  readonly disableOOMKiller?: boolean;
  readonly useHierarchy?: boolean;
  /** Refuse a limit below what is in use. */
  readonly checkBeforeUpdate?: boolean;
}

/** Times are in microseconds. */
export interface CpuResources {
  readonly shares?: number;
  readonly quota?: number;
  readonly burst?: number;
  readonly period?: number;
  readonly realtimeRuntime?: number;
  readonly realtimePeriod?: number;
  /** A list such as 0-3,7. */
  readonly cpus?: string;
  /** A list such as 0-1. */
  readonly mems?: string;
  /** 1: SCHED_IDLE for the whole group. */
  readonly idle?: number;
}

export interface BlockIoResources {
  readonly weight?: number;
  readonly leafWeight?: number;
  readonly weightDevice?: readonly WeightDevice[];
  readonly throttleReadBpsDevice?: readonly ThrottleDevice[];
  readonly throttleWriteBpsDevice?: readonly ThrottleDevice[];
  readonly throttleReadIOPSDevice?: readonly ThrottleDevice[];
  readonly throttleWriteIOPSDevice?: readonly ThrottleDevice[];
}

export interface WeightDevice {
  readonly major: number;
  readonly minor: number;
  readonly weight?: number;
  readonly leafWeight?: number;
}

export interface ThrottleDevice {
  readonly major: number;
  readonly minor: number;
  /** Bytes or operations a second. */
  readonly rate: number;
}

export interface HugepageLimit {
  /** Such as 64KB, 2MB, 1GB. */
  readonly pageSize: string;
  /** Bytes. */
  readonly limit: number;
}

export interface NetworkResources {
  readonly classID?: number;
  readonly priorities?: readonly InterfacePriority[];
}

export interface InterfacePriority {
  /** An interface of the runtime's network namespace. */
  readonly name: string;
  readonly priority: number;
}

export interface PidsResources {
  /** Number of tasks; -1 is no limit, 0 a limit like any other, absent leaves what there is. */
  readonly limit?: number;
}

export interface RdmaLimit {
  readonly hcaHandles?: number;
  readonly hcaObjects?: number;
}

export interface Seccomp {
  /** For system calls that no rule matches. */
  readonly defaultAction: SeccompAction;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly SeccompArchitecture[];
  readonly flags?: readonly SeccompFlag[];
  /** Socket that gets the notification descriptor. */
  readonly listenerPath?: string;
  /** Handed to the listener. */
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly SyscallRule[];
}

export const SECCOMP_ACTION_WORDS = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
] as const;

export type SeccompAction = (typeof SECCOMP_ACTION_WORDS)[number];

export const SECCOMP_ARCHITECTURE_WORDS = [
  'SCMP_ARCH_X86',
  'SCMP_ARCH_X86_64',
  'SCMP_ARCH_X32',
  'SCMP_ARCH_ARM',
  'SCMP_ARCH_AARCH64',
  'SCMP_ARCH_MIPS',
  'SCMP_ARCH_MIPS64',
  'SCMP_ARCH_MIPS64N32',
  'SCMP_ARCH_MIPSEL',
  'SCMP_ARCH_MIPSEL64',
  'SCMP_ARCH_MIPSEL64N32',
  'SCMP_ARCH_PPC',
  'SCMP_ARCH_PPC64',
  'SCMP_ARCH_PPC64LE',
  'SCMP_ARCH_S390',
  'SCMP_ARCH_S390X',
  'SCMP_ARCH_PARISC',
  'SCMP_ARCH_PARISC64',
  'SCMP_ARCH_RISCV64',
  'SCMP_ARCH_LOONGARCH64',
  'SCMP_ARCH_M68K',
  'SCMP_ARCH_SH',
  'SCMP_ARCH_SHEB',
] as const;

export type SeccompArchitecture = (typeof SECCOMP_ARCHITECTURE_WORDS)[number];

export const SECCOMP_FLAG_WORDS = [
  'SECCOMP_FILTER_FLAG_TSYNC',
  'SECCOMP_FILTER_FLAG_LOG',
  'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
  'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
] as const;

export type SeccompFlag = (typeof SECCOMP_FLAG_WORDS)[number];

export interface SyscallRule {
  readonly names: readonly string[];
  readonly action: SeccompAction;
  /** EPERM when absent. */
  readonly errnoRet?: number;
  readonly args?: readonly SyscallArgument[];
}

export interface SyscallArgument {
  /** Of the system call's argument. */
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: SeccompOperator;
}

export const SECCOMP_OPERATOR_WORDS = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] as const;

export type SeccompOperator = (typeof SECCOMP_OPERATOR_WORDS)[number];

/** The state of a container: what the state command prints and hooks read. */
export interface State {
  /** Version of the runtime-spec that the state follows. */
  readonly ociVersion: string;
  readonly id: string;
  readonly status: Status;
  /** As the runtime sees it; needed while the container is created or running. */
  readonly pid?: number;
  /** Absolute path. */
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Beyond the specification, as the next two, for engines that know runc: the root file system's absolute path. */
  readonly rootfs?: string;
  /** Time of creation, RFC 3339. */
  readonly created?: string;
  /** Name of the user who created it, empty in the state command's answer. */
  readonly owner?: string;
}

export const STATUS_WORDS = [
  'creating',
  'created',
  'running',
  'stopped',
  'paused',
] as const;

/** paused is what runtimes add to the specification's four. */
export type Status = (typeof STATUS_WORDS)[number];
