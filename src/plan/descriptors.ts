// The descriptors that a container's first process is spawned with: which number holds what. The launcher arranges
// them, the plan relies on them.

export interface JoinedNamespace {
  readonly type: string;
  /** Path of the namespace's file on the host. */
  readonly path: string;
  /** The entry of config.json, as a JSON pointer. */
  readonly origin: string;
}

/** Maps of a user namespace that exists to be given to mount_setattr(2). */
export interface IdMapNamespace {
  /** What is written to its uid_map and gid_map. */
  readonly uids: string;
  readonly gids: string;
  /** The entry of mounts[] that asks for it first, as a JSON pointer. */
  readonly origin: string;
}

export interface Descriptors {
  /** Descriptors 3 to this one, exclusive, are the caller's and are handed on. */
  readonly firstOwn: number;
  /** Write end of the report fifo. */
  readonly report: number;
  /** The gate fifo, open for reading and writing, so that it never reads end-of-file. */
  readonly gate: number;
  /** A socket to the runtime, for descriptors; meaningful only where the plan has one to send. */
  readonly channel: number;
  /** The container's v2 cgroup directory; meaningful only where there is one. */
  readonly cgroup: number;
  /** The namespaces to join, from this number on, in the order of `joined`. */
  readonly firstNamespace: number;
  readonly joined: readonly JoinedNamespace[];
  /** The user namespaces of id-mapped mounts, from this number on, in the order of `idMaps`. */
  readonly firstIdMap: number;
  readonly idMaps: readonly IdMapNamespace[];
  /** The first number that is not used. */
  readonly end: number;
}

interface Wanted {
  /** How many of the caller's descriptors, from 3 on, the container gets. */
  readonly preserveFds: number;
  /** Whether there is a v2 cgroup to be born into. */
  readonly unified: boolean;
  /** Whether the init sends descriptors to the runtime. */
  readonly channel: boolean;
  readonly joined: readonly JoinedNamespace[];
  readonly idMaps?: readonly IdMapNamespace[];
}

/** Gives out the numbers, without gaps: what is not given out is closed. */
export function layDescriptors(wanted: Wanted): Descriptors {
  const { preserveFds, unified, channel: hasChannel, joined, idMaps = [] } = wanted;
  const report = 3 + preserveFds;
  const channel = report + 2;
  const cgroup = channel + (hasChannel ? 1 : 0);
  const firstNamespace = cgroup + (unified ? 1 : 0);
  const firstIdMap = firstNamespace + joined.length;
  const end = firstIdMap + idMaps.length;
  const gate = report + 1;
  return { firstOwn: report, report, gate, channel, cgroup, firstNamespace, joined, firstIdMap, idMaps, end };
}
