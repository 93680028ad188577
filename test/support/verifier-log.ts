// What the kernel's verifier says of a device program, instruction by instruction: the kernel's own disassembler.
// Written from <linux/bpf.h>; knows nothing of src/ but how to make a system call.

import { closeSync } from 'node:fs';
import { numbers } from '../../src/ffi/system-calls.ts';
import { kernel } from './library.ts';

const LOG_SIZE = 1 << 22;

/** The instructions that the verifier has walked through, by index, as kernel/bpf/disasm.c shows them. */
export function kernelDisassembly(instructions: Uint8Array): Map<number, string> {
  const ffi = kernel();
  const log = new Uint8Array(LOG_SIZE);
  const license = new TextEncoder().encode('GPL\0');
  const attributes = new DataView(new ArrayBuffer(128));
  attributes.setUint32(0, 15, true); // BPF_PROG_TYPE_CGROUP_DEVICE
  attributes.setUint32(4, instructions.length / 8, true);
  attributes.setBigUint64(8, BigInt(ffi.address(instructions)), true);
  attributes.setBigUint64(16, BigInt(ffi.address(license)), true);
  attributes.setUint32(24, 2, true); // BPF_LOG_LEVEL2: every instruction
  attributes.setUint32(28, log.length, true);
  attributes.setBigUint64(32, BigInt(ffi.address(log)), true);
  const memory = new Uint8Array(attributes.buffer);
  const program = ffi.syscall(numbers.bpf, 5, memory, memory.length, instructions, license, log);
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0)));
  if (program < 0) throw new Error(`the kernel does not take the program: ${-program}: ${text}`);
  closeSync(program);
  const shown = new Map<number, string>();
  for (const line of text.split('\n')) {
    // What is behind ";" is the state of the registers.
    const match = /^(?:from \d+ to \d+: .*|)(\d+): \([0-9a-f]{2}\) (.*?)\s*(?:;.*)?$/.exec(line);
    if (match !== null) shown.set(Number(match[1]), (match[2] ?? '').trim());
  }
  return shown;
}
