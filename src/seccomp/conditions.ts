// Conditions as instructions. A word of an argument is compared at a time: of 64-bit arguments the halves, one after
// the other. Where the accumulator holds the right word already it is not loaded again, which makes a list of
// alternatives cost one instruction each. Knows nothing of which calls have conditions.

import { and, branch, giveBack, isNear, JUMP, type Label, load, type Program, whenLoaded } from './program.ts';
import type { Condition, Rule } from './rules.ts';

/** Of struct seccomp_data: where its arguments are, 8 bytes each, little-endian. */
const ARGUMENTS = 16;
const ALL = 0xffff_ffff;

interface Target {
  readonly wide: boolean;
  /** Where to go when no rule matches. */
  readonly otherwise: Label;
}

/** Tests rules in their order; the first that matches counts. */
export function emitRules(program: Program, rules: readonly Rule[], { wide, otherwise }: Target): Label {
  let no = otherwise;
  for (let i = rules.length - 1; i >= 0; i--) {
    const first = wide ? firstAlternative(rules, i) : i;
    if (first < i) {
      no = emitAlternatives(program, rules, { first, last: i, otherwise: no });
      i = first;
      continue;
    }
    const { action, conditions } = rules[i] as Rule;
    let yes = giveBack(program, action);
    for (let j = conditions.length - 1; j >= 0; j--) {
      const condition = conditions[j] as Condition;
      yes = wide ? emitWide(program, condition, { yes, no }) : emitNarrow(program, condition, { yes, no });
    }
    no = yes;
  }
  return no;
}

/** @returns the index of the first of those that, up to `last`, ask one argument for values with the same upper half */
function firstAlternative(rules: readonly Rule[], last: number): number {
  const { action, conditions: [sample, second] } = rules[last] as Rule;
  if (sample?.operator !== 'SCMP_CMP_EQ' || second !== undefined) return last;
  let first = last;
  while (first > 0) {
    const { action: same, conditions: [condition, more] } = rules[first - 1] as Rule;
    if (same !== action || more !== undefined || condition?.operator !== 'SCMP_CMP_EQ') break;
    if (condition.index !== sample.index || condition.high !== sample.high) break;
    first--;
  }
  return first;
}

interface Alternatives {
  readonly first: number;
  readonly last: number;
  readonly otherwise: Label;
}

/** Compares with all values' lower halves first: the upper one is tested in one place for all, and whoever has another
 * one has none of the values. A filter may have 4096 instructions, and so a value costs one instead of three. */
function emitAlternatives(program: Program, rules: readonly Rule[], { first, last, otherwise }: Alternatives): Label {
  const { action, conditions } = rules[last] as Rule;
  const { high } = conditions[0] as Condition;
  const offset = lowOffset(conditions[0] as Condition);
  const emitHigh = (): Label => emitTest(program, { offset: offset + 4, jump: JUMP.equal, operand: high }, {
    yes: giveBack(program, action), no: otherwise,
  });
  let yes = emitHigh();
  let no = whenLoaded(program, offset, otherwise);
  for (let i = last; i >= first; i--) {
    // Another one costs three instructions, a jump to one that is too far away one for each value.
    if (!isNear(program, yes)) yes = emitHigh();
    no = branch(program, JUMP.equal, (rules[i]?.conditions[0] as Condition).low, { yes, no });
  }
  return load(program, offset, no);
}

interface Ways {
  readonly yes: Label;
  readonly no: Label;
}

interface Test {
  readonly offset: number;
  readonly jump: number;
  readonly operand: number;
}

function emitTest(program: Program, { offset, jump, operand }: Test, { yes, no }: Ways): Label {
  const ways = { yes: whenLoaded(program, offset, yes), no: whenLoaded(program, offset, no) };
  return load(program, offset, branch(program, jump, operand, ways));
}

function lowOffset({ index }: Condition): number {
  return ARGUMENTS + 8 * index;
}

