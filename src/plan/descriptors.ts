// The descriptors that a container's first process is spawned with: which number holds what. The launcher arranges them,
// the plan relies on them.

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
  /** The container's v2 cgroup directory; meaningful only where there is one. */
  readonly cgroup: number;
  /** The namespaces to join, from this number on, in the order of `joined`. */
  readonly firstNamespace: number;
  readonly joined: readonly JoinedNamespace[];
  /** The first number that is not used. */
  readonly end: number;
}

/** @param preserveFds how many of the caller's descriptors, from 3 on, the container gets */
export function layDescriptors(preserveFds: number, joined: readonly JoinedNamespace[]): Descriptors {
  const firstOwn = 3 + preserveFds;
  return {
    firstOwn,
    report: firstOwn,
    gate: firstOwn + 1,
    cgroup: firstOwn + 2,
    firstNamespace: firstOwn + 3,
    joined,
    end: firstOwn + 3 + joined.length,
  };
}
