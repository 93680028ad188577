// Which of several rules with different actions counts when a call's arguments match more than one. The order is that
// in which libseccomp's filters test them (its db.c), not the profile's: profiles are written for it. Knows nothing of
// where the rules come from.

import { ConfigError } from '../error.ts';
import type { Condition, Rule } from './rules.ts';

/**
 * Rules in the order in which they are to be tested.
 *
 * @throws ConfigError when two rules contradict each other, where libseccomp refuses the second
 */
export function orderRules(rules: readonly Rule[], name: string): readonly Rule[] {
  if (agree(rules)) return rules;
  for (const [i, rule] of rules.entries()) {
    for (const earlier of rules.slice(0, i)) {
      if (earlier.action !== rule.action && isCoveredBy(earlier, rule)) throw contradiction(rule, earlier, name);
    }
  }
  return sortRules(rules);
}

/** The same for rules that an architecture makes of others: never refused, as nobody has written them. */
export function sortRules(rules: readonly Rule[]): readonly Rule[] {
  return agree(rules) ? rules : [...rules].sort(compareRules);
}

/** Then their order is of no importance. */
function agree(rules: readonly Rule[]): boolean {
  const action = rules[0]?.action;
  return rules.every((rule) => rule.action === action);
}

function contradiction(rule: Rule, earlier: Rule, name: string): ConfigError {
  const pointer = `/linux/seccomp/syscalls/${rule.source}`;
  const other = `/linux/seccomp/syscalls/${earlier.source}`;
  const text = `has another action for ${JSON.stringify(name)} with the same arguments as ${other}`;
  return new ConfigError([{ pointer, text }]);
}

/** Whether the later rule's conditions are the first ones of the earlier rule's, which would never be asked. */
function isCoveredBy(earlier: Rule, later: Rule): boolean {
  return later.conditions.length <= earlier.conditions.length
    && later.conditions.every((condition, i) => sameCondition(condition, earlier.conditions[i] as Condition));
}

function sameCondition(a: Condition, b: Condition): boolean {
  return a.index === b.index && a.operator === b.operator && a.high === b.high && a.low === b.low
    && a.maskHigh === b.maskHigh && a.maskLow === b.maskLow;
}

function compareRules(a: Rule, b: Rule): number {
  const common = Math.min(a.conditions.length, b.conditions.length);
  for (let i = 0; i < common; i++) {
    const order = compareConditions(a.conditions[i] as Condition, b.conditions[i] as Condition);
    if (order !== 0) return order;
  }
  // The more general one hides the other.
  return a.conditions.length - b.conditions.length;
}

function compareConditions(a: Condition, b: Condition): number {
  if (a.index !== b.index) return b.index - a.index;
  const [rankA, rankB] = [rank(a), rank(b)];
  if (rankA !== rankB) return rankA - rankB;
  const order = a.high - b.high || a.low - b.low;
  // The narrower of two ranges first: the lower upper limit, the higher lower limit.
  return rankA === 1 ? order : -order;
}

function rank({ operator }: Condition): number {
  switch (operator) {
    case 'SCMP_CMP_EQ':
    case 'SCMP_CMP_NE':
    case 'SCMP_CMP_MASKED_EQ':
      return 0;
    case 'SCMP_CMP_LT':
    case 'SCMP_CMP_LE':
      return 1;
    case 'SCMP_CMP_GT':
    case 'SCMP_CMP_GE':
      return 2;
  }
}
