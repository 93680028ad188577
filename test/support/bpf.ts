// A classic BPF interpreter for seccomp filters: what the kernel would answer to a system call, and how many
// instructions that takes. Written from <linux/filter.h> alone; knows nothing of who made the program.

export interface SystemCall {
  readonly number: number;
  /** AUDIT_ARCH_… */
  readonly architecture: number;
  readonly args: readonly bigint[];
}

export interface Answer {
  readonly value: number;
  readonly instructions: number;
}

const INSTRUCTION_SIZE = 8;

/** struct seccomp_data: number, architecture, instruction pointer, six arguments. */
function seccompData({ number, architecture, args }: SystemCall): DataView {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, number, true);
  view.setUint32(4, architecture, true);
  args.forEach((arg, i) => view.setBigUint64(16 + 8 * i, BigInt.asUintN(64, arg), true));
  return view;
}

/** Runs a filter. @throws Error for what the kernel would not have let in */
export function runFilter(program: Uint8Array, call: SystemCall): Answer {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = seccompData(call);
  let accumulator = 0;
  let instructions = 0;
  for (let at = 0; at < program.length; at += INSTRUCTION_SIZE) {
    const operation = code.getUint16(at, true);
    const operand = code.getUint32(at + 4, true);
    const jump = (holds: boolean): void => void (at += INSTRUCTION_SIZE * code.getUint8(at + (holds ? 2 : 3)));
    instructions++;
    switch (operation) {
      case 0x20:
        if (operand % 4 !== 0 || operand >= 64) throw new Error(`loads from ${operand}`);
        accumulator = data.getUint32(operand, true);
        break;
      case 0x54:
        accumulator = (accumulator & operand) >>> 0;
        break;
      case 0x05:
        at += INSTRUCTION_SIZE * operand;
        break;
      case 0x15:
        jump(accumulator === operand);
        break;
      case 0x25:
        jump(accumulator > operand);
        break;
      case 0x35:
        jump(accumulator >= operand);
        break;
      case 0x45:
        jump((accumulator & operand) !== 0);
        break;
      case 0x06:
        return { value: operand, instructions };
      default:
        throw new Error(`has operation 0x${operation.toString(16)} at ${at / INSTRUCTION_SIZE}`);
    }
  }
  throw new Error('runs off the end of the filter');
}

/** Every jump of a program stays inside it, and it ends with a return: kernel/seccomp.c and net/core/filter.c refuse
 * all else when the filter is loaded, whether it would ever be run or not. */
export function checkFilter(program: Uint8Array): void {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const count = program.length / INSTRUCTION_SIZE;
  if (count < 1 || count > 4096) throw new Error(`has ${count} instructions`);
  for (let i = 0; i < count; i++) {
    const at = i * INSTRUCTION_SIZE;
    const operation = code.getUint16(at, true);
    const skips = operation === 0x05 ? [code.getUint32(at + 4, true)]
      : [0x15, 0x25, 0x35, 0x45].includes(operation) ? [code.getUint8(at + 2), code.getUint8(at + 3)] : [];
    for (const skip of skips) if (i + 1 + skip >= count) throw new Error(`jumps out of the program at ${i}`);
  }
  if (code.getUint16((count - 1) * INSTRUCTION_SIZE, true) !== 0x06) throw new Error('does not end with a return');
}
