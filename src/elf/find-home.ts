// The find_home operation: a streaming reader of passwd(5), written in the emitter's instructions, so that it serves
// every architecture. It keeps no line: a read may end anywhere, and a line may have any length.
//
//   line ─▶ name ─:─▶ password ─:─▶ uid ─:─▶ gid ─:─▶ gecos ─:─▶ home ─ : or end of line ─▶ done
//    ▲        │           │          │ not ours │         │         │ NUL
//    │        └───────────┴──────────┼──────────┴─────────┘         │
//    └────────── end of line ── skip ◀──────────────────────────────┘
//
// As forgiving as runc and glibc: a line may end after its home directory. Lines that start with # are comments. The uid
// is compared as text without its leading zeros, so that no number can overflow into a match.

import { bindLabel, createLabel, type Code, type CodeLabel } from './code.ts';
import { LOWEST_ERROR, callNumber, callResult, firstFree, type Emitter, type Register } from './emitter.ts';

const descriptor = firstFree;
const cursor = firstFree + 1;
const end = firstFree + 2;
/** The byte that was read, or END_OF_FILE. */
const character = firstFree + 3;
/** The place in what the current field is compared with or copied to. */
const position = firstFree + 4;
// Argument registers that read(2) does not use; system calls leave them alone.
const expected: Register = 3;
const seen: Register = 4;

const END_OF_FILE = 0x100;
const NEWLINE = 0x0a;
const HASH = 0x23;
const ZERO = 0x30;
const COLON = 0x3a;
const BUFFER_SIZE = 4096;

/** All as addresses in the running init. */
export interface HomeSearch {
  /** Decimal digits without leading zeros (none for root), NUL-terminated. */
  readonly digits: number;
  readonly into: number;
  readonly capacity: number;
  readonly scratch: number;
  /** `capacity` bytes that hold the home directory until its end has been seen. */
  readonly stash: number;
}

interface Reader {
  readonly emitter: Emitter;
  readonly code: Code;
  readonly search: HomeSearch;
  readonly getCharacter: CodeLabel;
  /** Start of a line. */
  readonly line: CodeLabel;
  /** Passes over the rest of a line, whose next character has been read. */
  readonly skip: CodeLabel;
  readonly done: CodeLabel;
}

function placeLabel(code: Code): CodeLabel {
  const label = createLabel(code);
  bindLabel(code, label);
  return label;
}

/** The subroutine that reads one character, refilling the buffer when it is used up. */
function emitGetCharacter(reader: Reader): void {
  const { emitter, code, search } = reader;
  const have = createLabel(code);
  const ended = createLabel(code);
  bindLabel(code, reader.getCharacter);
  emitter.branchRegisters(code, 'not_equal', [cursor, end], have);
  emitter.copy(code, 0, descriptor);
  emitter.setImmediate(code, 1, search.scratch);
  emitter.setImmediate(code, 2, BUFFER_SIZE);
  emitter.setImmediate(code, callNumber, emitter.syscalls.read ?? 0);
  emitter.systemCall(code);
  emitter.branch(code, 'equal', [callResult, 0], ended);
  emitter.branch(code, 'above_or_equal', [callResult, LOWEST_ERROR], ended);
  emitter.setImmediate(code, cursor, search.scratch);
  emitter.copy(code, end, cursor);
  emitter.addRegister(code, end, callResult);
  bindLabel(code, have);
  emitter.loadByte(code, character, cursor);
  emitter.add(code, cursor, 1);
  emitter.endCall(code);
  bindLabel(code, ended);
  emitter.setImmediate(code, character, END_OF_FILE);
  emitter.endCall(code);
}

/** Passes over the rest of a field and its colon; `first`: its first character has been read. */
function emitPassField(reader: Reader, first: boolean): void {
  const { emitter, code } = reader;
  const examine = createLabel(code);
  const next = createLabel(code);
  if (first) emitter.jump(code, examine);
  const read = placeLabel(code);
  emitter.call(code, reader.getCharacter);
  bindLabel(code, examine);
  emitter.branch(code, 'equal', [character, COLON], next);
  emitter.branch(code, 'equal', [character, NEWLINE], reader.line);
  emitter.branch(code, 'not_equal', [character, END_OF_FILE], read);
  emitter.jump(code, reader.done);
  bindLabel(code, next);
}

