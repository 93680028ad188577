// Limits as data: which value goes into which file of which cgroup, and why. Pure: v1/ and v2/ say what they are,
// apply.ts writes them and looks at which files a kernel has.

/** One value for one file of a cgroup: what is written in one go. */
export interface Wish {
  /** The JSON pointers of what asks for it, such as /linux/resources/pids/limit. */
  readonly origin: string;
  /** Name of the file in the cgroup's directory, such as pids.max. */
  readonly file: string;
  readonly value: string;
  /** A new cgroup has this value: it is written only to one that is not new, and not missed where no file is. */
  readonly isDefault?: true;
  /** A kernel without the file does without. */
  readonly optional?: true;
  /** What to write where the kernel does not have `file`. */
  readonly otherwise?: { readonly file: string; readonly value: string };
  /** It would keep the container's init out: written when that is in the cgroup, before the user's program runs. */
  readonly late?: true;
  /** Some kernels take the number and ignore it, which is refused. */
  readonly readBack?: true;
  /** A file with a number: when that is above the value, the value is refused (memory.checkBeforeUpdate). */
  readonly notBelow?: string;
}

/** A wish with its place. */
export interface Setting extends Wish {
  /** Index of the cgroup in CgroupPlacement.cgroups. */
  readonly cgroup: number;
}
