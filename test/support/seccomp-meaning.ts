// What a profile means, read off its entries for one system call at a time with 64-bit integers: the slow and obvious
// counterpart of a compiled filter.

import type { ExactNumbers } from '../../src/config/exact-numbers.ts';
import type { Seccomp, SeccompAction, SyscallArgument, SyscallRule } from '../../src/config/types.ts';

const VALUES: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x80000000, SCMP_ACT_KILL: 0, SCMP_ACT_KILL_THREAD: 0, SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_ERRNO: 0x50000, SCMP_ACT_NOTIFY: 0x7fc00000, SCMP_ACT_TRACE: 0x7ff00000, SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

export function valueOf(action: SeccompAction, errnoRet = 1): number {
  return VALUES[action] + (action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE' ? errnoRet : 0);
}

export interface Call {
  readonly name: string;
  /** 32 on compat architectures: the upper halves don't count. */
  readonly bits: 32 | 64;
  readonly args: readonly bigint[];
}

/** All values that the rules for a call give it: one, unless rules with different actions match. */
export function meaning(profile: Seccomp, exact: ExactNumbers, call: Call): ReadonlySet<number> {
  const fallback = valueOf(profile.defaultAction, profile.defaultErrnoRet);
  const rules: { value: number; groups: readonly (readonly Condition[])[] }[] = [];
  for (const [i, rule] of (profile.syscalls ?? []).entries()) {
    const value = valueOf(rule.action, rule.errnoRet);
    if (value === fallback || !rule.names.includes(call.name)) continue;
    rules.push({ value, groups: conditionsOf(rule, i, exact) });
  }
  // Without conditions a rule is above all others, the first of them above the rest. 32 bits can leave none.
  const absolute = rules.find(({ groups }) => isUnconditional(groups, 64))
    ?? rules.find(({ groups }) => isUnconditional(groups, call.bits));
  if (absolute !== undefined) return new Set([absolute.value]);
  const matching = rules.filter(({ groups }) =>
    groups.some((group) => group.every((condition) => holds(condition, call))));
  return new Set(matching.length > 0 ? matching.map(({ value }) => value) : [fallback]);
}

interface Condition extends Pick<SyscallArgument, 'index' | 'op'> {
  readonly value: bigint;
  readonly second: bigint;
}

/** Groups of which one has to hold as a whole. */
function conditionsOf({ args = [] }: SyscallRule, rule: number, exact: ExactNumbers): Condition[][] {
  const conditions = args.map((arg, i): Condition => {
    const pointer = `/linux/seccomp/syscalls/${rule}/args/${i}`;
    const value = exact.get(`${pointer}/value`) ?? BigInt(arg.value);
    const second = exact.get(`${pointer}/valueTwo`) ?? BigInt(arg.valueTwo ?? 0);
    return { index: arg.index, op: arg.op, value, second };
  });
  const apart = new Set(args.map(({ index }) => index)).size < args.length;
  return apart ? conditions.map((condition) => [condition]) : [conditions];
}

function isUnconditional(groups: readonly (readonly Condition[])[], bits: number): boolean {
  const testsNothing = ({ op, value }: Condition): boolean =>
    op === 'SCMP_CMP_MASKED_EQ' && BigInt.asUintN(bits, value) === 0n;
  return groups.some((group) => group.every(testsNothing));
}

function holds({ index, op, value, second }: Condition, { bits, args }: Call): boolean {
  const argument = BigInt.asUintN(bits, args[index] ?? 0n);
  const operand = BigInt.asUintN(bits, value);
  switch (op) {
    case 'SCMP_CMP_NE':
      return argument !== operand;
    case 'SCMP_CMP_LT':
      return argument < operand;
    case 'SCMP_CMP_LE':
      return argument <= operand;
    case 'SCMP_CMP_EQ':
      return argument === operand;
    case 'SCMP_CMP_GE':
      return argument >= operand;
    case 'SCMP_CMP_GT':
      return argument > operand;
    case 'SCMP_CMP_MASKED_EQ':
      return (argument & operand) === (second & operand);
  }
}
