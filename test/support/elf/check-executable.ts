// The second opinion on an assembled plan: the file is decoded, and each instruction and byte of it must be what the
// plan asks for, with nothing left over. Knows the order in which the assembler writes (src/elf/x86_64-call.ts has a
// drawing), and neither its tables nor its code.

import type { Plan } from '../../../src/plan/operation.ts';
import { RECORD_LOG } from '../../../src/plan/report.ts';
import { checkOperation } from './check-operation.ts';
import { Data } from './data.ts';
import { parseElf } from './elf-file.ts';
import type { Machine, SystemCall } from './machine.ts';
import { type Outcome, Reading, type Subroutine as SubroutineKind } from './reading.ts';
import { decode } from './x86.ts';

const [READ, WRITE, WRITEV, EXIT_GROUP] = [0, 1, 20, 231];
const [RAX, RBX, RSP] = [0, 3, 4];
const REPORT_SIZE = 16;
const TRAP = -1;
const ENODATA = 61n;
const EAGAIN = 11n;
const LOG = ['e first message\n', 'w second'];
const LOG_DESCRIPTOR = 77n;

/**
 * Reads an executable beside the plan that it was assembled from.
 *
 * @returns how many instructions it has
 * @throws Error for the first difference
 */
export function checkExecutable(bytes: Uint8Array, plan: Plan): number {
  const file = parseElf(bytes);
  const instructions = decode(file.text, file.textBase);
  const data = new Data(file, plan.memory);
  const reading = new Reading({ file, plan, data, instructions });
  const stack = reading.take('immediate');
  if (stack.reg !== RSP) throw new Error('does not begin with a stack');
  checkStack(reading, Number(stack.value));
  const first = plan.firstIndex ?? 0;
  for (const [i, operation] of plan.operations.entries()) {
    try {
      checkOperation(reading, operation, first + i);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`operation ${i} (${operation.kind}, ${operation.action}): ${reason}`, { cause: error });
    }
  }
  reading.take('trap');
  for (const [label, target] of reading.jumps) {
    if (reading.labels.get(label) !== target) throw new Error(`a jump to ${label} goes to ${target}`);
  }
  checkEnds(reading, { instructions, begin: file.entry, end: reading.address });
  data.checkRest();
  return instructions.length;
}

function checkStack({ file, plan }: Reading, end: number): void {
  const isFree = end - 8 >= file.memory + plan.memory + REPORT_SIZE && end <= file.memory + file.memorySize;
  if (!isFree) throw new Error(`a stack that ends at ${end}`);
}

interface Edges {
  readonly instructions: readonly { readonly at: number; readonly op: string }[];
  /** Where the operations' code begins and ends: all other code is checked by running it. */
  readonly begin: number;
  readonly end: number;
}

/** What operations share: subroutines before their code, the ways of failures before and behind it. All is executed. */
function checkEnds(reading: Reading, { instructions, begin, end }: Edges): void {
  const executed = new Set<number>();
  const note = (machine: Machine): void => machine.executed.forEach((at) => executed.add(at));
  for (const [kind, address] of reading.subroutines) checkSubroutine(reading, { kind, address, note });
  for (const [outcome, address] of reading.outcomes) note(checkOutcome(reading, outcome, address));
  const used = reading.subroutines;
  for (const { at, op } of instructions) {
    if ((at >= begin && at < end) || executed.has(at)) continue;
    // Both subroutines and the common failure are there whether or not a plan has calls for them.
    if (at < begin && (used.size < 4 || !reading.outcomes.has('failed'))) continue;
    throw new Error(`${op} at ${at} belongs to nothing`);
  }
}

interface Subroutine {
  readonly kind: SubroutineKind;
  readonly address: number;
  readonly note: (machine: Machine) => void;
}

function checkSubroutine(reading: Reading, { kind, address, note }: Subroutine): void {
  const behind = reading.file.entry;
  for (const result of [0n, 5n, 0x7ff0_0000_0000n, -4096n, -1n, -2n, -4095n]) {
    const machine = reading.machine();
    const args = [7, 6, 2, 10, 8, 9].map((register, i) => (machine.registers[register] = BigInt(1000 + i)));
    const isFailure = result < 0n && result >= -4095n;
    machine.registers[RAX] = BigInt(12345 << 10 | 333);
    machine.write(Number(machine.registers[RSP]) - 8, BigInt(behind), 8);
    machine.registers[RSP] = (machine.registers[RSP] ?? 0n) - 8n;
    const written: bigint[] = [];
    const end = machine.run(address, new Set([behind]), (call) => {
      const tries = kind.endsWith('again') ? 2 : 1;
      if (machine.calls.length > tries) return keepReport(machine, call, written);
      const isSame = call.number === 333 && call.args.every((value, i) => value === args[i]);
      if (!isSame) throw new Error('another system call');
      return machine.calls.length < tries ? -EAGAIN : result;
    });
    note(machine);
    const fails = isFailure && kind.startsWith('checked');
    if ((end === TRAP) !== fails) throw new Error(`a subroutine ends at ${end} for ${result}`);
    if (fails) {
      expectWords(written, [12345n, -result, 1n]);
      reading.failsAt(outcomeAddress(reading), { stage: 'init' });
    } else if (BigInt.asIntN(64, machine.registers[RAX] ?? 0n) !== result || machine.registers[RBX] !== 12345n) {
      throw new Error('a subroutine loses what the call has given');
    }
  }
}

