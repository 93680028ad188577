// x86_64 machine code for a plan: each function appends one instruction (two where an operand needs 64 bits, or where
// two always come together). Knows nothing of operations, nor of how instructions are encoded. What assembling takes
// its time for is in x86_64-call.ts.

import { syscalls } from '../linux/syscalls.ts';
import { type Code, type CodeLabel, placeOf, put, putPair, reserve } from './code.ts';
import { callResult, type Condition, type Emitter, type Part, type Register } from './emitter.ts';
import { emitCall, emitStart, emitSubroutines, OPERATION_LIMIT } from './x86_64-call.ts';
import {
  ABOVE_OR_EQUAL, absoluteMove, ADD, AND, ARGUMENTS, CALL, CMP, COMPARE_RAX, direct, fits32, indirect, JUMP, putAnd32,
  putArithmetic, putBytes, putJump, putLoad, putMove, putRegisters, R11, rex, rexW, SYSCALL,
} from './x86_64-encoding.ts';

/** The machine's numbers of the registers by duty: a call's arguments, rax, rbx, rbp r12 r13 r14 r15. */
const REGISTERS: readonly number[] = [...ARGUMENTS, 0, 3, 5, 12, 13, 14, 15];

/** jcc's opcode and what stands before it. */
const CONDITIONS: Readonly<Record<Condition, number>> = {
  equal: 0x840f_9090 | 0, not_equal: 0x850f_9090 | 0, below: 0x820f_9090 | 0, above_or_equal: ABOVE_OR_EQUAL,
};

function refuseRegister(register: Register): never {
  throw new RangeError(`no register ${register}`);
}

function machineRegister(register: Register): number {
  return REGISTERS[register] ?? refuseRegister(register);
}

function setImmediate(code: Code, register: Register, value: number): void {
  putMove(code, machineRegister(register), value);
}

function load(code: Code, register: Register, address: number): void {
  putPair(code, absoluteMove(0x8b, machineRegister(register)), address);
}

function loadPart(code: Code, register: Register, part: Part): void {
  putLoad(code, machineRegister(register), part);
}

function store(code: Code, address: number, register: Register): void {
  putPair(code, absoluteMove(0x89, machineRegister(register)), address);
}

function loadByte(code: Code, register: Register, base: Register): void {
  const machine = machineRegister(register);
  const pointer = machineRegister(base);
  putBytes(code, [...rex(machine, pointer), 0x0f, 0xb6, ...indirect(machine, pointer)]);
}

function loadWord(code: Code, register: Register, base: Register): void {
  const machine = machineRegister(register);
  const pointer = machineRegister(base);
  putBytes(code, [rexW(machine, pointer), 0x8b, ...indirect(machine, pointer)]);
}

function storeByte(code: Code, base: Register, register: Register): void {
  const machine = machineRegister(register);
  const pointer = machineRegister(base);
  // Without a prefix 4–7 would mean ah, ch, dh and bh.
  const prefix = machine >= 4 && machine < 8 && pointer < 8 ? [0x40] : rex(machine, pointer);
  putBytes(code, [...prefix, 0x88, ...indirect(machine, pointer)]);
}

function add(code: Code, register: Register, value: number): void {
  putArithmetic(code, (ADD << 4) | machineRegister(register), value);
}

function copy(code: Code, register: Register, other: Register): void {
  putRegisters(code, 0x89, { rm: machineRegister(register), reg: machineRegister(other) });
}

function addRegister(code: Code, register: Register, other: Register): void {
  putRegisters(code, 0x01, { rm: machineRegister(register), reg: machineRegister(other) });
}

function negate(code: Code, register: Register): void {
  const machine = machineRegister(register);
  putBytes(code, [rexW(0, machine), 0xf7, direct(3, machine)]);
}

function and(code: Code, register: Register, mask: number): void {
  const machine = machineRegister(register);
  if (mask >= 0 && mask <= 0xffff_ffff) {
    putAnd32(code, machine, mask);
  } else if (fits32(mask)) {
    putArithmetic(code, (AND << 4) | machine, mask);
  } else {
    putMove(code, R11, mask);
    putRegisters(code, 0x21, { rm: machine, reg: R11 });
  }
}

function compare(code: Code, register: Register, value: number): void {
  const machine = machineRegister(register);
  if (fits32(value)) {
    putArithmetic(code, (CMP << 4) | machine, value);
  } else {
    putMove(code, R11, value);
    putRegisters(code, 0x39, { rm: machine, reg: R11 });
  }
}

function compareRegisters(code: Code, register: Register, other: Register): void {
  putRegisters(code, 0x39, { rm: machineRegister(register), reg: machineRegister(other) });
}

function branch(code: Code, condition: Condition, target: CodeLabel): void {
  putJump(code, CONDITIONS[condition], target);
}

function jump(code: Code, target: CodeLabel): void {
  putJump(code, JUMP, target);
}

function call(code: Code, target: CodeLabel): void {
  putJump(code, CALL, target);
}

function endCall(code: Code): void {
  putBytes(code, [0xc3]);
}

function systemCall(code: Code, number: number): void {
  putMove(code, 0, number);
  put(code, SYSCALL);
}

function branchIfFailed(code: Code, target: CodeLabel): void {
  compare(code, callResult, -4095);
  branch(code, 'above_or_equal', target);
}

function trap(code: Code): void {
  putBytes(code, [0x0f, 0x0b]);
}

/** cmp $-errno, %rax and je. */
function branchOnErrno(code: Code, errno: number, target: CodeLabel): void {
  if (code.length > code.limit) reserve(code);
  const { words, length } = code;
  words[length] = COMPARE_RAX;
  words[length + 1] = -errno;
  words[length + 2] = CONDITIONS.equal;
  code.jumps.push(length + 3, target);
  code.length = length + 4;
}

function patchJumps(code: Code): void {
  const { jumps, labels, words } = code;
  const { length } = jumps;
  for (let i = 0; i < length; i += 2) {
    const at = jumps[i] as number;
    const label = jumps[i + 1] as number;
    const target = labels[label] as number;
    words[at] = ((target < 0 ? placeOf(code, label) : target) - at - 1) * 4;
  }
}

export const x86_64: Emitter = {
  machine: 62,
  pageSize: 4096,
  operationLimit: OPERATION_LIMIT,
  syscalls: syscalls.x86_64,
  setImmediate,
  load,
  loadPart,
  store,
  loadByte,
  loadWord,
  storeByte,
  add,
  copy,
  addRegister,
  negate,
  and,
  compare,
  compareRegisters,
  branch,
  jump,
  call,
  endCall,
  systemCall,
  branchIfFailed,
  trap,
  branchOnErrno,
  patchJumps,
  emitStart,
  emitSubroutines,
  emitCall,
};