/** On a 32-bit architecture: the lower half is all that there is. */
function emitNarrow(program: Program, condition: Condition, ways: Ways): Label {
  const { operator, low, maskLow } = condition;
  const offset = lowOffset(condition);
  const reversed = { yes: ways.no, no: ways.yes };
  switch (operator) {
    case 'SCMP_CMP_EQ':
      return emitTest(program, { offset, jump: JUMP.equal, operand: low }, ways);
    case 'SCMP_CMP_NE':
      return emitTest(program, { offset, jump: JUMP.equal, operand: low }, reversed);
    case 'SCMP_CMP_GT':
      return emitTest(program, { offset, jump: JUMP.above, operand: low }, ways);
    case 'SCMP_CMP_GE':
      return emitTest(program, { offset, jump: JUMP.notBelow, operand: low }, ways);
    case 'SCMP_CMP_LT':
      return emitTest(program, { offset, jump: JUMP.notBelow, operand: low }, reversed);
    case 'SCMP_CMP_LE':
      return emitTest(program, { offset, jump: JUMP.above, operand: low }, reversed);
    case 'SCMP_CMP_MASKED_EQ':
      return emitMasked(program, { offset, mask: maskLow, value: low }, ways);
  }
}

function emitWide(program: Program, condition: Condition, ways: Ways): Label {
  const { operator } = condition;
  const reversed = { yes: ways.no, no: ways.yes };
  switch (operator) {
    case 'SCMP_CMP_EQ':
      return emitEqual(program, condition, ways);
    case 'SCMP_CMP_NE':
      return emitEqual(program, condition, reversed);
    case 'SCMP_CMP_GT':
      return emitAbove(program, condition, { ...ways, jump: JUMP.above });
    case 'SCMP_CMP_GE':
      return emitAbove(program, condition, { ...ways, jump: JUMP.notBelow });
    case 'SCMP_CMP_LT':
      return emitAbove(program, condition, { ...reversed, jump: JUMP.notBelow });
    case 'SCMP_CMP_LE':
      return emitAbove(program, condition, { ...reversed, jump: JUMP.above });
    case 'SCMP_CMP_MASKED_EQ': {
      const offset = lowOffset(condition);
      const { maskHigh, maskLow, high, low } = condition;
      const yes = emitMasked(program, { offset: offset + 4, mask: maskHigh, value: high }, ways);
      return emitMasked(program, { offset, mask: maskLow, value: low }, { yes, no: ways.no });
    }
  }
}

/** The lower half first: it is the one that differs between alternatives. */
function emitEqual(program: Program, condition: Condition, { yes, no }: Ways): Label {
  const offset = lowOffset(condition);
  const high = emitTest(program, { offset: offset + 4, jump: JUMP.equal, operand: condition.high }, { yes, no });
  return emitTest(program, { offset, jump: JUMP.equal, operand: condition.low }, { yes: high, no });
}

/** @param ways with the comparison of the lower halves, which counts where the upper ones are equal */
function emitAbove(program: Program, condition: Condition, ways: Ways & { readonly jump: number }): Label {
  const { high, low } = condition;
  const { jump } = ways;
  const offset = lowOffset(condition);
  const equal = emitTest(program, { offset, jump, operand: low }, ways);
  const yes = whenLoaded(program, offset + 4, ways.yes);
  const no = whenLoaded(program, offset + 4, ways.no);
  // Nothing is below 0.
  const different = high === 0 ? yes : no;
  const atMost = branch(program, JUMP.equal, high, { yes: equal, no: different });
  const test = high === 0 ? atMost : branch(program, JUMP.above, high, { yes, no: atMost });
  return load(program, offset + 4, test);
}

/** Compares the bits of one word that a mask has. */
function emitMasked(program: Program, test: { offset: number; mask: number; value: number }, ways: Ways): Label {
  const { offset, mask, value } = test;
  if (mask === 0) return ways.yes;
  if (mask === ALL) return emitTest(program, { offset, jump: JUMP.equal, operand: value }, ways);
  const reversed = { yes: ways.no, no: ways.yes };
  if (value === 0) return emitTest(program, { offset, jump: JUMP.anyBit, operand: mask }, reversed);
  const isOneBit = (mask & (mask - 1)) === 0;
  if (isOneBit) return emitTest(program, { offset, jump: JUMP.anyBit, operand: mask }, ways);
  const compared = branch(program, JUMP.equal, value, ways);
  return load(program, offset, and(program, mask, compared));
}
