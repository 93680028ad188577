// The machine code that is being written: 32-bit words, labels, and the jumps whose targets are not known yet. Knows no
// instruction. The emitters (x86_64.ts) give every instruction a multiple of four bytes, with its immediate in a word
// of its own: an interpreter takes as long for one byte as for one such word.

/** Room that every instruction, and every system call with its arguments, can count on after reserve(). */
const ROOM = 64;

/** Number of a place in the code. */
export type CodeLabel = number;

export interface Code {
  /** In the order of bytes of the machine that assembles; all that we compile for are little-endian. */
  words: Int32Array;
  /** Up to here there is room. */
  limit: number;
  /** In words, as all offsets are. */
  length: number;
  /** The offset of each label, -1 while it is unknown. */
  readonly labels: number[];
  /** Pairs: the offset of the word that a jump has its target in, and the label that it goes to; the emitter's
   * patchJumps() writes the former. */
  readonly jumps: number[];
}

/** Empty code with room for about `capacity` words; it grows when they are used up. */
export function createCode(capacity: number): Code {
  return { words: new Int32Array(capacity + ROOM), limit: capacity, length: 0, labels: [], jumps: [] };
}

/** Makes room; replaces `words` when it must. */
export function reserve(code: Code): void {
  if (code.length <= code.limit) return;
  const grown = new Int32Array(code.words.length * 2);
  grown.set(code.words);
  code.words = grown;
  code.limit = grown.length - ROOM;
}

/** Appends a word. */
export function put(code: Code, word: number): void {
  reserve(code);
  code.words[code.length++] = word;
}

/** Appends two words. */
export function putPair(code: Code, first: number, second: number): void {
  const { words, length } = code;
  if (length > code.limit) {
    put(code, first);
    put(code, second);
    return;
  }
  words[length] = first;
  words[length + 1] = second;
  code.length = length + 2;
}

/** A new label, not yet bound to a place. */
export function createLabel(code: Code): CodeLabel {
  return code.labels.push(-1) - 1;
}

/** Lets a label mean the current end of the code. */
export function bindLabel(code: Code, label: CodeLabel): void {
  code.labels[label] = code.length;
}

/** Where a label is. @throws TypeError when it was never bound */
export function placeOf({ labels }: Code, label: CodeLabel): number {
  const place = labels[label] ?? -1;
  if (place < 0) throw new TypeError(`jump to label ${label}, which has no place`);
  return place;
}
