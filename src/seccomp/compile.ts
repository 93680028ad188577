// linux.seccomp → the program that the kernel runs before every system call.
//
//   load the architecture ── native? ── load the call's number ── tree of ranges ── verdict
//                        └── other? ─── load the call's number ── tree of ranges ─┬ verdict
//                        └── KILL                                                 └ tests of arguments ── verdict
//
// The verdicts are those of libseccomp's filter for the same profile, with runc's answer to calls that are newer than
// the profile in front; test/unit/seccomp/libseccomp.test.ts compares them. docs/performance.md has what it costs.

import type { ExactNumbers } from '../config/exact-numbers.ts';
import type { Seccomp } from '../config/types.ts';
import { ConfigError } from '../error.ts';
import type { Finding } from '../finding.ts';
import type { Architecture } from '../host/facts.ts';
import { syscalls } from '../linux/syscalls.ts';
import { KILL_THREAD, permits, returnValue } from './actions.ts';
import { architecturesOf, AUDIT, type FilterArchitecture, unknownCalls } from './architectures.ts';
import { branch, encode, giveBack, JUMP, type Label, load, newProgram, type Program } from './program.ts';
import { emitCalls, type Profile } from './ranges.ts';
import { type NamedVerdicts, readRules } from './rules.ts';

/** struct seccomp_data. */
const NUMBER = 0;
const ARCHITECTURE = 4;
/** BPF_MAXINSNS. */
const MOST_INSTRUCTIONS = 4096;

export interface Filter {
  /** struct sock_filter[]. */
  readonly program: Uint8Array;
  readonly instructions: number;
  readonly warnings: readonly Finding[];
}

interface Target {
  readonly architecture: Architecture;
  /** The profile's numbers that JSON.parse has rounded. */
  readonly exact: ExactNumbers;
}

/** Compiles a validated profile. @throws ConfigError when its rules contradict each other or are too many */
export function compileFilter(seccomp: Seccomp, { architecture, exact }: Target): Filter {
  const { defaultAction, defaultErrnoRet } = seccomp;
  const verdicts = readRules(seccomp, exact);
  const fallback = returnValue(defaultAction, defaultErrnoRet);
  const program = newProgram();
  const unseen = foreignNames(verdicts, architecture);
  const profile = { verdicts, unseen, fallback, permissive: permits(defaultAction) };
  emitArchitectures(program, profile, architecturesOf(seccomp, architecture));
  const instructions = program.operations.length;
  if (instructions > MOST_INSTRUCTIONS) {
    const limit = `${instructions} instructions, at most ${MOST_INSTRUCTIONS} are allowed`;
    throw new ConfigError([{ pointer: '/linux/seccomp', text: `too many rules: they come to ${limit}` }]);
  }
  return { program: encode(program), instructions, warnings: warningsOf(profile) };
}

/** The names that the machine has no call of. */
function foreignNames(verdicts: NamedVerdicts, architecture: Architecture): Set<string> {
  const own = syscalls[architecture];
  const foreign = new Set<string>();
  for (const name of verdicts.keys()) if (!Object.hasOwn(own, name)) foreign.add(name);
  return foreign;
}

/** The machine's own architecture is the first that is asked for, and the nearest. */
function emitArchitectures(program: Program, profile: Profile, architectures: readonly FilterArchitecture[]): Label {
  const sections = new Map<number, FilterArchitecture[]>();
  for (let i = 0; i < architectures.length; i++) {
    const architecture = architectures[i] as FilterArchitecture;
    const sharing = sections.get(AUDIT[architecture]);
    if (sharing === undefined) sections.set(AUDIT[architecture], [architecture]);
    else sharing.push(architecture);
  }
  const labels: [audit: number, label: Label][] = [];
  for (const [audit, sharing] of [...sections].reverse()) {
    labels.push([audit, load(program, NUMBER, emitCalls(program, profile, sharing))]);
  }
  let next = giveBack(program, KILL_THREAD);
  for (let i = 0; i < labels.length; i++) {
    const [operand, yes] = labels[i] as [number, Label];
    next = branch(program, JUMP.equal, operand, { yes, no: next });
  }
  return load(program, ARCHITECTURE, next);
}

function warningsOf({ unseen }: Profile): Finding[] {
  const unknown = unknownCalls(unseen);
  if (unknown.length === 0) return [];
  const list = unknown.map((name) => JSON.stringify(name)).join(', ');
  return [{ pointer: '/linux/seccomp/syscalls', text: `unknown system calls are ignored: ${list}` }];
}
