// What a filter does with each number of a system call, as ranges of numbers: neighbours that are treated alike are
// one. The tree that finds a number's range halves with each instruction what is left, counted in calls that the
// profile names: where many are together, few instructions lead.

import { KILL_THREAD, NO_SUCH_CALL } from './actions.ts';
import { type FilterArchitecture, isPrivate, isWide, visitCalls, X32_BIT } from './architectures.ts';
import { emitRules } from './conditions.ts';
import { isMultiplexer, multiplexedVerdict } from './multiplexed.ts';
import { orderRules, sortRules } from './precedence.ts';
import { branch, giveBack, JUMP, type Label, type Program } from './program.ts';
import type { Condition, NamedVerdicts, Rule, Verdict } from './rules.ts';

export interface Profile {
  readonly verdicts: NamedVerdicts;
  /** The names that neither the machine nor, so far, another architecture has as a call. */
  readonly unseen: Set<string>;
  /** What is returned for a call that no rule matches. */
  readonly fallback: number;
  /** The default action lets calls through, and so those that the profile could not know. */
  readonly permissive: boolean;
}

/** Each range reaches to the next one's start; the first starts at 0. */
interface Ranges {
  readonly starts: number[];
  readonly labels: Label[];
  /** Of the calls that are expected in it, if all that are named are called alike. */
  readonly weights: number[];
}

/** Ranges, and what all before each weigh. */
interface Tree extends Ranges {
  readonly sums: readonly number[];
}

const LAST = 0xffff_ffff;
/** Weight of a call that is named, and of a range that no program comes to unless by mistake, or by an architecture
 * that nobody uses. */
const USUAL = 64;
const RARE = 1;

/** Finds what to do with the call whose number is in the accumulator. @param architectures those that share numbers */
export function emitCalls(program: Program, profile: Profile, architectures: readonly FilterArchitecture[]): Label {
  const ranges: Ranges = { starts: [], labels: [], weights: [] };
  for (let i = 0; i < architectures.length; i++) {
    const architecture = architectures[i] as FilterArchitecture;
    const unknown = addArchitecture(program, ranges, { profile, architecture });
    if (architecture !== 'x86_64' || architectures.includes('x32')) continue;
    addNoX32(program, ranges, { profile, unknown });
  }
  const sums = [0];
  for (let i = 0; i < ranges.weights.length; i++) sums.push((sums[i] as number) + (ranges.weights[i] as number));
  return emitTree(program, { ...ranges, sums }, 0, ranges.starts.length);
}

/** With the bit 30 a call is one of x32, which is as good as another architecture. */
function addNoX32(
  program: Program,
  ranges: Ranges,
  { profile, unknown }: { profile: Profile; unknown: Label | undefined },
): void {
  const kill = giveBack(program, KILL_THREAD);
  const otherwise = giveBack(program, profile.fallback);
  addRange(ranges, X32_BIT, kill);
  if (unknown !== undefined) {
    addRange(ranges, 2 * X32_BIT, unknown);
    addRange(ranges, 3 * X32_BIT, kill);
  }
  // What a tracer sets to have no call at all.
  addRange(ranges, LAST, otherwise);
}

function addRange({ starts, labels, weights }: Ranges, start: number, label: Label, weight = RARE): void {
  const last = labels.length - 1;
  if (last >= 0 && labels[last] === label) {
    weights[last] = (weights[last] ?? 0) + weight;
    return;
  }
  starts.push(start);
  labels.push(label);
  weights.push(weight);
}

/** The calls of an architecture that the profile names. */
interface Calls {
  /** Ascending. */
  readonly numbers: number[];
  readonly names: string[];
  readonly verdicts: Verdict[];
  readonly newest: number;
}

/** @returns what is done with calls that are newer than the profile, if it is something of its own */
function addArchitecture(
  program: Program,
  ranges: Ranges,
  { profile, architecture }: { profile: Profile; architecture: FilterArchitecture },
): Label | undefined {
  const { numbers, names, verdicts, newest } = namedCalls(profile, architecture);
  const first = architecture === 'x32' ? X32_BIT : 0;
  const otherwise = giveBack(program, profile.fallback);
  // Calls that are newer than all that a profile names did not exist for its author: they are answered as by a kernel
  // without them, so that programs try older ones (runc's rule; EPERM would stop them).
  const unknown = profile.permissive || newest <= first ? undefined : giveBack(program, NO_SUCH_CALL);
  const bodies = new Map<string, Label>();
  const { weights } = ranges;
  const weight = architecture === 'x32' ? RARE : USUAL;
  let next = first;
  let last: Verdict;
  const addGap = (to: number): void => {
    if (next < to && next <= newest) addRange(ranges, next, otherwise);
    if (to > newest + 1) addRange(ranges, Math.max(next, newest + 1), unknown ?? otherwise);
  };
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number;
    const verdict = verdicts[i];
    if (verdict === undefined) continue;
    if (number > next) addGap(number);
    else if (verdict === last) {
      // By far the most: not worth a call.
      (weights[weights.length - 1] as number) += weight;
      next += 1;
      continue;
    }
    const label = emitVerdict(program, verdict, { architecture, name: names[i] ?? '', otherwise, bodies });
    addRange(ranges, number, label, weight);
    last = verdict;
    next = number + 1;
  }
  addGap(LAST + 1);
  return unknown;
}

