// Plan → executable: walks the operations once and has the emitter write each. Knows no machine's instructions and
// makes no decision of its own: what a plan says is what runs. A plan that checkPlan() refuses assembles to nonsense.

import { assertNever, NuncError } from '../error.ts';
import type { Architecture } from '../host/facts.ts';
import type { Call, Label, Operation, Plan, Slot, Value, Way } from '../plan/operation.ts';
import { bindLabel, type CodeLabel, createCode, createLabel } from './code.ts';
import { addressOf, addText, createConstants } from './constants.ts';
import { decimalValue, emitDecimal } from './decimal.ts';
import { callResult, type Emitter, operationIndex, type Program, type Register, type Subroutines } from './emitter.ts';
import { emitFailure, emitLoggedFailures, emitRescue, type Failure, LOG_MEMORY } from './failure.ts';
import { emitFindHome, homeDescriptor } from './find-home.ts';
import { ANY_CONSTANTS, buildExecutable, type ConstantSpace, MEMORY_BASE, USUAL_CONSTANTS } from './layout.ts';
import { x86_64 } from './x86_64.ts';

const EMITTERS: Readonly<Partial<Record<Architecture, Emitter>>> = { x86_64 };

const REPORT_SIZE = 16;
const STACK_SIZE = 8;
/** Hold what a branch, a `set` or a sum works on. */
const operand: Register = 0;
const otherOperand: Register = 1;
/** Code of an average operation, with room to spare. */
const WORDS_PER_OPERATION = 16;

/** All but the system calls. */
type Control = Exclude<Operation, Call>;

interface Unit extends Program {
  readonly emitter: Emitter;
  readonly labels: Map<Label, CodeLabel>;
  readonly subroutines: Subroutines;
  /** Where every failure goes: operationIndex and callResult say which. */
  readonly failed: CodeLabel;
  /** Where those go whose file system's context has a log, by the slot that holds it; undefined: nobody reads. */
  readonly logged: Map<Slot, CodeLabel> | undefined;
  /** Where those of the stage `supervisor` go. */
  readonly rescued: CodeLabel;
  /** What reports count the first operation as. */
  readonly firstIndex: number;
  /** The address where find_home collects the directory. */
  readonly stash: number;
  /** Its size: one search ends before the next starts. */
  stashSize: number;
}

/**
 * Compiles a plan to a static ELF executable.
 *
 * @param plan one that checkPlan() accepts
 * @returns the file's bytes
 * @throws NuncError when there is no emitter for the architecture; TypeError when the plan uses a label without a place
 * or a system call that the architecture lacks; RangeError when the plan is too large for its addresses
 */
export function assemble(plan: Plan, architecture: Architecture): Uint8Array {
  const emitter = EMITTERS[architecture];
  if (emitter === undefined) {
    throw new NuncError('host', `cannot compile a plan for "${architecture}": not supported yet`);
  }
  return assembleWith(emitter, plan, USUAL_CONSTANTS) ?? assembleWith(emitter, plan, ANY_CONSTANTS) ?? refuse(plan);
}

function refuse({ operations }: Plan): never {
  throw new RangeError(`plan of ${operations.length} operations has more constants than can be addressed`);
}

/** undefined: the constants are not what they were taken for. */
function assembleWith(emitter: Emitter, plan: Plan, space: ConstantSpace): Uint8Array | undefined {
  if ((plan.firstIndex ?? 0) + plan.operations.length > emitter.operationLimit) {
    throw new RangeError(`plan has more than ${emitter.operationLimit} operations`);
  }
  const code = createCode(1024 + plan.operations.length * WORDS_PER_OPERATION);
  const failed = createLabel(code);
  const report = MEMORY_BASE + plan.memory;
  const failure = { emitter, code, report, descriptor: plan.report };
  emitFailure(failure, failed);
  const subroutines = emitter.emitSubroutines(code, failed);
  const entry = code.length;
  const stash = report + REPORT_SIZE + STACK_SIZE;
  emitter.emitStart(code, stash);
  const unit: Unit = {
    emitter,
    code,
    constants: createConstants(space),
    labels: new Map(),
    subroutines,
    failed,
    logged: plan.logs === true ? new Map() : undefined,
    rescued: createLabel(code),
    firstIndex: plan.firstIndex ?? 0,
    stash,
    stashSize: 0,
  };
  const { operations } = plan;
  const { length } = operations;
  for (let index = 0; index < length; index++) {
    const operation = operations[index] as Operation;
    if ((operation as Partial<Call>).args === undefined) emitControl(unit, operation as Control, index);
    else emitCall(unit, operation as Call, index);
  }
  emitter.trap(code);
  const memory = emitEnds(unit, plan, failure);
  emitter.patchJumps(code);
  return buildExecutable({ emitter, text: code, entry, constants: unit.constants, memory });
}

/** Appends where failures with a log, and those of a supervisor, go; returns how much memory there is in all. */
function emitEnds(unit: Unit, plan: Plan, failure: Failure): number {
  const { logged } = unit;
  const end = unit.stash + unit.stashSize;
  if (plan.rescue !== undefined) {
    const rescue = { record: MEMORY_BASE + plan.rescue.record, to: labelOf(unit, plan.rescue.to) };
    emitRescue(failure, unit.rescued, rescue);
  }
  if (logged === undefined || logged.size === 0) return end - MEMORY_BASE;
  emitLoggedFailures(failure, { logged, log: end });
  return end + LOG_MEMORY - MEMORY_BASE;
}

