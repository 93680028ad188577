// Where everything is, in the executable file and in the running init, and the ELF header that says so.
//
//   file                                     address space
//   0           ELF header             ───▶  base                     ┐ R    header, constants
//               program headers                                       │
//               constants                                             ┘
//               (gap)                        (gap)
//               (no bytes)                   MEMORY_BASE              ┐ R W  memory: the plan's, the report, the stack,
//                                                                     ┘      the home directory that find_home reads
//   textOffset  text                    ───▶ textBase                 ┐ R X  text
//   end                                                               ┘
//
// Every address is known before the first instruction is written: memory has a fixed place and a known size, text grows
// upwards behind it, and constants before it. No file page is part of two segments, so that nothing is writable and
// executable, and no constant is executable. All of it usually lies in one 2 MiB range: one page table.
//
// Format: System V gABI, chapters 4 and 5. Knows nothing of operations.

import type { Code } from './code.ts';
import { type Constants, type createConstants, writeConstants, writeWords } from './constants.ts';
import type { Emitter } from './emitter.ts';

/** Leaves 512 KiB below it in its 2 MiB range, and 16 MiB above address 0 for a plan with very large strings. Below 64
 * KiB the kernel maps nothing (vm.mmap_min_addr). */
export const MEMORY_BASE = 0x108_0000;

/** x86_64 instructions hold addresses in 31 bits. */
const ADDRESS_LIMIT = 0x8000_0000;

const FILE_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const HEADER_COUNT = 4;
const HEADERS_SIZE = FILE_HEADER_SIZE + HEADER_COUNT * PROGRAM_HEADER_SIZE;

export type ConstantSpace = Parameters<typeof createConstants>[0];

/** Nearly all plans have little but ASCII. */
export const USUAL_CONSTANTS: ConstantSpace = {
  begin: MEMORY_BASE - 0x8_0000 + HEADERS_SIZE, memory: MEMORY_BASE, exact: false,
};
export const ANY_CONSTANTS: ConstantSpace = { begin: 0x1_0000 + HEADERS_SIZE, memory: MEMORY_BASE, exact: true };

const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474_e551;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;
const ET_EXEC = 2;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

export interface Parts {
  readonly emitter: Emitter;
  readonly text: Code;
  /** Offset of the first instruction. */
  readonly entry: number;
  readonly constants: Constants;
  /** Bytes of writable memory. */
  readonly memory: number;
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function writeFileHeader(words: Int32Array, machine: number, entry: number): void {
  words[0] = 0x464c_457f;
  words[1] = 0x01_0102; // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
  words[4] = ET_EXEC | (machine << 16);
  words[5] = 1; // EV_CURRENT
  // The entry, where the program headers are, where there are no section headers.
  writeWords(words, [entry, FILE_HEADER_SIZE, 0], 6);
  words[13] = FILE_HEADER_SIZE | (PROGRAM_HEADER_SIZE << 16);
  words[14] = HEADER_COUNT;
}

function writeProgramHeader(words: Int32Array, index: number, segment: Segment): void {
  const { offset, address, fileSize, memorySize, alignment } = segment;
  const at = (FILE_HEADER_SIZE + index * PROGRAM_HEADER_SIZE) / 4;
  words[at] = segment.type;
  words[at + 1] = segment.flags;
  writeWords(words, [offset, address, address, fileSize, memorySize, alignment], at + 2);
}

/**
 * Puts an executable together.
 *
 * @returns undefined when the constants reach into the memory, or have other sizes than they were taken to have
 * @throws RangeError when the parts don't fit into the address space that instructions can name
 */
export function buildExecutable(parts: Parts): Uint8Array | undefined {
  const { emitter, text, entry, constants, memory } = parts;
  if (constants.end > MEMORY_BASE) return undefined;
  const alignment = emitter.pageSize;
  const base = constants.begin - HEADERS_SIZE;
  const textOffset = alignUp(constants.end - base, alignment);
  const textBase = alignUp(MEMORY_BASE + memory, alignment);
  const textSize = text.length * 4;
  if (textBase + textSize > ADDRESS_LIMIT) throw new RangeError(`plan has ${memory} bytes of memory`);
  const file = new Uint8Array(textOffset + textSize);
  if (!writeConstants(constants, file.subarray(HEADERS_SIZE))) return undefined;
  const words = new Int32Array(file.buffer);
  writeFileHeader(words, emitter.machine, textBase + entry * 4);
  const load = { type: PT_LOAD, alignment };
  writeProgramHeader(words, 0, {
    ...load, flags: PF_R, offset: 0, address: base, fileSize: textOffset, memorySize: textOffset,
  });
  writeProgramHeader(words, 1, {
    ...load, flags: PF_R | PF_W, offset: 0, address: MEMORY_BASE, fileSize: 0, memorySize: memory,
  });
  writeProgramHeader(words, 2, {
    ...load, flags: PF_R | PF_X, offset: textOffset, address: textBase, fileSize: textSize, memorySize: textSize,
  });
  writeProgramHeader(words, 3, {
    type: PT_GNU_STACK, flags: PF_R | PF_W, offset: 0, address: 0, fileSize: 0, memorySize: 0, alignment: 16,
  });
  words.set(text.words.subarray(0, text.length), textOffset / 4);
  return file;
}
