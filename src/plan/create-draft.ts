// What the stages of a create plan share while it is written: their input, the slots that are used again and again,
// and what one stage leaves for a later one.

import type { ContainerId } from '../config/container-id.ts';
import type { ExactLimit } from '../config/exact-limits.ts';
import type { ExactNumbers } from '../config/exact-numbers.ts';
import type { Spec } from '../config/types.ts';
import type { Finding } from '../finding.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Filter } from '../seccomp/compile.ts';
import type { JoiningDraft } from './cgroup-join.ts';
import type { Descriptors } from './descriptors.ts';
import { type Draft, newDraft, newSlot, reserve } from './draft.ts';
import type { IdMapping } from './id-mapped-mounts.ts';
import type { MountOptions } from './mount-options.ts';
import type { Slot } from './operation.ts';
import type { WantedTarget } from './paths.ts';
import { newStamps, type Stamps } from './stamps.ts';

/** A cgroup hierarchy that the container is placed in. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  /** Where the hierarchy is mounted on the host. */
  readonly mountpoint: string;
  /** The container's directory on the host. */
  readonly path: string;
}

export interface CreateInput {
  readonly id: ContainerId;
  /** Absolute paths. */
  readonly bundle: string;
  readonly rootfs: string;
  readonly spec: Spec;
  /** process.rlimits, where the numbers of `spec` are not exact. */
  readonly exactLimits?: readonly ExactLimit[] | undefined;
  /** Numbers of the spec that JSON.parse has rounded. */
  readonly exact?: ExactNumbers;
  /** The compiled seccomp profile, where that has been done. */
  readonly filter?: Filter | undefined;
  /** What mounts[].options say, by the same index. */
  readonly mountOptions: readonly MountOptions[];
  readonly facts: HostFacts;
  readonly cgroups: readonly CgroupHierarchy[];
  /** The hierarchies in which the container stays where the runtime is; `path` is that cgroup's. */
  readonly inheritedCgroups: readonly CgroupHierarchy[];
  /** Where procfs and sysfs are mounted on the host; needed only with `noPivot`. */
  readonly kernelFileSystems: readonly string[];
  /** chroot(2) instead of pivot_root(2), for hosts whose root is an initramfs. */
  readonly noPivot: boolean;
  /** A session keyring of the container's own. */
  readonly newKeyring: boolean;
  /** Descriptors 3 to 3 + n - 1 are handed on to the container. */
  readonly preserveFds: number;
  /** Those of the descriptors 0, 1 and 2 that are the host's /dev/null. */
  readonly nullStreams?: readonly number[];
  /** The runtime makes the targets of mounts that are missing, where the init could not: behind dangling links. */
  readonly runtimeMakesTargets: boolean;
  /** The plan takes the time of its stages. */
  readonly timings?: boolean;
  /** The plan is for a file that is the container (standalone/): it is to be the same whoever runs it later, and the
   * process ends with who runs it. */
  readonly standalone?: boolean;
  /** The container is running: mounts are added to it (live-mount-plan.ts). */
  readonly live?: boolean;
}

interface ReadonlyLater {
  readonly destination: string;
  readonly origin: string;
  /** The mount itself, where somebody could have put another in its place by then. */
  readonly mount?: Slot;
}

/** What of a container and its host decides how the user's program is set up. */
export type ProgramInput =
  Pick<CreateInput, 'id' | 'spec' | 'exactLimits' | 'exact' | 'filter' | 'facts' | 'standalone'>;

/** What a stage needs that sets up a process as the config wants it: the container's own, or one beside it. */
export interface ProcessDraft extends Draft {
  readonly input: Pick<CreateInput, 'id' | 'spec' | 'exactLimits' | 'facts' | 'standalone'>;
  readonly warnings: Finding[];
  /** Absent: nobody wants to know how long it takes. */
  readonly stamps?: Stamps | undefined;
  /** Scratch: a file, an fsopen(2) context. */
  readonly target: Slot;
  readonly context: Slot;
  /** The host's procfs, where something is to be written to one. */
  hostProcfs: Slot | undefined;
}

/** What a stage needs that leads to the user's program: the container's first, or one that joins it. */
export interface ProgramDraft extends ProcessDraft {
  readonly input: ProgramInput;
  readonly descriptors: Pick<Descriptors, 'firstOwn' | 'report' | 'gate' | 'channel'>;
  /** The container's root directory. */
  readonly root: Slot;
  /** Scratch: a struct statx. */
  readonly statx: number;
}

export interface CreateDraft extends ProgramDraft, JoiningDraft {
  readonly input: CreateInput;
  readonly descriptors: Descriptors;
  /** How the ids of a mount are mapped, by index in mounts[]; absent where they aren't. */
  readonly idMappings: ReadonlyMap<number, IdMapping>;
  /** Scratch: a directory on the way to the target of a mount, a mount being made. */
  readonly parent: Slot;
  readonly tree: Slot;
  /** Detached mounts, by index in mounts[], where they had to be made early. */
  readonly earlyMounts: Map<number, Slot>;
  /** Detached trees of the host's devices, by path, for a user namespace. */
  readonly clonedDevices: Map<string, Slot>;
  /** Index of the entry of mounts[] that is being mounted. */
  mounting: number;
  /** Mounts that become read-only when everything below them is made. */
  readonly readonlyLater: ReadonlyLater[];
  /** Mounts below which there is something to protect, by destination, without a slash in front. */
  readonly protectedMounts: Map<string, Slot>;
  /** The targets that the runtime is asked for, by the number that goes with the request. */
  readonly targets: WantedTarget[];
}

export const STRUCT_STATX_SIZE = 256;

export function newCreateDraft(
  input: CreateInput,
  descriptors: Descriptors,
  idMappings: ReadonlyMap<number, IdMapping> = new Map(),
): CreateDraft {
  const draft = newDraft();
  return Object.assign(draft, {
    input,
    descriptors,
    idMappings,
    root: newSlot(draft),
    target: newSlot(draft),
    parent: newSlot(draft),
    tree: newSlot(draft),
    context: newSlot(draft),
    statx: reserve(draft, STRUCT_STATX_SIZE),
    openCgroups: [],
    earlyMounts: new Map<number, Slot>(),
    clonedDevices: new Map<string, Slot>(),
    hostProcfs: undefined,
    mounting: -1,
    readonlyLater: [],
    protectedMounts: new Map<string, Slot>(),
    targets: [],
    warnings: [],
    stamps: input.timings === true ? newStamps(draft) : undefined,
  });
}
