// bpf(2): loads programs and attaches them to cgroups. Results are as the port's, negative errnos. Knows nothing of
// what programs do.

import * as L from '../linux/bpf.ts';
import type { Ffi } from './port.ts';
import { numbers } from './system-calls.ts';

/** Of union bpf_attr as much as is used here. The kernel takes what it does not know as long as that is 0. */
const ATTRIBUTES_SIZE = 128;
/** Members of the union, by the command that has them. */
const LOAD = { type: 0, count: 4, instructions: 8, license: 16, logLevel: 24, logSize: 28, log: 32, name: 48 } as const;
const ATTACH = { target: 0, program: 4, type: 8, flags: 12, replaced: 16 } as const;
const QUERY = { target: 0, type: 4, ids: 16, count: 24 } as const;
const INFO = { program: 0, size: 4, address: 8 } as const;
/** struct bpf_prog_info up to its name, and where that is. */
const INFO_SIZE = 80;
const INFO_NAME = 64;

const INSTRUCTION_SIZE = 8;
const NAME_SIZE = 16;
const LOG_SIZE = 0x10000;
/** For programs that call no function of the kernel's any will do. */
const LICENSE = 'Apache-2.0';

const encoder = new TextEncoder();

/**
 * bpf(2).
 *
 * @param kept what the attributes point to: the kernel does not look at further arguments, but memory that is one of
 * them stays where it is until the call is over
 */
function bpf(ffi: Ffi, command: number, attributes: DataView, ...kept: readonly Uint8Array[]): number {
  return ffi.syscall(numbers.bpf, command, new Uint8Array(attributes.buffer), attributes.byteLength, ...kept);
}

function newAttributes(): DataView {
  return new DataView(new ArrayBuffer(ATTRIBUTES_SIZE));
}

function setAddress(ffi: Ffi, view: DataView, { at, memory }: { at: number; memory: Uint8Array }): void {
  view.setBigUint64(at, BigInt(ffi.address(memory)), true);
}

export interface NewProgram {
  /** BPF_PROG_TYPE_… */
  readonly type: number;
  /** What lists of programs call it: at most 15 letters, digits, dots and underlines. */
  readonly name: string;
  /** struct bpf_insn[]. */
  readonly instructions: Uint8Array;
}

/** Loads a program. @returns a descriptor (close-on-exec) or -errno */
export function loadProgram(ffi: Ffi, program: NewProgram): number {
  return loadWithLog(ffi, program, new Uint8Array(0));
}

/** What the kernel's verifier says of a program that it does not take, its last line. */
export function explainProgram(ffi: Ffi, program: NewProgram): string {
  const log = new Uint8Array(LOG_SIZE);
  const descriptor = loadWithLog(ffi, program, log);
  // What it was refused for may have passed.
  if (descriptor >= 0) ffi.syscall(numbers.close, descriptor);
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0))).trim();
  return text.slice(text.lastIndexOf('\n') + 1);
}

function loadWithLog(ffi: Ffi, { type, name, instructions }: NewProgram, log: Uint8Array): number {
  const attributes = newAttributes();
  const license = encoder.encode(`${LICENSE}\0`);
  attributes.setUint32(LOAD.type, type, true);
  attributes.setUint32(LOAD.count, instructions.length / INSTRUCTION_SIZE, true);
  setAddress(ffi, attributes, { at: LOAD.instructions, memory: instructions });
  setAddress(ffi, attributes, { at: LOAD.license, memory: license });
  if (log.length > 0) {
    attributes.setUint32(LOAD.logLevel, 1, true);
    attributes.setUint32(LOAD.logSize, log.length, true);
    setAddress(ffi, attributes, { at: LOAD.log, memory: log });
  }
  encoder.encodeInto(name, new Uint8Array(attributes.buffer, LOAD.name, NAME_SIZE - 1));
  return bpf(ffi, L.BPF_PROG_LOAD, attributes, instructions, license, log);
}

interface Attachment {
  /** Descriptor of the cgroup's directory. */
  readonly cgroup: number;
  readonly program: number;
  /** BPF_CGROUP_…, what it is asked about. */
  readonly type: number;
}

/** Attaches a program beside those that are there, or in one step in the place of `replaced`. @returns 0 or -errno */
export function attachProgram(ffi: Ffi, { cgroup, program, type }: Attachment, replaced?: number): number {
  const attributes = newAttributes();
  attributes.setUint32(ATTACH.target, cgroup, true);
  attributes.setUint32(ATTACH.program, program, true);
  attributes.setUint32(ATTACH.type, type, true);
  attributes.setUint32(ATTACH.flags, L.BPF_F_ALLOW_MULTI | (replaced === undefined ? 0 : L.BPF_F_REPLACE), true);
  if (replaced !== undefined) attributes.setUint32(ATTACH.replaced, replaced, true);
  return bpf(ffi, L.BPF_PROG_ATTACH, attributes);
}

/** @returns 0 or -errno */
export function detachProgram(ffi: Ffi, { cgroup, program, type }: Attachment): number {
  const attributes = newAttributes();
  attributes.setUint32(ATTACH.target, cgroup, true);
  attributes.setUint32(ATTACH.program, program, true);
  attributes.setUint32(ATTACH.type, type, true);
  return bpf(ffi, L.BPF_PROG_DETACH, attributes);
}

/** The ids of the programs that are attached to a cgroup itself, or -errno. */
export function attachedPrograms(ffi: Ffi, { cgroup, type }: Omit<Attachment, 'program'>): number[] | number {
  const attributes = newAttributes();
  const ids = new Uint32Array(L.BPF_CGROUP_MAX_PROGS);
  const memory = new Uint8Array(ids.buffer);
  attributes.setUint32(QUERY.target, cgroup, true);
  attributes.setUint32(QUERY.type, type, true);
  setAddress(ffi, attributes, { at: QUERY.ids, memory });
  attributes.setUint32(QUERY.count, ids.length, true);
  const result = bpf(ffi, L.BPF_PROG_QUERY, attributes, memory);
  return result < 0 ? result : [...ids.subarray(0, attributes.getUint32(QUERY.count, true))];
}

/** Opens a loaded program. @returns a descriptor (close-on-exec) or -errno */
export function openProgram(ffi: Ffi, id: number): number {
  const attributes = newAttributes();
  attributes.setUint32(0, id, true);
  return bpf(ffi, L.BPF_PROG_GET_FD_BY_ID, attributes);
}

/** The name that a program was loaded with; '' when it can't be told. */
export function programName(ffi: Ffi, program: number): string {
  const attributes = newAttributes();
  const info = new Uint8Array(INFO_SIZE);
  attributes.setUint32(INFO.program, program, true);
  attributes.setUint32(INFO.size, info.length, true);
  setAddress(ffi, attributes, { at: INFO.address, memory: info });
  if (bpf(ffi, L.BPF_OBJ_GET_INFO_BY_FD, attributes, info) < 0) return '';
  const name = info.subarray(INFO_NAME, INFO_NAME + NAME_SIZE);
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}
