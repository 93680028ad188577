// The descriptors that a container's first process is spawned with: which number holds what. The launcher arranges
// them, the plan relies on them.

export interface JoinedNamespace {
  readonly type: string;
  /** Path of the namespace's file on the host. */
  readonly path: string;
  /** The entry of config.json, as a JSON pointer. */
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
}

/** Gives out the numbers, without gaps: what is not given out is closed. */
export function layDescriptors({ preserveFds, unified, channel: hasChannel, joined }: Wanted): Descriptors {
  const report = 3 + preserveFds;
  const channel = report + 2;
  const cgroup = channel + (hasChannel ? 1 : 0);
  const firstNamespace = cgroup + (unified ? 1 : 0);
  const end = firstNamespace + joined.length;
  return { firstOwn: report, report, gate: report + 1, channel, cgroup, firstNamespace, joined, end };
}