function emitControl(unit: Unit, operation: Control, index: number): void {
  const { emitter, code } = unit;
  switch (operation.kind) {
    case 'label':
      bindLabel(code, labelOf(unit, operation.label));
      return;
    case 'jump':
      emitter.jump(code, labelOf(unit, operation.to));
      return;
    case 'branch':
      emitValue(unit, operand, operation.value);
      if (operation.mask !== undefined) emitter.and(code, operand, operation.mask);
      emitter.compare(code, operand, operation.operand);
      emitter.branch(code, operation.test, labelOf(unit, operation.to));
      return;
    case 'set':
      emitValue(unit, operand, operation.value);
      emitter.store(code, MEMORY_BASE + operation.slot, operand);
      return;
    case 'add':
    case 'subtract':
      emitter.load(code, operand, MEMORY_BASE + operation.slot);
      emitValue(unit, otherOperand, operation.value);
      if (operation.kind === 'subtract') emitter.negate(code, otherOperand);
      emitter.addRegister(code, operand, otherOperand);
      emitter.store(code, MEMORY_BASE + operation.slot, operand);
      return;
    case 'pick':
      emitPick(unit, operation);
      return;
    case 'decimal':
      emitValue(unit, decimalValue, operation.value);
      emitter.store(code, MEMORY_BASE + operation.slot, emitDecimal(emitter, code, MEMORY_BASE + operation.into));
      return;
    case 'fail':
      emitter.setImmediate(code, operationIndex, unit.firstIndex + index);
      emitter.setImmediate(code, callResult, -operation.errno);
      emitter.jump(code, failureOf(unit, operation));
      return;
    case 'find_home':
      emitSearch(unit, operation);
      return;
    default:
      assertNever(operation);
  }
}

function emitPick(unit: Unit, { slot, from, index }: Extract<Operation, { readonly kind: 'pick' }>): void {
  const { emitter, code } = unit;
  emitValue(unit, operand, index);
  // Times 8.
  for (let i = 0; i < 3; i++) emitter.addRegister(code, operand, operand);
  emitValue(unit, otherOperand, from);
  emitter.addRegister(code, operand, otherOperand);
  emitter.loadWord(code, operand, operand);
  emitter.store(code, MEMORY_BASE + slot, operand);
}

function emitSearch(unit: Unit, search: Extract<Operation, { readonly kind: 'find_home' }>): void {
  const { emitter, code, constants } = unit;
  emitValue(unit, homeDescriptor, search.descriptor);
  emitFindHome(emitter, code, {
    digits: addressOf(constants, { text: search.uid === 0 ? '' : String(search.uid) }),
    into: MEMORY_BASE + search.into,
    capacity: search.capacity,
    scratch: MEMORY_BASE + search.scratch,
    stash: unit.stash,
  });
  if (search.capacity > unit.stashSize) unit.stashSize = (search.capacity + 7) & ~7;
}

function failureOf({ failed, rescued }: Unit, { stage }: Operation): CodeLabel {
  return stage === 'supervisor' ? rescued : failed;
}

function labelOf(unit: Unit, name: Label): CodeLabel {
  let label = unit.labels.get(name);
  if (label === undefined) {
    label = createLabel(unit.code);
    unit.labels.set(name, label);
  }
  return label;
}

function emitValue(unit: Unit, register: Register, value: Value): void {
  const { emitter, code } = unit;
  if (typeof value === 'number') emitter.setImmediate(code, register, value);
  else if ('text' in value) emitter.setImmediate(code, register, addText(unit.constants, value.text));
  else if ('slot' in value) emitter.load(code, register, MEMORY_BASE + value.slot);
  else if ('load' in value) emitter.loadPart(code, register, { address: MEMORY_BASE + value.load, size: value.size });
  else emitter.setImmediate(code, register, addressOf(unit.constants, value));
}

function emitCall(unit: Unit, call: Call, index: number): void {
  const { emitter, code, subroutines } = unit;
  const { result, success } = call;
  let next: CodeLabel | undefined;
  const again = call.again === true;
  if (call.on === undefined && call.tolerate === undefined && call.log === undefined && call.stage !== 'supervisor') {
    emitter.emitCall(unit, call, unit.firstIndex + index, again ? subroutines.checkedAgain : subroutines.checked);
  } else {
    emitter.emitCall(unit, call, unit.firstIndex + index, again ? subroutines.uncheckedAgain : subroutines.unchecked);
    next = emitErrors(unit, call);
  }
  if (result !== undefined) emitter.store(code, MEMORY_BASE + result, callResult);
  if (success !== undefined) emitter.jump(code, labelOf(unit, success));
  if (next !== undefined) bindLabel(code, next);
}

/** Sends every error where the call says; execution goes on behind on success. Returns the label, to be bound behind
 * the call, where tolerated errors go: they leave the result's slot as it was. */
function emitErrors(unit: Unit, call: Call): CodeLabel | undefined {
  const { emitter, code } = unit;
  const { on, tolerate, log } = call;
  const failed = log === undefined ? failureOf(unit, call) : failedWithLog(unit, log);
  if (on === undefined && tolerate === undefined) {
    emitter.branch(code, 'above_or_equal', failed);
    return undefined;
  }
  const succeeded = createLabel(code);
  const next = createLabel(code);
  emitter.branch(code, 'below', succeeded);
  if (on !== undefined) {
    for (let i = 0; i < on.length; i++) {
      const way = on[i] as Way;
      emitter.branchOnErrno(code, way.errno, labelOf(unit, way.to));
    }
  }
  if (tolerate !== undefined) {
    for (let i = 0; i < tolerate.length; i++) emitter.branchOnErrno(code, tolerate[i] as number, next);
  }
  emitter.jump(code, failed);
  bindLabel(code, succeeded);
  return next;
}

function failedWithLog({ code, failed, logged }: Unit, context: Slot): CodeLabel {
  if (logged === undefined) return failed;
  let label = logged.get(context);
  if (label === undefined) {
    label = createLabel(code);
    logged.set(context, label);
  }
  return label;
}
