// The system calls of a plan for x86_64, which are what assembling takes its time for. Everything of a call that is the
// same for all is in two subroutines:
//
//   the call's own code                    subroutine
//   ───────────────────                    ──────────
//   arguments, each in two words
//   eax = index of the operation, number
//   call ─────────────────────────────▶    link = return address
//                                          ebx, eax = index, number
//                                          syscall, once or until it is not EAGAIN; compared with -4095
//                                          jae failed                     only for calls whose failure is the plan's
//   goes on ◀──────────────────────────    jmp *link
//
// The return address does not stay on the stack: after clone3(CLONE_VM | CLONE_VFORK) the child's calls would change
// what its waiting parent returns to.

import { errno } from '../linux/errno.ts';
import { syscalls } from '../linux/syscalls.ts';
import { type Call, MOST_TRIES, type Value } from '../plan/operation.ts';
import { type Code, type CodeLabel, put, reserve } from './code.ts';
import { addressOf } from './constants.ts';
import type { Program, Subroutines } from './emitter.ts';
import { MEMORY_BASE } from './layout.ts';
import {
  ABOVE_OR_EQUAL, absoluteMove, AND, ARGUMENTS, CALL, CMP, putArithmetic, putBytes, putJump, putLoad, putMove,
  signedMove, SYSCALL,
} from './x86_64-encoding.ts';

/** Bits of eax that the system call's number takes; the index has the others. */
const NUMBER_BITS = 10;
/** How many operations can be told apart. */
export const OPERATION_LIMIT = 2 ** (32 - NUMBER_BITS);

/** What moves an immediate, or what is at an address, to each of them: worked out only once. */
const MOVES: readonly number[] = ARGUMENTS.map(signedMove);
const LOADS: readonly number[] = ARGUMENTS.map((machine) => absoluteMove(0x8b, machine));
/** mov eax, imm32. */
const MOVE_EAX = 0xb890_9090 | 0;
const RSP = 4;
const R13 = 13;

/** The first instruction: the stack, of which one word is used, lies in memory that is written to anyway. */
export function emitStart(code: Code, stackEnd: number): void {
  putMove(code, RSP, stackEnd);
}

/** Appends what emitCall() goes to; errors go to a label in `checked`, and on behind the call in `unchecked`. */
export function emitSubroutines(code: Code, failed: CodeLabel): Subroutines {
  const checked = emitSubroutine(code, emitOnce, failed);
  const unchecked = emitSubroutine(code, emitOnce);
  const checkedAgain = emitSubroutine(code, emitAgain, failed);
  const uncheckedAgain = emitSubroutine(code, emitAgain);
  return { checked, unchecked, checkedAgain, uncheckedAgain };
}

/** @param failed where errors go, if not back like everything else @returns where it begins */
function emitSubroutine(code: Code, emitCalls: (code: Code) => void, failed?: CodeLabel): number {
  const start = code.length;
  putBytes(code, [0x41, 0x5f]); // pop %r15
  putBytes(code, [0x89, 0xc3]); // mov %eax, %ebx
  putBytes(code, [0xc1, 0xeb, NUMBER_BITS]); // shr $NUMBER_BITS, %ebx
  putArithmetic(code, AND << 4, 2 ** NUMBER_BITS - 1);
  emitCalls(code);
  putArithmetic(code, CMP << 4, -4095);
  if (failed !== undefined) putJump(code, ABOVE_OR_EQUAL, failed);
  putBytes(code, JUMP_TO_LINK);
  return start;
}

/** jmp *%r15 */
const JUMP_TO_LINK = [0x41, 0xff, 0xe7];

function emitOnce(code: Code): void {
  put(code, SYSCALL);
}

/** The number waits in r14, what is left of the tries is in r13d. */
function emitAgain(code: Code): void {
  putMove(code, R13, MOST_TRIES);
  putBytes(code, [0x49, 0x89, 0xc6]); // mov %rax, %r14
  putBytes(code, [
    0x4c, 0x89, 0xf0, // again: mov %r14, %rax
    0x0f, 0x05, // syscall
    0x48, 0x83, 0xf8, -errno.EAGAIN & 0xff, // cmp $-EAGAIN, %rax
    0x75, 0x05, // jne done
    0x41, 0xff, 0xcd, // dec %r13d
    0x75, 0xf0, // jne again
  ]); // done:
}

/**
 * Appends a call. Behind it callResult has its result, and branch() can tell whether that is an error: it has been
 * compared with -4095.
 *
 * @param subroutine one of those of emitSubroutines()
 */
export function emitCall(program: Program, call: Call, index: number, subroutine: number): void {
  const { code } = program;
  if (code.length > code.limit) reserve(code);
  const length = emitArguments(program, call.args);
  const { words } = code;
  words[length] = MOVE_EAX;
  words[length + 1] = (index << NUMBER_BITS) | syscalls.x86_64[call.kind];
  words[length + 2] = CALL;
  words[length + 3] = (subroutine - length - 4) * 4;
  code.length = length + 4;
}

/** Returns where they end. */
function emitArguments(program: Program, args: readonly Value[]): number {
  const { code, constants } = program;
  const { length } = args;
  let { words, length: at } = code;
  for (let i = 0; i < length; i++) {
    const value = args[i] as Value;
    if (typeof value === 'number') {
      if (value === (value | 0)) {
        words[at] = MOVES[i] as number;
        words[at + 1] = value;
      } else {
        code.length = at;
        putMove(code, ARGUMENTS[i] as number, value);
        // They may have had to grow.
        ({ words, length: at } = code);
        continue;
      }
    } else if ('slot' in value) {
      words[at] = LOADS[i] as number;
      words[at + 1] = MEMORY_BASE + value.slot;
    } else if ('load' in value) {
      code.length = at;
      putLoad(code, ARGUMENTS[i] as number, { address: MEMORY_BASE + value.load, size: value.size });
      ({ words, length: at } = code);
      continue;
    } else {
      words[at] = MOVES[i] as number;
      words[at + 1] = addressOf(constants, value);
    }
    at += 2;
  }
  return at;
}
