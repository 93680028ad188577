// Our filters against libseccomp's, which runc and crun load, and against what the profile says: the same verdict for
// every system call. What runc puts in front of libseccomp's filter (ENOSYS for calls that are newer than the profile)
// is stated here once more.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ExactNumbers } from '../../../src/config/exact-numbers.ts';
import type { Seccomp, SeccompAction, SeccompArchitecture } from '../../../src/config/types.ts';
import { ConfigError } from '../../../src/error.ts';
import { AUDIT, visitCalls } from '../../../src/seccomp/architectures.ts';
import { compileFilter } from '../../../src/seccomp/compile.ts';
import { checkFilter, runFilter, type SystemCall } from '../../support/bpf.ts';
import {
  type ArchitectureName, ARCHITECTURES, buildExporter, exportFilter, libseccompCalls, missingLibseccomp,
} from '../../support/libseccomp.ts';
import { randomFrom } from '../../support/random.ts';
import { type ProfileOptions, type RandomProfile, randomProfile, tellingCalls } from '../../support/random-profiles.ts';
import { meaning } from '../../support/seccomp-meaning.ts';
import { docker, podman } from '../../support/seccomp-profiles.ts';

const missing = missingLibseccomp();
const directory = mkdtempSync(join(tmpdir(), 'nunc-libseccomp-'));
const exporter = missing === '' ? buildExporter(directory) : '';
afterAll(() => rmSync(directory, { recursive: true }));
const X32_BIT = 0x4000_0000;
const NOTHING: ExactNumbers = new Map();
const ERRNO_ENOSYS = 0x50026;

