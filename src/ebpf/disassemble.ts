// A device program's bytes → the text that a person reads: the kernel's own notation (kernel/bpf/disasm.c, which the
// verifier's log and bpftool print), and beside it what the registers hold. Goes by the bytes alone.
//
//   0  r2 = *(u32 *)(r1 +0)         access and type
//   3  w2 &= 65535                  type
//   6  if w2 != 0x2 goto pc+20      a character device?
//
// Pure. Knows the instructions that a device program is made of, and no others.

import { MKNOD, READ, WRITE } from './device-list.ts';

export interface DisassembledInstruction {
  readonly text: string;
  /** What it is about; '' where there is nothing to say. */
  readonly comment: string;
}

const SIZE = 8;

interface Instruction {
  readonly code: number;
  readonly to: number;
  readonly from: number;
  readonly offset: number;
  readonly operand: number;
}

/** Shows a program (struct bpf_insn[]), an entry an instruction. @throws Error for an instruction of another kind */
export function disassembleDeviceProgram(program: Uint8Array): DisassembledInstruction[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const shown: DisassembledInstruction[] = [];
  const meanings: string[] = [];
  for (let at = 0; at < program.length; at += SIZE) {
    const registers = view.getUint8(at + 1);
    const instruction = {
      code: view.getUint8(at), to: registers & 15, from: registers >> 4, offset: view.getInt16(at + 2, true),
      operand: view.getInt32(at + 4, true),
    };
    shown.push({ text: textOf(instruction), comment: commentOf(instruction, meanings) });
  }
  return shown;
}

function textOf({ code, to, from, offset, operand }: Instruction): string {
  switch (code) {
    case 0x61: return `r${to} = *(u32 *)(r${from} ${signed(offset)})`;
    case 0xbc: return `w${to} = w${from}`;
    case 0xb4: return `w${to} = ${operand}`;
    case 0x54: return `w${to} &= ${operand}`;
    case 0x74: return `w${to} >>= ${operand}`;
    case 0x56: return `if w${to} != 0x${(operand >>> 0).toString(16)} goto pc${signed(offset)}`;
    case 0x46: return `if w${to} & 0x${(operand >>> 0).toString(16)} goto pc${signed(offset)}`;
    case 0x05: return `goto pc${signed(offset)}`;
    case 0x95: return 'exit';
    default: throw new Error(`no instruction of a device program: 0x${code.toString(16)}`);
  }
}

function signed(offset: number): string {
  return offset < 0 ? String(offset) : `+${offset}`;
}

/** struct bpf_cgroup_dev_ctx, by offset. */
const CONTEXT: Readonly<Record<number, string>> = { 0: 'access and type', 4: 'major', 8: 'minor' };

/** @param meanings what each register holds; changed by the instruction */
function commentOf({ code, to, from, offset, operand }: Instruction, meanings: string[]): string {
  switch (code) {
    case 0x61:
      return (meanings[to] = CONTEXT[offset] ?? '');
    case 0xbc:
      meanings[to] = meanings[from] ?? '';
      return '';
    case 0x54:
      return (meanings[to] = meanings[to] === CONTEXT[0] && operand === 0xffff ? 'type' : '');
    case 0x74:
      return (meanings[to] = meanings[to] === CONTEXT[0] && operand === 16 ? 'access' : '');
    case 0xb4:
      return operand === 0 ? 'deny' : 'allow';
    case 0x56:
      return describeValue(meanings[to] ?? '', operand);
    case 0x46:
      return meanings[to] === 'access' ? `asks for ${accessWords(operand).join(' or ')}?` : '';
    default:
      return '';
  }
}

function describeValue(meaning: string, value: number): string {
  switch (meaning) {
    case 'type': return value === 1 ? 'a block device?' : 'a character device?';
    case 'access': return value === 0 ? 'asks for nothing?' : '';
    case 'major': case 'minor': return `${meaning} ${value >>> 0}?`;
    default: return '';
  }
}

function accessWords(bits: number): string[] {
  const words: string[] = [];
  if ((bits & READ) !== 0) words.push('read');
  if ((bits & WRITE) !== 0) words.push('write');
  if ((bits & MKNOD) !== 0) words.push('mknod');
  return words;
}
