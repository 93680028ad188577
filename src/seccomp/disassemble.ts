// A filter's bytes → the text that a person reads: the notation of the kernel's own tools (tools/bpf/bpf_dbg.c), and
// beside it what the numbers mean. Goes by the bytes alone: what it says of a filter is true whoever made it.
//
//   l0  ld [4]                      architecture
//   l1  jeq #0xc000003e, l2, l9     x86_64
//   l2  ld [0]                      system call
//   l3  jge #0x38, l4, l8           from clone on
//
// Pure. Knows nothing of profiles.

import { AUDIT } from './architectures.ts';
import { CallNames } from './call-names.ts';
import { type Instruction, readInstructions } from './instructions.ts';
import { verdictName } from './verdict-name.ts';

export interface DisassembledInstruction {
  /** `jeq #0x3b, l7, l4`: to which instruction it goes when the test holds, and when not. */
  readonly text: string;
  /** What its number means; '' where there is nothing to say. */
  readonly comment: string;
}

/** What is known where an instruction begins, whichever way led there; undefined where that differs. */
interface Known {
  /** Offset in struct seccomp_data of what the accumulator holds. */
  readonly loaded: number | undefined;
  /** AUDIT_ARCH_…, once it has been tested. */
  readonly audit: number | undefined;
}

/** Shows a filter (struct sock_filter[]), an entry an instruction. @throws Error for an instruction of another kind */
export function disassembleFilter(program: Uint8Array): DisassembledInstruction[] {
  const instructions = readInstructions(program);
  const known: (Known | undefined)[] = [{ loaded: undefined, audit: undefined }];
  const names = new CallNames();
  // Jumps go forward only: all that leads to an instruction has been seen before it.
  return instructions.map((instruction, index) => {
    const here = known[index] ?? { loaded: undefined, audit: undefined };
    for (const [target, then] of waysFrom(instruction, here)) known[target] = merge(known[target], then);
    return { text: textOf(instruction), comment: commentOf(instruction, here, names) };
  });
}

function textOf(instruction: Instruction): string {
  const operand = `#0x${instruction.operand.toString(16)}`;
  switch (instruction.kind) {
    case 'ld': return `ld [${instruction.operand}]`;
    case 'and': return `and ${operand}`;
    case 'ja': return `ja l${instruction.yes}`;
    case 'ret': return `ret ${operand}`;
    default: return `${instruction.kind} ${operand}, l${instruction.yes}, l${instruction.no}`;
  }
}

function waysFrom({ kind, operand, yes, no }: Instruction, here: Known): [target: number, known: Known][] {
  switch (kind) {
    case 'ret': return [];
    case 'ja': return [[yes, here]];
    case 'ld': return [[yes, { ...here, loaded: operand }]];
    case 'and': return [[yes, here]];
    default: {
      const isArchitecture = kind === 'jeq' && here.loaded === ARCHITECTURE;
      return [[yes, isArchitecture ? { ...here, audit: operand } : here], [no, here]];
    }
  }
}

function merge(one: Known | undefined, other: Known): Known {
  if (one === undefined) return other;
  return {
    loaded: one.loaded === other.loaded ? one.loaded : undefined,
    audit: one.audit === other.audit ? one.audit : undefined,
  };
}

/** struct seccomp_data: the call's number, the architecture, the instruction pointer, six arguments of 64 bits. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const POINTER = 8;
const ARGUMENTS = 16;

function commentOf({ kind, operand }: Instruction, { loaded, audit }: Known, names: CallNames): string {
  switch (kind) {
    case 'ret': return verdictName(operand);
    case 'ld': return describeWord(operand);
    case 'ja': case 'and': return '';
    default:
      if (loaded === ARCHITECTURE) return architectureNames(operand);
      return loaded === NUMBER && audit !== undefined ? describeTest(names, { kind, operand, audit }) : '';
  }
}

function describeWord(offset: number): string {
  if (offset === NUMBER) return 'system call';
  if (offset === ARCHITECTURE) return 'architecture';
  if (offset < ARGUMENTS) return offset < POINTER ? '' : 'instruction pointer';
  const half = offset % 8 === 0 ? 'lower' : 'upper';
  return `argument ${Math.floor((offset - ARGUMENTS) / 8)}, ${half} half`;
}

function architectureNames(audit: number): string {
  return Object.entries(AUDIT).filter(([, value]) => value === audit).map(([name]) => name).join(' or ');
}

/** A test of a call's number, by the calls that lie at the number. */
function describeTest(names: CallNames, test: { kind: string; operand: number; audit: number }): string {
  const { kind, operand, audit } = test;
  const name = names.nameOf(audit, operand);
  if (kind === 'jeq') return name ?? '';
  if (kind === 'jset') return '';
  if (kind === 'jge' && name !== undefined) return `from ${name} on`;
  const before = name ?? names.nameBefore(audit, operand);
  return before === undefined ? '' : `after ${before}`;
}
