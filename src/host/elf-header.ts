// What execve(2) would make of a file that starts as ELF: for which machine it is, and which loader it asks for.
// elf(5). Reads through a function, so that nothing of the file has to be in memory; believes nothing that it reads.

/** Up to `length` bytes from `offset` on; fewer at the end of the file. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

export interface ElfHeader {
  /** As uname(1) calls it, or `machine 4711`. */
  readonly architecture: string;
  /** The loader (PT_INTERP) of a program that is not static. */
  readonly interpreter?: string;
}

/** Machines of e_machine by name; where both widths or byte orders share a number, the name is that of the more common
 * one and `nameOf` tells the other. */
const MACHINES: Readonly<Record<number, string>> = {
  2: 'sparc', 3: 'i386', 4: 'm68k', 8: 'mips', 15: 'parisc', 20: 'ppc', 21: 'ppc64', 22: 's390', 40: 'arm', 42: 'sh4',
  43: 'sparc64', 50: 'ia64', 62: 'x86_64', 183: 'aarch64', 243: 'riscv32', 247: 'bpf', 258: 'loongarch32',
  0x9026: 'alpha',
};

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const ET_EXEC = 2;
const ET_DYN = 3;
const PT_INTERP = 3;
/** What the kernel takes of program headers at most, and of a loader's path: fs/binfmt_elf.c. */
const MOST_HEADER_BYTES = 65536;
const PATH_MAX = 4096;

/** Offsets of Elf32_Ehdr and Elf64_Ehdr, Elf32_Phdr and Elf64_Phdr. */
const LAYOUTS = {
  32: { header: 52, tableOffset: 28, entrySize: 42, entries: 44, entry: 32, segmentOffset: 4, segmentSize: 16 },
  64: { header: 64, tableOffset: 32, entrySize: 54, entries: 56, entry: 56, segmentOffset: 8, segmentSize: 32 },
} as const;

export function isElf(start: Uint8Array): boolean {
  return ELF_MAGIC.every((byte, i) => start[i] === byte);
}

/** @returns undefined for what no kernel would execute: an object file, a core dump, a header that is cut off */
export function readElfHeader(readAt: ReadAt): ElfHeader | undefined {
  const bytes = readAt(0, LAYOUTS[64].header);
  const layout = bytes[4] === CLASS_64 ? LAYOUTS[64] : LAYOUTS[32];
  if (!isElf(bytes) || bytes.length < layout.header) return undefined;
  const little = bytes[5] === LITTLE_ENDIAN;
  const view = viewOf(bytes);
  const type = view.getUint16(16, little);
  if (type !== ET_EXEC && type !== ET_DYN) return undefined;
  const architecture = nameOf(view.getUint16(18, little), { wide: layout === LAYOUTS[64], little });
  const interpreter = findInterpreter(readAt, { view, layout, little });
  return { architecture, ...(interpreter === undefined ? {} : { interpreter }) };
}

function nameOf(machine: number, { wide, little }: { wide: boolean; little: boolean }): string {
  const name = MACHINES[machine];
  switch (name) {
    case undefined: return `machine ${machine}`;
    case 'riscv32': return wide ? 'riscv64' : name;
    case 'loongarch32': return wide ? 'loongarch64' : name;
    case 's390': return wide ? 's390x' : name;
    case 'mips': return `mips${wide ? '64' : ''}${little ? 'el' : ''}`;
    case 'ppc64': return little ? 'ppc64le' : name;
    case 'arm': return little ? name : 'armeb';
    case 'aarch64': return little ? name : 'aarch64_be';
    case 'x86_64': return wide ? name : 'x32';
    default: return name;
  }
}

interface Header {
  readonly view: DataView;
  readonly layout: (typeof LAYOUTS)[32 | 64];
  readonly little: boolean;
}

function findInterpreter(readAt: ReadAt, { view, layout, little }: Header): string | undefined {
  const size = view.getUint16(layout.entrySize, little);
  const entries = view.getUint16(layout.entries, little);
  if (size !== layout.entry || size * entries > MOST_HEADER_BYTES) return undefined;
  const word = (from: DataView, offset: number): number => (
    layout === LAYOUTS[64] ? Number(from.getBigUint64(offset, little)) : from.getUint32(offset, little));
  const table = readAt(word(view, layout.tableOffset), size * entries);
  const segments = viewOf(table);
  for (let at = 0; at + size <= table.length; at += size) {
    if (segments.getUint32(at, little) !== PT_INTERP) continue;
    const length = Math.min(word(segments, at + layout.segmentSize), PATH_MAX);
    const path = readAt(word(segments, at + layout.segmentOffset), length);
    const end = path.indexOf(0);
    return new TextDecoder().decode(end < 0 ? path : path.subarray(0, end));
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
