// What a cgroup driver is: where a container's cgroups are, and how they come and go. The cgroupfs driver is the only
// one so far. Whatever outlives a command (placement, created) is plain data for the state file.

import type { CgroupMode, HostFacts } from '../host/facts.ts';

/** One cgroup of a container: its place in one hierarchy. */
export interface PlacedCgroup {
  readonly version: 1 | 2;
  /** As in Hierarchy. */
  readonly controllers: readonly string[];
  /** Where the hierarchy is mounted on the host. */
  readonly mountpoint: string;
  /** The cgroup's directory on the host, below `mountpoint`. */
  readonly path: string;
}

export interface CgroupPlacement {
  readonly mode: CgroupMode;
  /** The place below every hierarchy's mountpoint, such as /nunc/<id>. */
  readonly cgroupsPath: string;
  readonly cgroups: readonly PlacedCgroup[];
  /** Where the container stays in the runtime's own cgroup, `path`, because the runtime may not make one. */
  readonly inherited?: readonly PlacedCgroup[];
}

/** A placement that create has carried out. */
export interface CreatedCgroups extends CgroupPlacement {
  /** For each of `cgroups`: whether create made it. One that was there before stays when the container goes. */
  readonly made: readonly boolean[];
}

/** What removal needs: without `made` (create has died before it could tell) the directories' marks decide. */
export type RemovableCgroups = CgroupPlacement & Partial<CreatedCgroups>;

export interface PlacementRequest {
  /** /linux/cgroupsPath of config.json; '' means absent, as managers send it. */
  readonly cgroupsPath?: string | undefined;
  readonly id: string;
  /** Do without the cgroups that the runtime may not make, as long as nothing depends on them. */
  readonly rootless?: boolean;
  /** JSON pointers of the limits that are asked for. */
  readonly limits?: readonly string[];
}

/** How the init gets into its cgroups, see design.md section 4. */
export interface JoinFiles {
  /** v1: the `tasks` files into which stage 0, a single thread, writes "0". */
  readonly tasks: readonly string[];
  /** v2: the directory whose descriptor CLONE_INTO_CGROUP takes; undefined without a v2 hierarchy. */
  readonly unified: string | undefined;
}

export interface CgroupDriver {
  /** Says where the cgroups are to be; changes nothing. @throws ConfigError for a cgroupsPath that can't be. */
  resolvePlacement(facts: Pick<HostFacts, 'cgroupMode' | 'hierarchies'>, request: PlacementRequest): CgroupPlacement;
  /** Makes the cgroups, all or none. @throws NuncError of kind `syscall`. */
  createCgroups(placement: CgroupPlacement): CreatedCgroups;
  joinFiles(placement: CgroupPlacement): JoinFiles;
  /** The pids, in the runtime's pid namespace, of the processes in the cgroups and below them, ascending. */
  processesOf(placement: CgroupPlacement): number[];
  /** Removes what createCgroups made; what is already gone is fine. @throws NuncError of kind `syscall`. */
  removeCgroups(created: RemovableCgroups): void;
}
