// A device list → the program that the kernel runs, in cgroup v2, whenever a process opens or makes a device
// (BPF_PROG_TYPE_CGROUP_DEVICE). The verdicts are those of the devices cgroup of v1 for the same list.
//
//   char? ─┬─ every number, every major ── major 1? ── minors ── major 5? ── minors ── … ── default
//   block? ┴─ …
//
// An exception from "deny" counts when it has every kind of access that is asked for at once, one from "allow" when it
// has any of them.

import { ConfigError } from '../error.ts';
import { ALL_ACCESS, ANY, type DeviceException, type DeviceList, withoutIdle } from './device-list.ts';
import {
  ALU, compute, copy, encode, exit, go, JUMP, jump, type Label, load, newLabel, newProgram, place, type Program,
} from './program.ts';

/** struct bpf_cgroup_dev_ctx: the access in the upper half of the first word, the type in the lower; the numbers. */
const ACCESS_AND_TYPE = 0;
const MAJOR = 4;
const MINOR = 8;
/** BPF_DEVCG_DEV_… */
const TYPES = { b: 1, c: 2 } as const;

const CONTEXT = 1;
const RESULT = 0;
const REGISTER = { type: 2, major: 3, minor: 4, access: 5 } as const;

/**
 * How many instructions a program may have. The kernel verifies a million (BPF_COMPLEXITY_LIMIT_INSNS), and follows
 * more than one way through some of them.
 */
const MOST_INSTRUCTIONS = 400_000;

/** struct bpf_insn[]. @throws ConfigError for a list that is too long for the kernel */
export function compileDeviceProgram(list: DeviceList): Uint8Array {
  const program = newProgram();
  const { allows, exceptions } = withoutIdle(list);
  if (exceptions.length > 0) emitExceptions(program, allows, exceptions);
  giveBack(program, allows);
  const { length } = program.operations;
  if (length > MOST_INSTRUCTIONS) {
    const limit = `${length} instructions, at most ${MOST_INSTRUCTIONS} are allowed`;
    throw new ConfigError([{ pointer: '/linux/resources/devices', text: `too many rules: they come to ${limit}` }]);
  }
  return encode(program);
}

function giveBack(program: Program, allowed: boolean): void {
  compute(program, RESULT, { operation: ALU.move, operand: allowed ? 1 : 0 });
  exit(program);
}

function emitExceptions(program: Program, allows: boolean, exceptions: readonly DeviceException[]): void {
  load(program, REGISTER.type, { from: CONTEXT, offset: ACCESS_AND_TYPE });
  copy(program, REGISTER.access, REGISTER.type);
  compute(program, REGISTER.access, { operation: ALU.shiftRight, operand: 16 });
  compute(program, REGISTER.type, { operation: ALU.and, operand: 0xffff });
  load(program, REGISTER.major, { from: CONTEXT, offset: MAJOR });
  load(program, REGISTER.minor, { from: CONTEXT, offset: MINOR });
  // access(2) with F_OK asks for nothing, of which no exception from "allow" has a part.
  if (allows) when(program, { register: REGISTER.access, operand: 0 }, () => giveBack(program, true));
  // What an exception that counts gives back.
  compute(program, RESULT, { operation: ALU.move, operand: allows ? 0 : 1 });
  const sorted = [...exceptions].sort((a, b) => a.major - b.major || a.minor - b.minor);
  for (const type of ['c', 'b'] as const) {
    const group = sorted.filter((exception) => exception.type === type);
    if (group.length === 0) continue;
    when(program, { register: REGISTER.type, operand: TYPES[type] }, () => emitMajors(program, allows, group));
  }
}

/** Writes what is run when a register has this value. */
function when(program: Program, value: { register: 2 | 3 | 4 | 5; operand: number }, emit: () => void): void {
  const next = newLabel(program);
  jump(program, { test: JUMP.notEqual, ...value }, next);
  emit();
  place(program, next);
}

/** Exceptions of one type, those for every major first. Ends with the default: there are none for another type. */
function emitMajors(program: Program, allows: boolean, exceptions: readonly DeviceException[]): void {
  let first = 0;
  while (first < exceptions.length) {
    const operand = (exceptions[first] as DeviceException).major;
    let last = first;
    while (exceptions[last]?.major === operand) last++;
    const group = exceptions.slice(first, last);
    if (operand === ANY) {
      emitMinors(program, allows, group);
    } else {
      when(program, { register: REGISTER.major, operand }, () => {
        emitMinors(program, allows, group);
        giveBack(program, allows);
      });
    }
    first = last;
  }
  giveBack(program, allows);
}

/** Exceptions of one type and major, one for every minor first. */
function emitMinors(program: Program, allows: boolean, exceptions: readonly DeviceException[]): void {
  const done = newLabel(program);
  for (let i = 0; i < exceptions.length; i++) {
    const { minor, access } = exceptions[i] as DeviceException;
    const next = newLabel(program);
    if (minor === ANY) {
      emitAccess(program, { allows, access }, next);
    } else {
      jump(program, { test: JUMP.notEqual, register: REGISTER.minor, operand: minor }, next);
      // No other minor has to be tried then: to the verifier that would be as many ways as there are minors.
      emitAccess(program, { allows, access }, done);
    }
    place(program, next);
  }
  place(program, done);
}

/** Ends the program when the exception counts. */
function emitAccess(program: Program, { allows, access }: { allows: boolean; access: number }, otherwise: Label): void {
  if (access !== ALL_ACCESS && !allows) {
    jump(program, { test: JUMP.anyBit, register: REGISTER.access, operand: ALL_ACCESS & ~access }, otherwise);
  } else if (access !== ALL_ACCESS) {
    const counts = newLabel(program);
    jump(program, { test: JUMP.anyBit, register: REGISTER.access, operand: access }, counts);
    go(program, otherwise);
    place(program, counts);
  }
  exit(program);
}
