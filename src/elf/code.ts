// The machine code that is being written: bytes, labels, and the jumps whose targets are not known yet. Knows no
// instruction; the emitters (x86_64.ts) write them, through a DataView: in a cold interpreter setInt32() costs as much
// as five stores into a Uint8Array, but four such stores with their shifts and sums half as much again.

/** Room that every instruction can count on after reserve(). */
const INSTRUCTION_ROOM = 32;

/** Number of a place in the code. */
export type CodeLabel = number;

export interface Code {
  bytes: Uint8Array;
  view: DataView;
  /** Up to here another instruction surely fits. */
  limit: number;
  length: number;
  /** The offset of each label, -1 while it is unknown. */
  readonly labels: number[];
  /** Pairs: the offset of a jump's displacement, and the label that it goes to. */
  readonly jumps: number[];
}

/** Empty code with room for about `capacity` bytes; it grows when they are used up. */
export function createCode(capacity: number): Code {
  const bytes = new Uint8Array(capacity + INSTRUCTION_ROOM);
  return { bytes, view: new DataView(bytes.buffer), limit: capacity, length: 0, labels: [], jumps: [] };
}

/** Makes room for one instruction. Replaces `bytes` and `view` when it must. */
export function reserve(code: Code): void {
  if (code.length <= code.limit) return;
  const grown = new Uint8Array(code.bytes.length * 2);
  grown.set(code.bytes);
  code.bytes = grown;
  code.view = new DataView(grown.buffer);
  code.limit = grown.length - INSTRUCTION_ROOM;
}

/** Appends one byte; the caller has made room. */
export function put8(code: Code, value: number): void {
  code.view.setUint8(code.length++, value);
}

/** Appends the low 32 bits of an integer, little-endian; the caller has made room. */
export function put32(code: Code, value: number): void {
  code.view.setInt32(code.length, value, true);
  code.length += 4;
}

/** Stores an integer as 64 bits of two's complement, little-endian. Exact for |value| < 2^53. */
export function write64(view: DataView, at: number, value: number): void {
  view.setInt32(at, value, true);
  view.setInt32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

/** A new label, not yet bound to a place. */
export function createLabel(code: Code): CodeLabel {
  return code.labels.push(-1) - 1;
}

/** Lets a label mean the current end of the code. */
export function bindLabel(code: Code, label: CodeLabel): void {
  code.labels[label] = code.length;
}

/** Notes that the displacement at `at` leads to a label, for resolveJumps(). */
export function noteJump(code: Code, at: number, label: CodeLabel): void {
  const { jumps } = code;
  const { length } = jumps;
  jumps[length] = at;
  jumps[length + 1] = label;
}

/**
 * Writes all displacements.
 *
 * @param patch the architecture's way to let the jump at one offset lead to another offset
 * @throws TypeError when a label was never bound
 */
export function resolveJumps(code: Code, patch: (code: Code, at: number, target: number) => void): void {
  const { jumps, labels } = code;
  const { length } = jumps;
  for (let i = 0; i < length; i += 2) {
    const target = labels[jumps[i + 1] ?? -1];
    if (target === undefined || target < 0) throw new TypeError(`jump to label ${jumps[i + 1]}, which has no place`);
    patch(code, jumps[i] ?? 0, target);
  }
}
