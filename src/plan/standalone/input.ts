// What a supervisor is compiled from, as plain data: what the runtime would know of the container when it makes it.
// Knows nothing of config.json, nor of who decides on cgroups.

import type { Descriptors } from '../descriptors.ts';
import type { Plan, Reason } from '../operation.ts';

/** Which entry of config.json the work on cgroups is for. */
export const CGROUP_ORIGIN = '/linux/cgroupsPath';

/** One cgroup of the container, to be made. */
export interface StandaloneCgroup {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly mountpoint: string;
  /** Below the mountpoint. */
  readonly path: string;
}

/** One write into a file of a cgroup. */
export interface CgroupWrite {
  /** JSON pointer of what asks for it. */
  readonly origin: string;
  /** To follow "cannot". */
  readonly action: string;
  readonly path: string;
  readonly value: string;
  /** A kernel without the file does without. */
  readonly optional?: boolean;
  /** In its place where there is no such file. */
  readonly otherwise?: CgroupWrite;
  readonly reasons: readonly Reason[];
}

/** The device rules of a v2 cgroup: instructions for bpf(2). */
export interface DeviceProgram {
  readonly instructions: Uint8Array;
  readonly count: number;
}

export interface IdMaps {
  /** As the kernel takes them, a line each. */
  readonly uids: string;
  readonly gids: string;
  /** Whether setgroups(2) must be given up for the second one. */
  readonly forbidsSetgroups: boolean;
}

export interface SupervisorInput {
  /** What messages begin with. */
  readonly name: string;
  /** The plan of the init, and what it is assembled to. */
  readonly plan: Plan;
  readonly image: Uint8Array;
  readonly descriptors: Descriptors;
  /** The only user that the plan is for. */
  readonly uid: number;
  readonly idMaps: IdMaps | undefined;
  readonly cgroups: readonly StandaloneCgroup[];
  /** The host has nothing but one v2 tree. */
  readonly unifiedOnly: boolean;
  /** v1's device rules come first of these. */
  readonly writes: readonly CgroupWrite[];
  /** When the init is in its cgroups. */
  readonly lateWrites: readonly CgroupWrite[];
  readonly devices: DeviceProgram | undefined;
  /** Who gets the v2 cgroup, and which of its files. */
  readonly owner: { readonly uid: number; readonly files: readonly string[] } | undefined;
  /** process.oomScoreAdj is the lowest one, which waits until all is set up. */
  readonly outOfReach: boolean;
  /** The container's processes can outlive its first one. */
  readonly sharesPids: boolean;
  /** The file that counts the kills for want of memory. */
  readonly killCounter: { readonly path: string } | undefined;
  /** Why the init has died when that file says so. */
  readonly shortage: string;
}
