// What a filter answers to each system call: found by running its instructions for every call's number, as far as they
// do not look at arguments. Goes by the filter's bytes alone. Pure.

import type { FilterArchitecture } from './architectures.ts';
import { architecturesAs, type NamedCall, namedCalls } from './call-names.ts';
import { type Instruction, readInstructions } from './instructions.ts';
import { verdictName } from './verdict-name.ts';

export interface CallVerdict {
  readonly architecture: FilterArchitecture;
  /** A system call's name; NEWER for calls that this version has no name for. */
  readonly call: string;
  /** As verdictName(); where arguments decide, the tests: `ld [16]; jeq #0x3, ALLOW, ERRNO(EPERM)`. */
  readonly verdict: string;
  readonly looksAtArguments: boolean;
}

/** Stands for every call with a higher number than all that have a name here. */
export const NEWER = '(newer calls)';

/** Offsets in struct seccomp_data. */
const NUMBER = 0;
const ARCHITECTURE = 4;

/** The verdicts of a filter (struct sock_filter[]), by architecture and number. */
export function callVerdicts(program: Uint8Array): CallVerdict[] {
  const instructions = readInstructions(program);
  const verdicts: CallVerdict[] = [];
  for (const { audit, entry } of sectionsOf(instructions)) {
    const places = new Map<number, string>();
    for (const architecture of architecturesAs(audit)) {
      for (const { name, number } of withNewer(namedCalls(architecture))) {
        const end = follow(instructions, entry, number);
        const verdict = places.get(end) ?? describe(instructions, end);
        places.set(end, verdict);
        verdicts.push({ architecture, call: name, verdict, looksAtArguments: instructions[end]?.kind !== 'ret' });
      }
    }
  }
  return verdicts;
}

function withNewer(calls: readonly NamedCall[]): NamedCall[] {
  return [...calls, { number: (calls.at(-1)?.number ?? 0) + 1, name: NEWER }];
}

/** Where the filter goes on for each architecture that it knows: the tests of what it loads first. */
function sectionsOf(instructions: readonly Instruction[]): { audit: number; entry: number }[] {
  const sections: { audit: number; entry: number }[] = [];
  let at = instructions[0]?.kind === 'ld' && instructions[0].operand === ARCHITECTURE ? 1 : instructions.length;
  for (let test = instructions[at]; test?.kind === 'jeq'; test = instructions[at]) {
    sections.push({ audit: test.operand, entry: test.yes });
    at = test.no;
  }
  return sections;
}

/** Runs a filter for a call's number. @returns the instruction that gives the verdict, or the first that loads anything
 * else than the number */
function follow(instructions: readonly Instruction[], entry: number, number: number): number {
  let at = entry;
  for (;;) {
    const instruction = instructions[at];
    if (instruction === undefined || instruction.kind === 'ret') return at;
    if (instruction.kind === 'ld' && instruction.operand !== NUMBER) return at;
    at = holds(instruction, number) ? instruction.yes : instruction.no;
  }
}

function holds({ kind, operand }: Instruction, number: number): boolean {
  switch (kind) {
    case 'jeq': return number === operand;
    case 'jgt': return number > operand;
    case 'jge': return number >= operand;
    case 'jset': return (number & operand) !== 0;
    default: return true;
  }
}

/** The verdict at an instruction, or the tests that lead to one, whose places are numbered in the order of the text. */
function describe(instructions: readonly Instruction[], start: number): string {
  const order: number[] = [];
  const placeOf = (target: number): string => {
    const at = skipJumps(instructions, target);
    const instruction = instructions[at];
    if (instruction?.kind === 'ret') return verdictName(instruction.operand);
    if (!order.includes(at)) order.push(at);
    return String(order.indexOf(at) + 1);
  };
  const first = placeOf(start);
  if (order.length === 0) return first;
  const steps: string[] = [];
  for (let i = 0; i < order.length; i++) {
    const { kind, operand, yes, no } = instructions[order[i] ?? 0] as Instruction;
    const number = kind === 'ld' ? `[${operand}]` : `#0x${operand.toString(16)}`;
    const isTest = yes !== no;
    steps.push(`${kind} ${number}${isTest ? `, ${placeOf(yes)}, ${placeOf(no)}` : goesOn(placeOf(yes), i + 2)}`);
  }
  return steps.join('; ');
}

/** What a step that is no test leads to, when that is not the next one. */
function goesOn(place: string, next: number): string {
  return place === String(next) ? '' : `, ${place}`;
}

function skipJumps(instructions: readonly Instruction[], from: number): number {
  let at = from;
  for (let here = instructions[at]; here?.kind === 'ja'; here = instructions[at]) at = here.yes;
  return at;
}