type Native = 'x86_64' | 'aarch64';
const FAMILY: Readonly<Record<Native, readonly ArchitectureName[]>> = {
  x86_64: ['x86_64', 'x86', 'x32'], aarch64: ['aarch64', 'arm'],
};
const ALL: Readonly<Record<Native, readonly SeccompArchitecture[]>> = {
  x86_64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'], aarch64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

interface Table {
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

const tables = new Map<ArchitectureName, Table>();

/** libseccomp's. */
function tableOf(architecture: ArchitectureName): Table {
  const known = tables.get(architecture);
  if (known !== undefined) return known;
  const numbers = libseccompCalls(exporter, architecture);
  const table = { numbers, names: new Map([...numbers].map(([name, number]) => [number, name])) };
  tables.set(architecture, table);
  return table;
}

function selected(profile: Seccomp, native: Native): ArchitectureName[] {
  const named = (profile.architectures ?? []).map((name) => name.slice('SCMP_ARCH_'.length).toLowerCase());
  return FAMILY[native].filter((name) => name === native || named.includes(name));
}

function isOf(architecture: ArchitectureName, call: SystemCall): boolean {
  if (AUDIT[architecture] !== call.architecture) return false;
  return AUDIT[architecture] !== AUDIT.x86_64 || (architecture === 'x32') === ((call.number & X32_BIT) !== 0);
}

/** A profile without the names that this machine's libseccomp is too old for. */
function withKnownNames(profile: Seccomp, native: Native): Seccomp {
  const known = FAMILY[native].map((architecture) => tableOf(architecture).numbers);
  const isKnown = (name: string): boolean => known.some((numbers) => numbers.has(name));
  const syscalls = (profile.syscalls ?? []).map((rule) => ({ ...rule, names: rule.names.filter(isKnown) }));
  return { ...profile, syscalls };
}

interface Newest {
  readonly architecture: ArchitectureName;
  readonly newest: number;
  readonly named: ReadonlySet<number>;
}

/** The highest number of each architecture that the profile names. arm's own calls, above 0xf0000, are not counted. */
function newestCalls(profile: Seccomp, architectures: readonly ArchitectureName[]): Newest[] {
  if (['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'].includes(profile.defaultAction)) return [];
  const names = new Set((profile.syscalls ?? []).flatMap((rule) => rule.names));
  return architectures.map((architecture) => {
    const { numbers } = tableOf(architecture);
    const named = new Set([...numbers].flatMap(([name, number]) => names.has(name) ? [number] : []));
    const counted = [...named].filter((number) => architecture !== 'arm' || number < 0xf0000);
    return { architecture, newest: Math.max(0, ...counted), named };
  });
}

/** runc's patchbpf: the number is above that of every call that the profile names, for this architecture. */
function isNewer(all: readonly Newest[], call: SystemCall): boolean {
  const found = all.find(({ architecture }) => isOf(architecture, call));
  return found !== undefined && found.newest !== 0 && call.number > found.newest && !found.named.has(call.number);
}

interface Comparison {
  asked: number;
  /** Where the two filters disagree on a call of the machine's own architecture. */
  readonly differences: string[];
  /** On one of the others. */
  compatDifferences: number;
  /** Where ours is not what the profile says. */
  readonly wrong: string[];
  /** Where the two disagree although libseccomp's is what the profile says, too: rules with different actions match. */
  readonly otherPrecedence: string[];
}

function compare(made: RandomProfile, native: Native, seed: number): Comparison {
  const { profile, exact } = made;
  const architectures = selected(profile, native);
  const ours = compileFilter(profile, { architecture: native, exact });
  checkFilter(ours.program);
  const theirs = exportFilter(exporter, profile, { architectures, exact });
  const newest = newestCalls(profile, architectures);
  const targets = FAMILY[native].map((name) => ({ architecture: AUDIT[name], numbers: tableOf(name).numbers }));
  const result: Comparison = { asked: 0, differences: [], compatDifferences: 0, wrong: [], otherPrecedence: [] };
  for (const call of tellingCalls(randomFrom(seed), made, targets)) {
    const answer = runFilter(ours.program, call).value;
    const isNew = isNewer(newest, call);
    const other = isNew ? ERRNO_ENOSYS : runFilter(theirs.program, call).value;
    const told = isNew ? new Set([ERRNO_ENOSYS]) : meaningOf(made, architectures, call);
    const story = `seed ${seed}: ${describeCall(call)}: ${answer.toString(16)}, not ${other.toString(16)}`;
    result.asked++;
    if (told?.has(answer) === false) result.wrong.push(story);
    // A rule that libseccomp refuses is missing in its filter; runc would not run such a profile at all.
    if (answer === other || theirs.refused.length > 0) continue;
    if (!isOf(native, call)) {
      result.compatDifferences++;
      continue;
    }
    result.differences.push(story);
    if (told?.has(other) !== false) result.otherPrecedence.push(story);
  }
  return result;
}

function describeCall({ number, architecture, args }: SystemCall): string {
  return `${architecture.toString(16)} ${number}(${args.map((arg) => arg.toString(16)).join(', ')})`;
}

/** What the profile itself says; undefined for numbers that are no call of an architecture that it is for. */
function meaningOf(
  { profile, exact }: RandomProfile,
  architectures: readonly ArchitectureName[],
  call: SystemCall,
): ReadonlySet<number> | undefined {
  const architecture = architectures.find((name) => isOf(name, call));
  const name = architecture === undefined ? undefined : tableOf(architecture).names.get(call.number);
  if (architecture === undefined || name === undefined) return undefined;
  // Their functions' arguments are in memory: no filter can do what the profile says.
  if (architecture === 'x86' && (name === 'socketcall' || name === 'ipc')) return undefined;
  const bits = architecture === 'x86_64' || architecture === 'aarch64' ? 64 : 32;
  return meaning(profile, exact, { name, bits, args: call.args });
}

interface Run {
  readonly seeds: number;
  readonly native?: Native;
  readonly options: Omit<ProfileOptions, 'names' | 'architectures'>;
}

function compareRandom({ seeds, native = 'x86_64', options }: Run): Comparison {
  const total: Comparison = { asked: 0, differences: [], compatDifferences: 0, wrong: [], otherPrecedence: [] };
  const names = FAMILY[native].flatMap((name) => [...tableOf(name).numbers.keys()]);
  for (let seed = 1; seed <= seeds; seed++) {
    const random = randomFrom(seed);
    const architectures = ALL[native].filter(() => random(4) !== 0);
    const made = randomProfile(random, { ...options, names, architectures });
    try {
      const result = compare(made, native, seed);
      total.asked += result.asked;
      total.differences.push(...result.differences);
      total.compatDifferences += result.compatDifferences;
      total.wrong.push(...result.wrong);
      total.otherPrecedence.push(...result.otherPrecedence);
    } catch (error) {
      // Two rules that contradict each other: nothing to compare, libseccomp refuses the second.
      if (!(error instanceof ConfigError)) throw error;
    }
  }
  return total;
}

/** On 32 bits libseccomp 2.5.4 mistakes SCMP_CMP_LE behind another condition for SCMP_CMP_GT: only what the profile
 * says counts there. */
const AGREED = { differences: [], wrong: [], otherPrecedence: [] };

const ONE: readonly SeccompAction[] = ['SCMP_ACT_ALLOW'];
const SEVERAL: readonly SeccompAction[] = [
  'SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_TRAP', 'SCMP_ACT_LOG', 'SCMP_ACT_NOTIFY', 'SCMP_ACT_KILL_PROCESS',
];

describe.skipIf(missing !== '')(`compileFilter() and libseccomp ${missing}`, () => {
  test('know the same system calls', () => {
    for (const architecture of ARCHITECTURES) {
      const ours = new Map<string, number>();
      visitCalls(architecture, (name, number) => ours.set(name, number));
      const { numbers } = tableOf(architecture);
      const different = [...numbers].filter(([name, number]) => ours.get(name) !== number);
      expect([architecture, different]).toEqual([architecture, []]);
      expect(numbers.size).toBeGreaterThan(300);
    }
  });

  for (const [name, profile] of Object.entries({ docker, podman })) {
    test(`agree on the profile of ${name}`, () => {
      const lists: [Native, readonly SeccompArchitecture[]][] = [
        ['x86_64', ALL.x86_64], ['x86_64', []], ['x86_64', ['SCMP_ARCH_X86']], ['x86_64', ['SCMP_ARCH_X32']],
        ['aarch64', ALL.aarch64], ['aarch64', []],
      ];
      for (const [native, architectures] of lists) {
        const known = { ...withKnownNames(profile, native), architectures };
        const result = compare({ profile: known, exact: NOTHING }, native, 1);
        expect(result).toEqual({ ...AGREED, asked: result.asked, compatDifferences: 0 });
        expect(result.asked).toBeGreaterThan(1000);
      }
    });
  }

  test('agree on profiles with any one condition, and any action', () => {
    const operators = ['SCMP_CMP_EQ', 'SCMP_CMP_GE', 'SCMP_CMP_GT'] as const;
    const options = { actions: SEVERAL, conditions: 1, operators };
    expect(compareRandom({ seeds: 25, options })).toMatchObject(AGREED);
  });

  test('agree on profiles with conditions on several arguments', () => {
    const options = { actions: ONE, conditions: 3, distinct: true } as const;
    expect(compareRandom({ seeds: 20, options })).toMatchObject(AGREED);
    expect(compareRandom({ seeds: 10, native: 'aarch64', options })).toMatchObject(AGREED);
  });

  test('agree on profiles with several conditions on one argument', () => {
    const options = { actions: ONE, conditions: 3, operators: ['SCMP_CMP_EQ', 'SCMP_CMP_MASKED_EQ'] } as const;
    expect(compareRandom({ seeds: 20, options })).toMatchObject(AGREED);
  });

  test('agree on which of several matching rules counts', () => {
    const options = {
      actions: SEVERAL, conditions: 3, distinct: true, operators: ['SCMP_CMP_EQ', 'SCMP_CMP_MASKED_EQ'],
    } as const;
    expect(compareRandom({ seeds: 40, options })).toMatchObject(AGREED);
  });

  // libseccomp (2.5.4) merges the trees of several ordered comparisons of one argument wrongly: it can forget a rule.
  test('where they differ it is libseccomp that does not do what the profile says', () => {
    const total = compareRandom({ seeds: 40, options: { actions: SEVERAL, conditions: 3 } });
    expect(total).toMatchObject({ wrong: [], otherPrecedence: [] });
    expect(total.differences.length + total.compatDifferences).toBeLessThan(total.asked / 20);
    const alike = compareRandom({ seeds: 15, native: 'aarch64', options: { actions: ONE, conditions: 4 } });
    expect(alike).toMatchObject({ wrong: [], otherPrecedence: [] });
  });
});
