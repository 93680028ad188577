// Where everything is, in the executable file and in the running init, and the ELF header that says so.
//
//   file                                     address space
//   0           ELF header                   MEMORY_BASE - textOffset ┐
//               program headers                                       │ R    constants
//               (gap)                                                 │
//               constants, ending at    ───▶                          ┘
//               the page boundary            MEMORY_BASE              ┐ R W  memory: the plan's, the report, the
//               (no bytes)                                            ┘      home directory that find_home reads
//   textOffset  text                    ───▶ textBase                 ┐ R X  text
//   end                                                               ┘
//
// Every address is known before the first instruction is written: memory has a fixed place and a known size, text grows
// upwards behind it, constants grow downwards before it. No file page is part of two segments, so that nothing is
// writable and executable, and no constant is executable. All of it usually lies in one 2 MiB range: one page table.
//
// Format: System V gABI, chapters 4 and 5. Knows nothing of operations.

import { type Code, write64 } from './code.ts';
import { constantBytes, type Constants } from './constants.ts';
import type { Emitter } from './emitter.ts';

/** Leaves 512 KiB below it in its 2 MiB range, and 16 MiB above address 0 for a plan with very large strings. */
export const MEMORY_BASE = 0x108_0000;

/** x86_64 instructions hold addresses in 31 bits. */
const ADDRESS_LIMIT = 0x8000_0000;

const FILE_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const HEADER_COUNT = 4;
const HEADERS_SIZE = FILE_HEADER_SIZE + HEADER_COUNT * PROGRAM_HEADER_SIZE;

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
  readonly constants: Constants;
  /** Bytes of writable memory. */
  readonly memory: number;
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function writeFileHeader(view: DataView, machine: number, entry: number): void {
  view.setInt32(0, 0x464c_457f, true);
  view.setUint8(4, 2); // ELFCLASS64
  view.setUint8(5, 1); // ELFDATA2LSB
  view.setUint8(6, 1); // EV_CURRENT
  view.setUint8(16, ET_EXEC);
  view.setUint8(18, machine);
  view.setUint8(20, 1); // EV_CURRENT
  write64(view, 24, entry);
  view.setUint8(32, FILE_HEADER_SIZE); // where the program headers are
  view.setUint8(52, FILE_HEADER_SIZE);
  view.setUint8(54, PROGRAM_HEADER_SIZE);
  view.setUint8(56, HEADER_COUNT);
}

function writeProgramHeader(view: DataView, index: number, segment: Segment): void {
  const at = FILE_HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
  view.setInt32(at, segment.type, true);
  view.setInt32(at + 4, segment.flags, true);
  write64(view, at + 8, segment.offset);
  write64(view, at + 16, segment.address);
  write64(view, at + 24, segment.address);
  write64(view, at + 32, segment.fileSize);
  write64(view, at + 40, segment.memorySize);
  write64(view, at + 48, segment.alignment);
}

/**
 * Puts an executable together; its entry is the text's first byte.
 *
 * @throws RangeError when the parts don't fit into the address space that instructions can name
 */
export function buildExecutable(parts: Parts): Uint8Array {
  const { emitter, text, constants, memory } = parts;
  const alignment = emitter.pageSize;
  const textOffset = alignUp(HEADERS_SIZE + constants.used, alignment);
  const textBase = alignUp(MEMORY_BASE + memory, alignment);
  // Below 64 KiB the kernel maps nothing (vm.mmap_min_addr).
  if (MEMORY_BASE - textOffset < 0x1_0000) throw new RangeError(`plan has ${constants.used} bytes of constants`);
  if (textBase + text.length > ADDRESS_LIMIT) throw new RangeError(`plan has ${memory} bytes of memory`);
  const file = new Uint8Array(textOffset + text.length);
  const view = new DataView(file.buffer);
  writeFileHeader(view, emitter.machine, textBase);
  const constantsBase = MEMORY_BASE - textOffset;
  const load = { type: PT_LOAD, alignment };
  writeProgramHeader(view, 0, {
    ...load, flags: PF_R, offset: 0, address: constantsBase, fileSize: textOffset, memorySize: textOffset,
  });
  writeProgramHeader(view, 1, {
    ...load, flags: PF_R | PF_W, offset: 0, address: MEMORY_BASE, fileSize: 0, memorySize: memory,
  });
  writeProgramHeader(view, 2, {
    ...load, flags: PF_R | PF_X, offset: textOffset, address: textBase, fileSize: text.length, memorySize: text.length,
  });
  writeProgramHeader(view, 3, {
    type: PT_GNU_STACK, flags: PF_R | PF_W, offset: 0, address: 0, fileSize: 0, memorySize: 0, alignment: 16,
  });
  file.set(constantBytes(constants), textOffset - constants.used);
  file.set(text.bytes.subarray(0, text.length), textOffset);
  return file;
}
