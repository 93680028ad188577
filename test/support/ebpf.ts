// An eBPF interpreter for device programs: what the kernel would answer to a process that opens or makes a device.
// Written from Documentation/bpf/standardization/instruction-set.rst alone; knows nothing of who made the program.

export interface DeviceAccess {
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
  /** Bits: 1 mknod, 2 read, 4 write. */
  readonly access: number;
}

const INSTRUCTION_SIZE = 8;
const CONTEXT_SIZE = 12;
const CONTEXT_ADDRESS = 0x7000_0000_0000n;

/** struct bpf_cgroup_dev_ctx. */
function contextOf({ type, major, minor, access }: DeviceAccess): DataView {
  const view = new DataView(new ArrayBuffer(CONTEXT_SIZE));
  view.setUint32(0, (access << 16) | (type === 'b' ? 1 : 2), true);
  view.setUint32(4, major, true);
  view.setUint32(8, minor, true);
  return view;
}

interface Decoded {
  readonly operation: number;
  readonly to: number;
  readonly from: number;
  readonly offset: number;
  readonly immediate: number;
}

export function decode(program: Uint8Array): Decoded[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  return Array.from({ length: program.length / INSTRUCTION_SIZE }, (_, i) => {
    const at = i * INSTRUCTION_SIZE;
    const registers = view.getUint8(at + 1);
    return {
      operation: view.getUint8(at), to: registers & 15, from: registers >> 4, offset: view.getInt16(at + 2, true),
      immediate: view.getInt32(at + 4, true),
    };
  });
}

const low = (value: bigint | number): bigint => BigInt.asUintN(32, BigInt(value));

/** Runs a program. @throws Error for what the kernel would not have let in, on the way that is taken */
export function runDeviceProgram(program: Uint8Array | readonly Decoded[], access: DeviceAccess): boolean {
  const code = program instanceof Uint8Array ? decode(program) : program;
  const context = contextOf(access);
  const registers: (bigint | undefined)[] = [undefined, CONTEXT_ADDRESS];
  const read = (register: number): bigint => {
    const value = registers[register];
    if (value === undefined) throw new Error(`reads r${register}, which has no value`);
    return value;
  };
  for (let at = 0; ; at++) {
    const instruction = code[at];
    if (instruction === undefined) throw new Error('runs off the end of the program');
    const { operation, to, from, offset, immediate } = instruction;
    switch (operation) {
      case 0x61: { // 32-bit load
        const place = Number(read(from) - CONTEXT_ADDRESS) + offset;
        if (place < 0 || place + 4 > CONTEXT_SIZE || place % 4 !== 0) throw new Error(`loads from ${place}`);
        registers[to] = BigInt(context.getUint32(place, true));
        break;
      }
      case 0xbc: registers[to] = low(read(from)); break;
      case 0xb4: registers[to] = low(immediate); break;
      case 0x54: registers[to] = low(read(to)) & low(immediate); break;
      case 0x74: registers[to] = low(read(to)) >> low(immediate); break;
      case 0x05: at += offset; break;
      case 0x56: if (low(read(to)) !== low(immediate)) at += offset; break;
      case 0x46: if ((low(read(to)) & low(immediate)) !== 0n) at += offset; break;
      case 0x95: {
        const result = read(0);
        if (result !== 0n && result !== 1n) throw new Error(`gives ${result}`);
        return result === 1n;
      }
      default: throw new Error(`has operation 0x${operation.toString(16)} at ${at}`);
    }
  }
}

/** What kernel/bpf/verifier.c asks of every program: each instruction can be reached, no jump leaves the program or
 * goes back, and it ends with an exit. */
export function checkProgram(program: Uint8Array): void {
  const code = decode(program);
  const reached = new Uint8Array(code.length);
  reached[0] = 1;
  for (const [at, { operation, offset }] of code.entries()) {
    if (reached[at] === 0) throw new Error(`never runs ${at}`);
    if (operation === 0x95) continue;
    const isJump = [0x05, 0x56, 0x46].includes(operation);
    if (isJump && (offset < 0 || at + 1 + offset >= code.length)) throw new Error(`jumps out of the program at ${at}`);
    if (isJump) reached[at + 1 + offset] = 1;
    if (operation !== 0x05 && at + 1 >= code.length) throw new Error('does not end with an exit');
    if (operation !== 0x05) reached[at + 1] = 1;
  }
}