/** Goes on behind the uid and its colon if it is the one looked for, and skips the line if not. */
function emitCompareUid(reader: Reader): void {
  const { emitter, code, search } = reader;
  const compare = createLabel(code);
  const complete = createLabel(code);
  emitter.setImmediate(code, position, search.digits);
  emitter.setImmediate(code, seen, 0);
  const leading = placeLabel(code);
  emitter.call(code, reader.getCharacter);
  emitter.branch(code, 'not_equal', [character, ZERO], compare);
  emitter.setImmediate(code, seen, 1);
  emitter.jump(code, leading);
  const digit = placeLabel(code);
  emitter.call(code, reader.getCharacter);
  bindLabel(code, compare);
  emitter.branch(code, 'equal', [character, COLON], complete);
  emitter.loadByte(code, expected, position);
  // The end of the digits must not match a NUL in the file.
  emitter.branch(code, 'equal', [expected, 0], reader.skip);
  emitter.branchRegisters(code, 'not_equal', [character, expected], reader.skip);
  emitter.add(code, position, 1);
  emitter.setImmediate(code, seen, 1);
  emitter.jump(code, digit);
  bindLabel(code, complete);
  emitter.loadByte(code, expected, position);
  emitter.branch(code, 'not_equal', [expected, 0], reader.skip);
  emitter.branch(code, 'equal', [seen, 0], reader.skip);
}

/** Reads the home directory into the stash: whether it fits is only known at its end. */
function emitReadHome(reader: Reader): void {
  const { emitter, code, search } = reader;
  const complete = createLabel(code);
  emitter.setImmediate(code, position, search.stash);
  const read = placeLabel(code);
  emitter.call(code, reader.getCharacter);
  emitter.branch(code, 'equal', [character, COLON], complete);
  emitter.branch(code, 'equal', [character, NEWLINE], complete);
  emitter.branch(code, 'equal', [character, END_OF_FILE], complete);
  emitter.branch(code, 'equal', [character, 0], reader.skip);
  emitter.branch(code, 'equal', [position, search.stash + search.capacity - 1], reader.done);
  emitter.storeByte(code, position, character);
  emitter.add(code, position, 1);
  emitter.jump(code, read);
  bindLabel(code, complete);
  emitter.branch(code, 'equal', [position, search.stash], reader.done);
  emitter.setImmediate(code, character, 0);
  emitter.storeByte(code, position, character);
}

/** Copies the stash, its NUL included. */
function emitCopyHome(reader: Reader): void {
  const { emitter, code, search } = reader;
  emitter.setImmediate(code, position, search.stash);
  emitter.setImmediate(code, cursor, search.into);
  const copy = placeLabel(code);
  emitter.loadByte(code, character, position);
  emitter.storeByte(code, cursor, character);
  emitter.add(code, position, 1);
  emitter.add(code, cursor, 1);
  emitter.branch(code, 'not_equal', [character, 0], copy);
}

function emitSkip(reader: Reader): void {
  const { emitter, code } = reader;
  bindLabel(code, reader.skip);
  emitter.branch(code, 'equal', [character, NEWLINE], reader.line);
  emitter.branch(code, 'equal', [character, END_OF_FILE], reader.done);
  emitter.call(code, reader.getCharacter);
  emitter.jump(code, reader.skip);
}

/** The register that emitFindHome() takes the file descriptor in. */
export const homeDescriptor: Register = descriptor;

/** Appends the search; its descriptor is in homeDescriptor when it starts. */
export function emitFindHome(emitter: Emitter, code: Code, search: HomeSearch): void {
  const reader: Reader = {
    emitter,
    code,
    search,
    getCharacter: createLabel(code),
    line: createLabel(code),
    skip: createLabel(code),
    done: createLabel(code),
  };
  emitter.setImmediate(code, cursor, 0);
  emitter.setImmediate(code, end, 0);
  bindLabel(code, reader.line);
  emitter.call(code, reader.getCharacter);
  emitter.branch(code, 'equal', [character, HASH], reader.skip);
  emitPassField(reader, true);
  emitPassField(reader, false);
  emitCompareUid(reader);
  emitPassField(reader, false);
  emitPassField(reader, false);
  emitReadHome(reader);
  emitCopyHome(reader);
  emitter.jump(code, reader.done);
  emitSkip(reader);
  emitGetCharacter(reader);
  bindLabel(code, reader.done);
}