function namedCalls({ verdicts: named, unseen }: Profile, architecture: FilterArchitecture): Calls {
  const [numbers, names, verdicts]: [number[], string[], Verdict[]] = [[], [], []];
  const isX86 = architecture === 'x86';
  const isArm = architecture === 'arm';
  let newest = 0;
  let last = -1;
  visitCalls(architecture, (name, number) => {
    const verdict = isX86 && isMultiplexer(name) ? multiplexedVerdict(named, name) : named.get(name);
    if (verdict === undefined && !named.has(name)) return;
    if (isX86 || isArm) unseen.delete(name);
    if (number > newest && !(isArm && isPrivate(number))) newest = number;
    if (number === last) {
      verdicts.push(bothVerdicts(verdicts.pop(), verdict));
      return;
    }
    last = number;
    numbers.push(number);
    names.push(name);
    verdicts.push(verdict);
  });
  return { numbers, names, verdicts, newest };
}

/** Of a call that has two names. */
function bothVerdicts(one: Verdict, other: Verdict): Verdict {
  if (typeof one === 'number' || other === undefined) return one;
  return typeof other === 'number' || one === undefined ? other : [...one, ...other];
}

interface Place {
  readonly architecture: FilterArchitecture;
  readonly name: string;
  readonly otherwise: Label;
  /** Rules that are there already: an entry's are those of each call that it names. */
  readonly bodies: Map<string, Label>;
}

function emitVerdict(program: Program, verdict: number | readonly Rule[], place: Place): Label {
  if (typeof verdict === 'number') return giveBack(program, verdict);
  const { architecture, name, otherwise, bodies } = place;
  const multiplexes = isMultiplexer(name);
  const key = multiplexes ? name : verdict.map(({ source }) => source).join();
  const known = bodies.get(key);
  if (known !== undefined) return known;
  const wide = isWide(architecture);
  const ordered = multiplexes ? [] : orderRules(verdict, name);
  const rules = wide ? ordered : narrowRules(verdict);
  const label = typeof rules === 'number' ? giveBack(program, rules) : emitRules(program, rules, { wide, otherwise });
  bodies.set(key, label);
  return label;
}

/** Rules for arguments of 32 bits: what looks at the upper half alone is no condition. */
function narrowRules(rules: readonly Rule[]): number | readonly Rule[] {
  const narrow: Rule[] = [];
  for (const { action, conditions, source } of rules) {
    const left: Condition[] = [];
    for (const condition of conditions) {
      if (condition.maskLow !== 0) left.push({ ...condition, high: 0, maskHigh: 0 });
    }
    if (left.length === 0) return action;
    narrow.push({ action, conditions: left, source });
  }
  return sortRules(narrow);
}

function emitTree(program: Program, ranges: Tree, from: number, to: number): Label {
  const { starts, labels } = ranges;
  const label = labels[from] as Label;
  if (to - from === 1) return label;
  const second = starts[from + 1] as number;
  if (to - from === 3 && label === labels[from + 2] && starts[from + 2] === second + 1) {
    return branch(program, JUMP.equal, second, { yes: labels[from + 1] as Label, no: label });
  }
  const middle = middleOf(ranges, from, to);
  const yes = emitTree(program, ranges, middle, to);
  const no = emitTree(program, ranges, from, middle);
  return branch(program, JUMP.notBelow, starts[middle] as number, { yes, no });
}

/** Where to divide, so that both sides weigh the same as nearly as can be. */
function middleOf({ weights, sums }: Tree, from: number, to: number): number {
  const before = sums[from] as number;
  const total = (sums[to] as number) - before;
  let low = from + 1;
  let high = to - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (2 * ((sums[middle] as number) - before) + (weights[middle] as number) < total) low = middle + 1;
    else high = middle;
  }
  return low;
}
