// What a cgroup driver is: where a container's cgroups are, and how they come and go. Whatever outlives a command
// (placement, created) is plain data for the state file. What can be done with cgroups that are there is the same for
// every driver, and is not a driver's: processes.ts, freezer.ts, stats/.

import type { DeviceRule, LinuxResources } from '../config/types.ts';
import type { CgroupMode, HostFacts } from '../host/facts.ts';
import type { Setting } from './setting.ts';

/** Who makes and removes cgroups: nunc itself, systemd at its request, or nobody. */
export type CgroupManager = 'cgroupfs' | 'systemd' | 'disabled';

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

/** The transient scope that is a container's cgroup where systemd manages it. */
export interface PlacedUnit {
  /** Such as nunc-web.scope. */
  readonly name: string;
  /** Such as machine.slice. */
  readonly slice: string;
  readonly bus: 'system' | 'user';
}

export interface CgroupPlacement {
  readonly manager: CgroupManager;
  readonly mode: CgroupMode;
  /** The place below every hierarchy's mountpoint, such as /nunc/<id>. */
  readonly cgroupsPath: string;
  readonly cgroups: readonly PlacedCgroup[];
  /** Where the container stays in the runtime's own cgroup, `path`, because the runtime may not make one. */
  readonly inherited?: readonly PlacedCgroup[];
  /** systemd only. */
  readonly unit?: PlacedUnit;
}

/** What a container's cgroups are to be made with. */
export interface CgroupContents {
  readonly resources: LinuxResources;
  /** `resources` as values for the files of the placement's cgroups, without the device rules. */
  readonly settings: readonly Setting[];
  /** The whole list in order, default rules included; absent: every device, as a new cgroup allows it. */
  readonly deviceRules?: readonly DeviceRule[];
  /** The uid on the host that the container's cgroup is handed to, config-linux.md "Cgroup ownership". */
  readonly owner?: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What `update` changes: all that is absent stays. */
export type CgroupChanges = Pick<CgroupContents, 'resources' | 'settings' | 'deviceRules'>;

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
  /** Makes the cgroups, all or none, with limits and device rules in force. @throws NuncError of kind `syscall`. */
  createCgroups(placement: CgroupPlacement, contents?: CgroupContents): CreatedCgroups;
  /** Told when the container's init is in its cgroups: what was to wait for it is set now. When it never comes,
   * removeCgroups() is all that follows. */
  settleCgroups(created: CreatedCgroups, contents?: CgroupContents): void;
  /** Changes limits and device rules of a container's cgroups. @throws NuncError of kind `syscall`. */
  updateCgroups(cgroups: RemovableCgroups, changes: CgroupChanges): void;
  /** Removes what createCgroups made; what is already gone is fine. @throws NuncError of kind `syscall`. */
  removeCgroups(created: RemovableCgroups): void;
}
