// The vocabulary of a plan: what the compiled init does, as data. One operation is one system call, or one of the few
// control operations between them. Knows nothing of machine code (elf/) nor of config.json (the stages beside it).
//
// A plan runs in one address space with `memory` bytes of zeroed, writable memory; offsets into it are Slots (8-byte
// cells that hold a result) or plain buffers. All else that an operation points to is constant.

import type { SyscallName } from '../linux/syscalls.ts';

declare const slotBrand: unique symbol;
declare const labelBrand: unique symbol;

/** Offset of an 8-byte cell of the plan's memory. */
export type Slot = number & { readonly [slotBrand]: true };
/** Name of a place in the plan; unique within it. */
export type Label = string & { readonly [labelBrand]: true };

/** Something with an address that is known when the plan is assembled. */
export type Address =
  /** A NUL-terminated UTF-8 string. */
  | { readonly text: string }
  /** Constant bytes. */
  | { readonly bytes: Uint8Array }
  /** Constant 8-byte words: the kernel's structures, pointer arrays. Numbers are stored as signed 64-bit integers. */
  | { readonly words: readonly Word[] }
  /** The address of the plan's memory at an offset. */
  | { readonly memory: number };

export type Word = number | Address;

/** An argument: an integer (|n| < 2^53), an address, or what memory holds when the operation runs. */
export type Value =
  | number
  | Address
  /** The content of a slot. */
  | { readonly slot: Slot }
  /** The zero-extended content of `size` bytes of memory at an offset. */
  | { readonly load: number; readonly size: 1 | 2 | 4 | 8 };

/** `supervisor` and `cleanup` are a file's that is a container of its own (standalone/), the others an init's. */
export type Stage = 'supervisor' | 'cleanup' | 'stage0' | 'init' | 'start';

interface Common {
  readonly stage: Stage;
  /** JSON pointer of the config entry that asked for the operation; '' for what every container needs. */
  readonly origin: string;
  /** What a person would say it does, to follow "cannot": `mount "proc" at "/proc"`. */
  readonly action: string;
}

/** A system call. A failure (result in -4095..-1) that is neither tolerated nor branched on ends the plan: it writes
 * the Report {operation index, errno} and exits with status 1. */
export interface Call extends Common {
  readonly kind: SyscallName;
  /** At most six. */
  readonly args: readonly Value[];
  /** Where a successful result goes. A failure that is tolerated or branched on leaves the slot as it is. */
  readonly result?: Slot;
  /** The call is made again when it gives EAGAIN, MOST_TRIES times at most: openat2(2) does where something is renamed
   * or mounted anywhere on the host while it goes up by a "..", as it can't tell then whether that leads out. */
  readonly again?: true;
  /** These errnos are no failure: go on with the next operation. */
  readonly tolerate?: readonly number[];
  /** On these errnos go on at a label. */
  readonly on?: readonly Way[];
  /** On success go on at a label instead of the next operation. */
  readonly success?: Label;
  /** What a failure with these errnos means here, in place of the errno's general words. */
  readonly reasons?: readonly Reason[];
  /** A failure with ENOENT is that of a symbolic link which leads nowhere: its name has just been found taken. */
  readonly mayDangle?: boolean;
  /** Holds a file system's context (fsopen(2), fspick(2)): what the kernel has said about it goes with the report of a
   * failure, where the plan has `logs`. */
  readonly log?: Slot;
}

/** Some tenths of a second. */
export const MOST_TRIES = 100_000;

export interface Way {
  readonly errno: number;
  readonly to: Label;
}

export interface Reason {
  readonly errno: number;
  /** What follows "cannot <action>: ". */
  readonly text: string;
}

/** A place to jump to; does nothing. */
interface Mark extends Common {
  readonly kind: 'label';
  readonly label: Label;
}

interface Jump extends Common {
  readonly kind: 'jump';
  readonly to: Label;
}

/** Compares `value & mask` with `operand` (all unsigned 64-bit; no mask: the whole value) and jumps when the test
 * holds. */
interface Branch extends Common {
  readonly kind: 'branch';
  readonly value: Value;
  readonly mask?: number;
  readonly test: 'equal' | 'not_equal';
  readonly operand: number;
  readonly to: Label;
}

/** Stores an 8-byte value. */
interface SetSlot extends Common {
  readonly kind: 'set';
  readonly slot: Slot;
  readonly value: Value;
}

/** Adds to what a slot holds, or takes away from it: 64 bits that wrap around. */
interface Arithmetic extends Common {
  readonly kind: 'add' | 'subtract';
  readonly slot: Slot;
  readonly value: Value;
}

/** Stores the 8 bytes at the address `from` plus 8 times `index`: an entry of a table, or memory behind a pointer. */
interface Pick extends Common {
  readonly kind: 'pick';
  readonly slot: Slot;
  readonly from: Value;
  readonly index: Value;
}

/** Writes a 32-bit number to memory at `into`, as decimal digits without leading zeros and a NUL, and stores how many
 * digits there are. */
interface Decimal extends Common {
  readonly kind: 'decimal';
  readonly value: Value;
  /** Offset of DECIMAL_SIZE bytes. */
  readonly into: number;
  readonly slot: Slot;
}

/** What the longest 32-bit number takes, with its NUL. */
export const DECIMAL_SIZE = 11;

/** Fails as a system call would, with this errno: for conditions that the plan itself has found. */
interface Fail extends Common {
  readonly kind: 'fail';
  readonly errno: number;
  /** The whole message, where "cannot <action>: <reason>" would not be what callers match on. */
  readonly message?: string;
}

/** Reads passwd(5) lines from `descriptor` to its end and copies the home directory of the first entry whose uid is
 * `uid` to memory at `into`, NUL-terminated. A line may end after its home; lines that begin with `#`, have too few
 * fields, or a NUL in their home are skipped. Leaves that memory as it is when there is no such entry, when its
 * home is empty, or when it does not fit into `capacity` bytes. `scratch` is the offset of 4096 bytes for reading.
 * A failing read(2) counts as the end of the file. */
interface FindHome extends Common {
  readonly kind: 'find_home';
  readonly descriptor: Value;
  readonly uid: number;
  readonly into: number;
  readonly capacity: number;
  readonly scratch: number;
}

export type Operation = Call | Mark | Jump | Branch | SetSlot | Arithmetic | Pick | Decimal | Fail | FindHome;

export interface Rescue {
  readonly to: Label;
  /** Offset of the report's two words. */
  readonly record: number;
}

export interface Plan {
  readonly operations: readonly Operation[];
  /** Bytes of zeroed writable memory, a multiple of 8. */
  readonly memory: number;
  /** The descriptor that a failing operation writes its report to: 16 bytes, two little-endian 64-bit integers,
   * operation index and errno. */
  readonly report: number;
  /** Whether a call's `log` is reported: RECORD_LOG and the text in front of those 16 bytes, all in one write. */
  readonly logs?: true;
  /** Where a failing operation of the stage `supervisor` goes on instead: the plan has its report in memory then. */
  readonly rescue?: Rescue;
  /** The index of the first operation in reports; 0 if not given. */
  readonly firstIndex?: number;
}
