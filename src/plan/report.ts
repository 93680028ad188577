// What the init tells the runtime: records of 16 bytes, two little-endian 64-bit integers, `kind` and `value`. A kind
// below FIRST_KIND is the index of the operation that failed, its value the errno (elf/assemble.ts writes those).

export const RECORD_SIZE = 16;

const FIRST_KIND = 0xffff0000;
/** Stage 0 has made the init; the value is its pid. */
export const RECORD_PID = FIRST_KIND + 1;
/** The container is created: the init waits at the gate. */
export const RECORD_CREATED = FIRST_KIND + 2;
/** How long it took (stamps.ts): the value is the number of times that follow, each a struct timespec. */
export const RECORD_TIMES = FIRST_KIND + 3;
/** What the kernel has said of a mount: the value is the length of the text that follows, messages of one byte for the
 * level and a blank in front, NUL at the end. The record of the failure comes behind it. */
export const RECORD_LOG = FIRST_KIND + 4;
/** The first of the requests, one kind each in the order of REQUESTS. */
const FIRST_REQUEST = FIRST_KIND + 0x100;

/** What the init can ask the runtime to do for it, and whether it waits at the gate until that is done. */
export const REQUESTS = {
  /** Run the hooks that come before pivot_root(2): namespaces and mounts are there. */
  hooks: { waits: true },
  /** Take the terminal's master from the channel, and give it its size before the program can ask for it. */
  terminal: { waits: true },
  /** Copy a directory into a tmpfs that covers it: the channel has the tmpfs' root, then the directory. */
  'copy-up': { waits: true },
  /** Take the seccomp listener, which the init then closes: the value is its number among the init's descriptors. */
  listener: { waits: true },
  /** Move the network devices into the init's network namespace. */
  'network-devices': { waits: true },
  /** Make the target of a mount, the value's in CreatePlan.targets: the channel has the rootfs. */
  'mount-target': { waits: true },
  /** Take note of a mount that is about to be added to a running container, the value's in mounts[]: it is in the
   * channel. */
  attaching: { waits: false },
  /** Pass signals on from here on: the program is about to be executed. */
  signals: { waits: true },
} as const;

export type RequestKind = keyof typeof REQUESTS;

const REQUEST_KINDS = Object.keys(REQUESTS) as readonly RequestKind[];

export type ReportRecord =
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'created' }
  | { readonly kind: 'times'; readonly count: number }
  | { readonly kind: 'request'; readonly request: RequestKind; readonly value: number }
  | { readonly kind: 'log'; readonly length: number }
  | { readonly kind: 'failed'; readonly operation: number; readonly errno: number; readonly log?: readonly string[] };

/** The first word of a request's record. */
export function requestRecord(kind: RequestKind): number {
  return FIRST_REQUEST + REQUEST_KINDS.indexOf(kind);
}

/** The request that a record's first word stands for; undefined for another one. */
export function requestOf(word: number): RequestKind | undefined {
  return REQUEST_KINDS[word - FIRST_REQUEST];
}

/** PIPE_BUF: a record is written at once with what follows it, so that no other one comes in between. */
export const MOST_AT_ONCE = 4096;

/** Reads the record at `offset`; undefined when it is none that this version knows, or says what can't be true. */
export function decodeRecord(bytes: Uint8Array, offset: number): ReportRecord | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, RECORD_SIZE);
  const kind = view.getUint32(0, true);
  const value = view.getInt32(8, true);
  if (view.getUint32(4, true) !== 0) return undefined;
  if (kind === RECORD_PID) return { kind: 'pid', pid: value };
  if (kind === RECORD_CREATED) return { kind: 'created' };
  if (kind === RECORD_LOG) return { kind: 'log', length: value };
  if (kind === RECORD_TIMES) return isCount(value) ? { kind: 'times', count: value } : undefined;
  const request = requestOf(kind);
  if (request !== undefined) return { kind: 'request', request, value };
  if (kind >= FIRST_KIND || value <= 0) return undefined;
  return { kind: 'failed', operation: kind, errno: value };
}

function isCount(value: number): boolean {
  return value >= 0 && (value + 1) * RECORD_SIZE <= MOST_AT_ONCE;
}
