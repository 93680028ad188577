// The find_home operation: a streaming reader of passwd(5), written in the emitter's instructions, so that it serves
// every architecture. It keeps no line: a read may end anywhere, and a line may have any length.
//
//   line ─▶ name ─:─▶ password ─:─▶ uid ─:─▶ gid ─:─▶ gecos ─:─▶ home ─ : or end of line ─▶ done
//    ▲        │           │          │ not ours │         │         │ NUL
//    │        └───────────┴──────────┼──────────┴─────────┘         │
//    └────────── end of line ── skip ◀──────────────────────────────┘
//
// As forgiving as runc and glibc: a line may end after its home directory. Lines that start with # are comments. The
// uid is compared as text without its leading zeros, so that no number can overflow into a match.

import { bindLabel, type Code, type CodeLabel, createLabel } from './code.ts';
import { callResult, type Emitter, firstFree, type Register, systemCallNumber } from './emitter.ts';

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

function branchIfCharacter(reader: Reader, value: number, target: CodeLabel): void {
  reader.emitter.compare(reader.code, character, value);
  reader.emitter.branch(reader.code, 'equal', target);
}

/** The subroutine that reads one character, refilling the buffer when it is used up. */
function emitGetCharacter(reader: Reader): void {
  const { emitter, code, search } = reader;
  const have = createLabel(code);
  const ended = createLabel(code);
  bindLabel(code, reader.getCharacter);
  emitter.compareRegisters(code, cursor, end);
  emitter.branch(code, 'not_equal', have);
  emitter.copy(code, 0, descriptor);
  emitter.setImmediate(code, 1, search.scratch);
  emitter.setImmediate(code, 2, BUFFER_SIZE);
  emitter.systemCall(code, systemCallNumber(emitter, 'read'));
  emitter.branchIfFailed(code, ended);
  emitter.compare(code, callResult, 0);
  emitter.branch(code, 'equal', ended);
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
  branchIfCharacter(reader, COLON, next);
  branchIfCharacter(reader, NEWLINE, reader.line);
  emitter.compare(code, character, END_OF_FILE);
  emitter.branch(code, 'not_equal', read);
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
  emitter.compare(code, character, ZERO);
  emitter.branch(code, 'not_equal', compare);
  emitter.setImmediate(code, seen, 1);
  emitter.jump(code, leading);
  const digit = placeLabel(code);
  emitter.call(code, reader.getCharacter);
  bindLabel(code, compare);
  branchIfCharacter(reader, COLON, complete);
  emitter.loadByte(code, expected, position);
  // The end of the digits must not match a NUL in the file.
  emitter.compare(code, expected, 0);
  emitter.branch(code, 'equal', reader.skip);
  emitter.compareRegisters(code, character, expected);
  emitter.branch(code, 'not_equal', reader.skip);
  emitter.add(code, position, 1);
  emitter.setImmediate(code, seen, 1);
  emitter.jump(code, digit);
  bindLabel(code, complete);
  emitter.loadByte(code, expected, position);
  emitter.compare(code, expected, 0);
  emitter.branch(code, 'not_equal', reader.skip);
  emitter.compare(code, seen, 0);
  emitter.branch(code, 'equal', reader.skip);
}

/** Reads the home directory into the stash: whether it fits is only known at its end. */
function emitReadHome(reader: Reader): void {
  const { emitter, code, search } = reader;
  const complete = createLabel(code);
  emitter.setImmediate(code, position, search.stash);
  const read = placeLabel(code);
  emitter.call(code, reader.getCharacter);
  branchIfCharacter(reader, COLON, complete);
  branchIfCharacter(reader, NEWLINE, complete);
  branchIfCharacter(reader, END_OF_FILE, complete);
  branchIfCharacter(reader, 0, reader.skip);
  emitter.compare(code, position, search.stash + search.capacity - 1);
  emitter.branch(code, 'equal', reader.done);
  emitter.storeByte(code, position, character);
  emitter.add(code, position, 1);
  emitter.jump(code, read);
  bindLabel(code, complete);
  emitter.compare(code, position, search.stash);
  emitter.branch(code, 'equal', reader.done);
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
  emitter.compare(code, character, 0);
  emitter.branch(code, 'not_equal', copy);
}

function emitSkip(reader: Reader): void {
  const { emitter, code } = reader;
  bindLabel(code, reader.skip);
  branchIfCharacter(reader, NEWLINE, reader.line);
  branchIfCharacter(reader, END_OF_FILE, reader.done);
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
  branchIfCharacter(reader, HASH, reader.skip);
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