/** Where failures go; what no operation has told is not looked for. */
function outcomeAddress({ outcomes, file }: Reading): number {
  return outcomes.get('failed') ?? file.textBase;
}

/** Takes the report and the exit status. */
function keepReport(machine: Machine, { number, args }: SystemCall, written: bigint[]): bigint {
  const [one = 0n, two = 0n, three = 0n] = args;
  if (number === WRITE && three === 16n) written.push(machine.read(Number(two), 8), machine.read(Number(two) + 8, 8));
  else if (number === EXIT_GROUP) written.push(one);
  else throw new Error(`system call ${number} after a failure`);
  return number === WRITE ? 16n : -1n;
}

function expectWords(found: readonly bigint[], expected: readonly bigint[]): void {
  if (found.length !== expected.length || found.some((word, i) => word !== expected[i])) {
    throw new Error(`a failure tells ${found.join(' ')}, not ${expected.join(' ')}`);
  }
}

function checkOutcome(reading: Reading, outcome: Outcome, address: number): Machine {
  const { plan, file } = reading;
  const machine = reading.machine();
  machine.registers[RBX] = 4321n;
  machine.registers[RAX] = -13n & (1n << 64n) - 1n;
  if (outcome === 'rescued') {
    const { to, record } = plan.rescue ?? { to: '', record: 0 };
    const target = reading.labels.get(to as never) ?? 0;
    machine.run(address, new Set([target]));
    expectWords([machine.read(file.memory + record, 8), machine.read(file.memory + record + 8, 8)], [4321n, 13n]);
    return machine;
  }
  const log = outcome === 'failed' ? undefined : Number(outcome.slice('log '.length));
  if (log !== undefined) machine.write(file.memory + log, LOG_DESCRIPTOR, 8);
  const words: bigint[] = [];
  let messages = 0;
  machine.run(address, new Set(), (call) => {
    if (call.number === READ) return readLog(machine, call, messages++);
    if (call.number === WRITEV) return keepLog(machine, call, words);
    if (call.number === WRITE && call.args[0] !== BigInt(plan.report)) throw new Error('reports to somebody else');
    return keepReport(machine, call, words);
  });
  expectWords(words, [4321n, 13n, 1n]);
  if (log !== undefined && messages !== LOG.length + 1) throw new Error(`reads ${messages} messages`);
  return machine;

  function keepLog(_: Machine, { args: [to, vector = 0n, count] }: SystemCall, into: bigint[]): bigint {
    if (to !== BigInt(plan.report) || count !== 2n) throw new Error('reports to somebody else');
    const parts = [0, 1].map((i) => [0, 8].map((at) => Number(machine.read(Number(vector) + 16 * i + at, 8))));
    const [[log = 0, size = 0] = [], [record = 0, recordSize] = []] = parts;
    const text = LOG.map((message) => `${message}\0`).join('');
    expectWords([machine.read(log, 8), machine.read(log + 8, 8), BigInt(size), BigInt(recordSize ?? 0)],
      [BigInt(RECORD_LOG), BigInt(text.length), BigInt(text.length + 16), 16n]);
    const found = Array.from(text, (_character, i) => String.fromCharCode(machine.byte(log + 16 + i))).join('');
    if (found !== text) throw new Error(`a log ${JSON.stringify(found)}`);
    into.push(machine.read(record, 8), machine.read(record + 8, 8));
    return BigInt(size + 16);
  }
}

/** fsopen(2): a message a call, without a NUL. */
function readLog(machine: Machine, { args: [file, buffer = 0n, size = 0n] }: SystemCall, count: number): bigint {
  if (file !== LOG_DESCRIPTOR) throw new Error(`reads ${String(file)} for a log`);
  const message = LOG[count];
  if (message === undefined) return -ENODATA;
  if (size < 1000n || size > 1024n) throw new Error(`reads ${size} bytes`);
  Buffer.from(message).forEach((byte, i) => machine.write(Number(buffer) + i, BigInt(byte), 1));
  return BigInt(message.length);
}
