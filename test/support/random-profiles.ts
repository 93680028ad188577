// Seccomp profiles at random, the same ones for the same seed, and the system calls that tell filters apart: every
// number, its neighbours, and arguments around the values that a profile compares with.

import type { ExactNumbers } from '../../src/config/exact-numbers.ts';
import type { Seccomp, SeccompAction, SeccompOperator, SyscallArgument, SyscallRule } from '../../src/config/types.ts';
import type { SystemCall } from './bpf.ts';
import { pick, type Random } from './random.ts';

const OPERATORS: readonly SeccompOperator[] = [
  'SCMP_CMP_NE', 'SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_EQ', 'SCMP_CMP_GE', 'SCMP_CMP_GT', 'SCMP_CMP_MASKED_EQ',
];
/** Where halves, signs and doubles end. */
const VALUES: readonly bigint[] = [
  0n, 1n, 2n, 9n, 0x7e020000n, 0x7fffffffn, 0x80000000n, 0xfffffffen, 0xffffffffn, 0x1_0000_0000n, 0x1_0000_0001n,
  0x5_0000_0000n, 0x20_0000_0000_0001n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_0000_0000n,
  0xffff_ffff_ffff_ffffn,
];

export interface ProfileOptions {
  readonly names: readonly string[];
  readonly architectures: Seccomp['architectures'];
  /** Of the rules. */
  readonly actions: readonly SeccompAction[];
  readonly operators?: readonly SeccompOperator[];
  /** Conditions of one rule, at most. */
  readonly conditions: number;
  /** At most one condition an argument. */
  readonly distinct?: boolean;
  readonly defaultAction?: SeccompAction;
}

export interface RandomProfile {
  readonly profile: Seccomp;
  readonly exact: ExactNumbers;
}

export function randomProfile(random: Random, options: ProfileOptions): RandomProfile {
  const exact = new Map<string, bigint>();
  const defaults: readonly SeccompAction[] = [
    'SCMP_ACT_ERRNO', 'SCMP_ACT_KILL', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_TRAP', 'SCMP_ACT_ALLOW', 'SCMP_ACT_LOG',
    'SCMP_ACT_TRACE',
  ];
  const defaultAction = options.defaultAction ?? pick(random, defaults);
  const syscalls: SyscallRule[] = [];
  // Some calls that rules meet at, others anywhere.
  const busy = Array.from({ length: 4 }, () => pick(random, options.names));
  for (let i = 0; i < 6 + random(30); i++) {
    const names = Array.from({ length: 1 + random(12) }, () => pick(random, options.names));
    if (random(2) === 0) names.push(pick(random, busy));
    const action = pick(random, options.actions);
    const conditions = random(3) === 0 ? 0 : random(options.conditions + 1);
    const args = Array.from({ length: conditions }, (_, j) =>
      randomArgument(random, options, { exact, pointer: `/linux/seccomp/syscalls/${i}/args/${j}` }));
    const distinct = args.filter((arg, j) => args.findIndex(({ index }) => index === arg.index) === j);
    const kept = options.distinct === true ? distinct : args;
    if (kept.length !== args.length) continue;
    const takesErrno = action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE';
    const errnoRet = takesErrno ? { errnoRet: 1 + random(100) } : {};
    syscalls[i] = { names, action, ...errnoRet, ...(kept.length > 0 ? { args: kept } : {}) };
  }
  return { profile: { defaultAction, architectures: options.architectures ?? [], syscalls: fill(syscalls) }, exact };
}

/** Keeps the indices, which `exact` has. */
function fill(rules: readonly (SyscallRule | undefined)[]): SyscallRule[] {
  return Array.from(rules, (rule) => rule ?? { names: ['no_such_call'], action: 'SCMP_ACT_LOG' });
}

function randomArgument(
  random: Random,
  { operators = OPERATORS }: ProfileOptions,
  { exact, pointer }: { exact: Map<string, bigint>; pointer: string },
): SyscallArgument {
  const [value, valueTwo] = [pick(random, VALUES), pick(random, VALUES)];
  exact.set(`${pointer}/value`, value);
  exact.set(`${pointer}/valueTwo`, valueTwo);
  // A few arguments only, so that rules meet.
  return { index: random(3), value: Number(value), valueTwo: Number(valueTwo), op: pick(random, operators) };
}

export interface Target {
  /** AUDIT_ARCH_… */
  readonly architecture: number;
  readonly numbers: ReadonlyMap<string, number>;
}

const SPECIAL = [
  0x3fff_ffff, 0x4000_0000, 0x4000_0224, 0x7fff_ffff, 0x8000_0000, 0xf0000, 0xf0006, 0xf0007, 0xffff_fffe, 0xffff_ffff,
];

/** System calls of all architectures: every number once, and those that have conditions with many arguments. */
export function* tellingCalls(
  random: Random,
  { profile, exact }: RandomProfile,
  targets: readonly Target[],
): Generator<SystemCall> {
  const conditional = new Set((profile.syscalls ?? []).flatMap(({ args = [], names }) => args.length > 0 ? names : []));
  const compared = [...new Set([...VALUES, ...exact.values(), ...comparedValues(profile)])];
  const values = compared.flatMap((value) => [value - 1n, value, value + 1n]);
  for (const { architecture, numbers } of targets) {
    const all = new Set([...SPECIAL, ...[...numbers.values()].flatMap((number) => [number - 1, number, number + 1])]);
    for (const number of all) yield { number: number >>> 0, architecture, args: randomArgs(random, values) };
    const multiplexed = ['socketcall', 'ipc'];
    for (const name of [...conditional, ...multiplexed]) {
      const number = numbers.get(name);
      if (number === undefined) continue;
      for (let i = 0; i < 60; i++) {
        const args = randomArgs(random, values);
        if (multiplexed.includes(name)) args[0] = BigInt(random(26));
        yield { number, architecture, args };
      }
    }
  }
  for (const architecture of [0, 0x8000_0016, 0xffff_ffff]) {
    yield { number: 0, architecture, args: randomArgs(random, values) };
  }
}

function comparedValues(profile: Seccomp): bigint[] {
  return (profile.syscalls ?? []).flatMap(({ args = [] }) => args.map(({ value }) => BigInt(value)));
}

function randomArgs(random: Random, values: readonly bigint[]): bigint[] {
  return Array.from({ length: 6 }, () => random(8) === 0
    ? (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))
    : BigInt.asUintN(64, pick(random, values)));
}
