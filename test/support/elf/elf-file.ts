// The file that a plan is assembled to: its header and segments. From the System V gABI; knows nothing of src/.

export interface ElfFile {
  readonly bytes: Uint8Array;
  readonly entry: number;
  /** Address of the writable memory, and its size. */
  readonly memory: number;
  readonly memorySize: number;
  readonly text: Uint8Array;
  readonly textBase: number;
  /** What is readable only: headers and constants. */
  readonly constants: Uint8Array;
  readonly constantsBase: number;
  readonly headersSize: number;
}

const PAGE = 4096;
const STACK = 0x6474_e551;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

/** Reads a file that has one segment to read, one to write, one to execute, and says that its stack is not to be
 * executed. @throws Error for any other */
export function parseElf(bytes: Uint8Array): ElfFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number => Number(view.getBigUint64(at, true));
  const short = (at: number): number => view.getUint16(at, true);
  const ident = Buffer.from(bytes.subarray(0, 16)).toString('hex');
  expectEqual(ident, '7f454c46020101000000000000000000', 'e_ident');
  expectEqual([short(16), short(18), view.getUint32(20, true)], [2, 62, 1], 'e_type, e_machine, e_version');
  const [entry, phoff, shoff] = [word(24), word(32), word(40)];
  expectEqual([phoff, shoff, view.getUint32(48, true)], [64, 0, 0], 'e_phoff, e_shoff, e_flags');
  expectEqual([52, 54, 56, 58, 60, 62].map(short), [64, 56, 4, 0, 0, 0], 'e_ehsize …');
  const segments = [0, 1, 2, 3].map((i): Segment => {
    const at = 64 + 56 * i;
    expectEqual(word(at + 16), word(at + 24), 'p_paddr');
    expectEqual(word(at + 48), i === 3 ? 16 : PAGE, 'p_align');
    return {
      type: view.getUint32(at, true), flags: view.getUint32(at + 4, true), offset: word(at + 8), address: word(at + 16),
      fileSize: word(at + 32), memorySize: word(at + 40),
    };
  });
  const [constants, memory, text, stack] = segments as [Segment, Segment, Segment, Segment];
  expectEqual(segments.map(({ type, flags }) => [type, flags]), [[1, 4], [1, 6], [1, 5], [STACK, 6]], 'segments');
  const nothing = [memory.fileSize, memory.offset, stack.fileSize, stack.memorySize, stack.offset, stack.address];
  expectEqual(nothing, [0, 0, 0, 0, 0, 0], 'segments without bytes');
  expectEqual([constants.offset, constants.fileSize], [0, text.offset], 'constants');
  expectEqual([constants.memorySize, text.memorySize], [constants.fileSize, text.fileSize], 'sizes in memory');
  expectEqual(text.offset + text.fileSize, bytes.length, 'the end of the file');
  const order = [constants.address, memory.address, text.address];
  const overlap = order.some((address, i) => i > 0 && pageEnd(segments[i - 1]) > address);
  if (overlap) throw new Error('segments overlap');
  expectEqual(order.map((address) => address % PAGE), [0, 0, 0], 'alignment');
  return {
    bytes, entry, memory: memory.address, memorySize: memory.memorySize, textBase: text.address,
    text: bytes.subarray(text.offset), constants: bytes.subarray(0, text.offset), constantsBase: constants.address,
    headersSize: 64 + 4 * 56,
  };
}

function pageEnd(segment: Segment | undefined): number {
  return segment === undefined ? 0 : Math.ceil((segment.address + segment.memorySize) / PAGE) * PAGE;
}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`the file's ${what}: ${one}, not ${other}`);
}
