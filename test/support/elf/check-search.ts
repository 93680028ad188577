// The two operations whose code has loops, decimal and find_home: executed, with a kernel that has the files.

import type { Operation } from '../../../src/plan/operation.ts';
import type { Machine, SystemCall } from './machine.ts';
import type { Reading } from './reading.ts';

const READ = 0;
const DESCRIPTOR = 9n;
const ENTRY = '/home/found';

type Decimal = Extract<Operation, { readonly kind: 'decimal' }>;
type FindHome = Extract<Operation, { readonly kind: 'find_home' }>;

/** What a constant or a cell of memory is for a run: the machine's memory gets it. */
function give(machine: Machine, value: Decimal['value'], { memory, given }: { memory: number; given: bigint }): bigint {
  if (typeof value === 'number') return BigInt(value);
  if ('slot' in value) machine.write(memory + value.slot, given, 8);
  else if ('load' in value) machine.write(memory + value.load, given, value.size);
  else throw new Error('the address of something, where a number is needed');
  return given;
}

export function checkDecimal(reading: Reading, { value, into, slot }: Decimal): void {
  const start = reading.address;
  const { memory } = reading.file;
  const end = endOfDecimal(reading, memory + slot);
  for (const given of [0n, 7n, 10n, 99n, 100n, 4096n, 1_000_000_000n, 3_405_691_582n, 4_294_967_295n]) {
    const machine = reading.machine();
    const size = typeof value === 'object' && 'load' in value ? value.size : 8;
    const number = give(machine, value, { memory, given: given & (1n << BigInt(8 * size)) - 1n });
    machine.run(start, new Set([end]));
    const digits = `${number}\0`;
    const found = Array.from(digits, (_, i) => String.fromCharCode(machine.byte(memory + into + i))).join('');
    const length = machine.read(memory + slot, 8);
    const isRight = found === digits && length === BigInt(digits.length - 1);
    if (!isRight) throw new Error(`${number} becomes ${found}, ${length}`);
  }
}

/** Behind the store of the length, the first with an address of its own. */
function endOfDecimal(reading: Reading, slot: number): number {
  for (let next = reading.peek(); next !== undefined; next = reading.peek()) {
    if (next.op === 'syscall' || next.op === 'call') throw new Error(`${next.op} within a number`);
    reading.skipTo(next.next);
    if (next.op === 'store' && next.base < 0 && next.size === 8) {
      if (next.address !== slot) throw new Error(`stores at ${next.address}`);
      return next.next;
    }
  }
  throw new Error('a number without an end');
}

export function checkFindHome(reading: Reading, search: FindHome): void {
  const start = reading.address;
  const end = endOfLoops(reading);
  const { uid } = search;
  checkDigits(reading, start, uid);
  const other = uid === 0 ? 7 : uid - 1;
  const lines = `#x:x:${uid}:0::/no\nroot:x:${other}:0::/other\nbad:x\n:x:00${uid}:5:name:${ENTRY}:/bin/sh\n`
    + `x:x:${uid}:0::/late\n`;
  const nothing = `root:x:${other}:0::/other:\nx:x:${uid}\n`;
  // The second one in pieces, so that the buffer has to be filled again.
  for (const [text, size, expected] of [[lines, 4096, ENTRY], [lines, 7, ENTRY], [nothing, 4096, undefined]] as const) {
    const found = searchIn(reading, search, { text, size, start, end });
    if (found !== expected) throw new Error(`find_home finds ${String(found)}, not ${String(expected)}`);
  }
  if (search.capacity > ENTRY.length) return;
  throw new Error(`room for ${search.capacity} bytes only`);
}

/** The only constant of the search is what the uid is compared with; nothing stands for zero. */
function checkDigits(reading: Reading, start: number, uid: number): void {
  const { constantsBase, constants, headersSize } = reading.file;
  const isConstant = (value: number): boolean => (
    value >= constantsBase + headersSize && value < constantsBase + constants.length);
  let found = 0;
  for (const instruction of reading.instructionsFrom(start)) {
    if (instruction.op !== 'immediate' || !isConstant(Number(instruction.value))) continue;
    reading.data.checkBytes(Number(instruction.value), Buffer.from(uid === 0 ? '\0' : `${uid}\0`));
    found++;
  }
  if (found !== 1) throw new Error(`${found} constants`);
}

interface Files {
  readonly text: string;
  readonly size: number;
  readonly start: number;
  readonly end: number;
}

/** @returns what was written to the plan's memory */
function searchIn(reading: Reading, search: FindHome, { text, size, start, end }: Files): string | undefined {
  const machine = reading.machine();
  const { memory } = reading.file;
  const descriptor = give(machine, search.descriptor, { memory, given: DESCRIPTOR });
  const bytes = Buffer.from(text);
  let offset = 0;
  const kernel = ({ number, args: [file, buffer, count] }: SystemCall): bigint => {
    if (number !== READ || file !== descriptor || count !== 4096n || buffer !== BigInt(memory + search.scratch)) {
      throw new Error(`find_home calls ${number} with ${String(file)}, ${String(buffer)}, ${String(count)}`);
    }
    const piece = bytes.subarray(offset, offset + size);
    piece.forEach((byte, i) => machine.write(memory + search.scratch + i, BigInt(byte), 1));
    offset += piece.length;
    return BigInt(piece.length);
  };
  machine.run(start, new Set([end]), kernel);
  if (!machine.written.has(memory + search.into)) return undefined;
  let found = '';
  for (let at = memory + search.into; machine.byte(at) !== 0; at++) found += String.fromCharCode(machine.byte(at));
  return found;
}

/** Where code ends that jumps within itself only: behind all that it has jumped to. */
function endOfLoops(reading: Reading): number {
  const start = reading.address;
  let furthest = start;
  let hasCalled = false;
  for (let next = reading.peek(); next !== undefined; next = reading.peek()) {
    if ('target' in next) {
      if (next.target < start) throw new Error('a search that leaves itself');
      furthest = Math.max(furthest, next.target);
    }
    hasCalled ||= next.op === 'call';
    reading.skipTo(next.next);
    if (hasCalled && next.next >= furthest) return next.next;
  }
  throw new Error('a search without an end');
}
