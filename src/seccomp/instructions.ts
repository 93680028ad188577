// The instructions of a filter, read from its bytes. Format: <linux/filter.h>. Knows nothing of what they are for.

import { JUMP } from './program.ts';

export interface Instruction {
  readonly kind: 'ld' | 'and' | 'ja' | 'ret' | 'jeq' | 'jgt' | 'jge' | 'jset';
  /** 32 bits, unsigned. Of a load the offset. */
  readonly operand: number;
  /** Index of what follows; of a test when it holds. */
  readonly yes: number;
  /** Of a test, when it does not hold; of others as `yes`. */
  readonly no: number;
}

/** By their code: those that compile.ts makes, which are all that a filter needs. */
const KINDS: Readonly<Record<number, Instruction['kind']>> = {
  0x20: 'ld', 0x54: 'and', 0x05: 'ja', 0x06: 'ret',
  [JUMP.equal]: 'jeq', [JUMP.above]: 'jgt', [JUMP.notBelow]: 'jge', [JUMP.anyBit]: 'jset',
};

const SIZE = 8;

/** Reads struct sock_filter[]. @throws Error for an instruction of another kind */
export function readInstructions(program: Uint8Array): Instruction[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const instructions: Instruction[] = [];
  for (let at = 0; at < program.length; at += SIZE) {
    const code = view.getUint16(at, true);
    const kind = KINDS[code];
    if (kind === undefined) throw new Error(`no filter instruction: 0x${code.toString(16)} at ${at / SIZE}`);
    const operand = view.getUint32(at + 4, true);
    const next = at / SIZE + 1;
    const isTest = kind.startsWith('j') && kind !== 'ja';
    const yes = next + (isTest ? view.getUint8(at + 2) : kind === 'ja' ? operand : 0);
    instructions.push({ kind, operand, yes, no: isTest ? next + view.getUint8(at + 3) : yes });
  }
  return instructions;
}
