// Plan → executable: walks the operations once and has the emitter write each. Knows no machine's instructions and
// makes no decision of its own: what a plan says is what runs. A plan that checkPlan() refuses assembles to nonsense.

import { NuncError } from '../error.ts';
import type { Architecture } from '../host/facts.ts';
import type { Call, Label, Operation, Plan, Slot, Value } from '../plan/operation.ts';
import { bindLabel, type Code, type CodeLabel, createCode, createLabel, resolveJumps } from './code.ts';
import { addressOf, addText, type Constants, createConstants } from './constants.ts';
import { decimalValue, emitDecimal } from './decimal.ts';
import { callResult, type Emitter, operationIndex, type Register, systemCallNumber } from './emitter.ts';
import { emitFailure, emitLoggedFailures, emitRescue, LOG_MEMORY } from './failure.ts';
import { emitFindHome, homeDescriptor } from './find-home.ts';
import { buildExecutable, MEMORY_BASE } from './layout.ts';
import { x86_64 } from './x86_64.ts';

const EMITTERS: Readonly<Partial<Record<Architecture, Emitter>>> = { x86_64 };

const REPORT_SIZE = 16;
/** Hold what a branch, a `set` or a sum works on. */
const operand: Register = 0;
const otherOperand: Register = 1;
/** Code of an average operation, with room to spare. */
const BYTES_PER_OPERATION = 96;

interface Unit {
  readonly emitter: Emitter;
  readonly code: Code;
  readonly constants: Constants;
  readonly labels: Map<Label, CodeLabel>;
  /** Where every failure goes: operationIndex and callResult say which. */
  readonly failed: CodeLabel;
  /** Where those go whose file system's context has a log, by the slot that holds it; undefined: nobody reads. */
  readonly logged: Map<Slot, CodeLabel> | undefined;
  /** Where those of the stage `supervisor` go. */
  readonly rescued: CodeLabel;
  /** What reports count the first operation as. */
  readonly firstIndex: number;
  /** Address of the 16 bytes of the report; find_home's stash follows. */
  readonly report: number;
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
  const code = createCode(4096 + plan.operations.length * BYTES_PER_OPERATION);
  const unit: Unit = {
    emitter,
    code,
    constants: createConstants(MEMORY_BASE, MEMORY_BASE),
    labels: new Map(),
    failed: createLabel(code),
    logged: plan.logs === true ? new Map() : undefined,
    rescued: createLabel(code),
    firstIndex: plan.firstIndex ?? 0,
    report: MEMORY_BASE + plan.memory,
  };
  for (let index = 0; index < plan.operations.length; index++) {
    const operation = plan.operations[index];
    if (operation !== undefined) emitOperation(unit, operation, index);
  }
  emitter.trap(code);
  const used = plan.memory + REPORT_SIZE + stashSize(plan.operations);
  const failure = { emitter, code, report: unit.report, log: MEMORY_BASE + used, descriptor: plan.report };
  emitFailure(failure, unit.failed);
  const hasLog = unit.logged !== undefined && unit.logged.size > 0;
  if (hasLog) emitLoggedFailures(failure, unit.logged);
  if (plan.rescue !== undefined) {
    const rescue = { record: MEMORY_BASE + plan.rescue.record, to: labelOf(unit, plan.rescue.to) };
    emitRescue(failure, unit.rescued, rescue);
  }
  resolveJumps(code, emitter.patchJump);
  const memory = hasLog ? used + LOG_MEMORY : used;
  return buildExecutable({ emitter, text: code, constants: unit.constants, memory });
}

/** find_home collects the directory in memory of its own; one search ends before the next starts. */
function stashSize(operations: readonly Operation[]): number {
  let size = 0;
  for (let i = 0; i < operations.length; i++) {
    const operation = operations[i];
    if (operation?.kind === 'find_home' && operation.capacity > size) size = operation.capacity;
  }
  return (size + 7) & ~7;
}

function emitOperation(unit: Unit, operation: Operation, index: number): void {
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
      emitCall(unit, operation, index);
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
    stash: unit.report + REPORT_SIZE,
  });
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
  else if ('load' in value) emitLoad(unit, register, value);
  else emitter.setImmediate(code, register, addressOf(unit.constants, value));
}

function emitLoad(unit: Unit, register: Register, value: Extract<Value, { readonly load: number }>): void {
  const { emitter, code } = unit;
  const address = MEMORY_BASE + value.load;
  if (value.size === 8) emitter.load(code, register, address);
  else emitter.loadPart(code, register, { address, size: value.size });
}

function emitCall(unit: Unit, call: Call, index: number): void {
  const { emitter, code } = unit;
  const { args, result, success } = call;
  emitter.setImmediate(code, operationIndex, unit.firstIndex + index);
  for (let i = 0; i < args.length; i++) {
    const value = args[i] ?? 0;
    if (typeof value === 'number') emitter.setImmediate(code, i, value);
    else emitValue(unit, i, value);
  }
  emitter.systemCall(code, systemCallNumber(emitter, call.kind));
  const next = emitErrors(unit, call);
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
    emitter.branchIfFailed(code, failed);
    return undefined;
  }
  const succeeded = createLabel(code);
  const next = createLabel(code);
  emitter.branchIfSucceeded(code, succeeded);
  if (on !== undefined) {
    for (let i = 0; i < on.length; i++) {
      const way = on[i];
      if (way !== undefined) branchOnErrno(unit, way.errno, labelOf(unit, way.to));
    }
  }
  if (tolerate !== undefined) {
    for (let i = 0; i < tolerate.length; i++) branchOnErrno(unit, tolerate[i] ?? 0, next);
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

function branchOnErrno(unit: Unit, errno: number, target: CodeLabel): void {
  unit.emitter.compare(unit.code, callResult, -errno);
  unit.emitter.branch(unit.code, 'equal', target);
}
