// A profile's rules by the name of their system call: which of them count, in runc's reading of the profile.

import type { ExactNumbers } from '../config/exact-numbers.ts';
import type { Seccomp, SeccompOperator, SyscallArgument, SyscallRule } from '../config/types.ts';
import { returnValue } from './actions.ts';

/** A comparison of an argument. Of 64-bit numbers the halves. */
export interface Condition {
  readonly index: number;
  readonly operator: SeccompOperator;
  readonly high: number;
  readonly low: number;
  /** All ones unless the operator is SCMP_CMP_MASKED_EQ; `high` and `low` have no other bits. */
  readonly maskHigh: number;
  readonly maskLow: number;
}

/** What the filter returns when all conditions hold. There is at least one; no two look at one argument. */
export interface Rule {
  readonly action: number;
  /** By ascending index. */
  readonly conditions: readonly Condition[];
  /** Which of the profile's syscalls[] it comes from. */
  readonly source: number;
}

/** What a system call's rules come to: one action whatever its arguments are, rules, or the default action. */
export type Verdict = number | readonly Rule[] | undefined;

export type NamedVerdicts = ReadonlyMap<string, Verdict>;

/**
 * All names of a profile, with what its rules say of them. As with libseccomp, and thus with runc:
 *
 * - a rule whose action is the default action is none,
 * - of several rules without conditions the first counts, and none with conditions beside it.
 */
export function readRules(profile: Seccomp, exact: ExactNumbers): NamedVerdicts {
  const { defaultAction, defaultErrnoRet, syscalls = [] } = profile;
  const fallback = returnValue(defaultAction, defaultErrnoRet);
  const verdicts = new Map<string, number | Rule[] | undefined>();
  for (let i = 0; i < syscalls.length; i++) {
    const entry = syscalls[i] as SyscallRule;
    const action = returnValue(entry.action, entry.errnoRet);
    const rules = action === fallback ? undefined : splitRule(entry, { action, source: i, exact });
    for (let j = 0; j < entry.names.length; j++) addRules(verdicts, entry.names[j] ?? '', rules);
  }
  return verdicts;
}

function addRules(
  verdicts: Map<string, number | Rule[] | undefined>,
  name: string,
  rules: number | readonly Rule[] | undefined,
): void {
  const known = verdicts.get(name);
  if (typeof known === 'number') return;
  if (known === undefined || typeof rules === 'number') {
    verdicts.set(name, typeof rules === 'object' ? [...rules] : rules);
  } else if (rules !== undefined) {
    for (let i = 0; i < rules.length; i++) known.push(rules[i] as Rule);
  }
}

interface RuleSource {
  readonly action: number;
  readonly source: number;
  readonly exact: ExactNumbers;
}

/**
 * The rules that an entry stands for. All its conditions have to hold, unless two of them look at the same argument:
 * then each is a rule of its own (runc's behaviour from before libseccomp could combine any, kept for old profiles).
 */
function splitRule({ args = [] }: SyscallRule, { action, source, exact }: RuleSource): number | Rule[] {
  if (args.length === 0) return action;
  if (args.length === 1) {
    // By far the most.
    const condition = readCondition(args[0] as SyscallArgument, exact, { source, index: 0 });
    return alwaysHolds(condition) ? action : [{ action, conditions: [condition], source }];
  }
  const conditions: Condition[] = [];
  const seen: boolean[] = [];
  let repeated = false;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] as SyscallArgument;
    repeated ||= seen[argument.index] === true;
    seen[argument.index] = true;
    conditions.push(readCondition(argument, exact, { source, index: i }));
  }
  if (repeated) {
    const rules = conditions.map((condition) => ({ action, conditions: [condition], source }));
    return rules.some((rule) => rule.conditions.every(alwaysHolds)) ? action : rules;
  }
  const testing = conditions.filter((condition) => !alwaysHolds(condition)).sort((a, b) => a.index - b.index);
  return testing.length === 0 ? action : [{ action, conditions: testing, source }];
}

function alwaysHolds({ maskHigh, maskLow }: Condition): boolean {
  return maskHigh === 0 && maskLow === 0;
}

const ALL = 0xffff_ffff;

/** Where a condition is in the profile. */
interface Place {
  readonly source: number;
  readonly index: number;
}

function readCondition(argument: SyscallArgument, exact: ExactNumbers, place: Place): Condition {
  const { index, op: operator, value, valueTwo = 0 } = argument;
  const first = exactValue(exact, place, 'value') ?? value;
  if (operator !== 'SCMP_CMP_MASKED_EQ') {
    return { index, operator, high: highHalf(first), low: lowHalf(first), maskHigh: ALL, maskLow: ALL };
  }
  const second = exactValue(exact, place, 'valueTwo') ?? valueTwo;
  const [maskHigh, maskLow] = [highHalf(first), lowHalf(first)];
  return {
    index, operator, maskHigh, maskLow,
    high: (highHalf(second) & maskHigh) >>> 0, low: (lowHalf(second) & maskLow) >>> 0,
  };
}

/** Hardly a profile has numbers that JSON.parse rounds: no pointer is written for those that have none. */
function exactValue(exact: ExactNumbers, { source, index }: Place, name: string): number | bigint | undefined {
  return exact.size === 0 ? undefined : exact.get(`/linux/seccomp/syscalls/${source}/args/${index}/${name}`);
}

function highHalf(value: number | bigint): number {
  return typeof value === 'bigint' ? Number(value >> 32n) : Math.floor(value / 2 ** 32);
}

function lowHalf(value: number | bigint): number {
  return typeof value === 'bigint' ? Number(value & 0xffff_ffffn) : value % 2 ** 32;
}
