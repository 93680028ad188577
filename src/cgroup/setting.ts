// Limits as data: which value goes into which file of which cgroup, and why. Pure: v1/ and v2/ say what they are,
// apply.ts writes them.

/** One value for one file of a cgroup. */
export interface Setting {
  /** The JSON pointer of what asks for it, such as /linux/resources/pids/limit. */
  readonly origin: string;
  /** Index of the cgroup in CgroupPlacement.cgroups. */
  readonly cgroup: number;
  /** Name of the file in the cgroup's directory, such as pids.max. */
  readonly file: string;
  readonly value: string;
}
