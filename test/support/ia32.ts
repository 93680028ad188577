// Whether the kernel runs 32-bit programs: user mode Linux does not, nor does a virtual machine whose host runs 64-bit
// code only, although it has the sysctls that belong to them.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BASE = 0x0804_8000;
const HEADERS_SIZE = 52 + 32;
/** exit(7): mov ebx, 7; mov eax, 1; int 0x80. */
const CODE = [0xbb, 7, 0, 0, 0, 0xb8, 1, 0, 0, 0, 0xcd, 0x80];

/** A static ELF32 executable for the i386, one segment. */
function program(): Uint8Array {
  const bytes = new Uint8Array(HEADERS_SIZE + CODE.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 3, true); // EM_386
  view.setUint32(20, 1, true);
  view.setUint32(24, BASE + HEADERS_SIZE, true);
  view.setUint32(28, 52, true);
  view.setUint16(40, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, 1, true);
  // PT_LOAD, offset, addresses, sizes, R X, alignment.
  const header = [1, 0, BASE, BASE, bytes.length, bytes.length, 5, 0x1000];
  header.forEach((word, i) => { view.setUint32(52 + i * 4, word, true); });
  bytes.set(CODE, HEADERS_SIZE);
  return bytes;
}

export function runs32BitPrograms(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-ia32-'));
  try {
    const path = join(directory, 'program');
    writeFileSync(path, program(), { mode: 0o755 });
    return spawnSync(path).status === 7;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
