// Verifies that a plan is one that the assembler can be trusted with: every operand is valid and every path through
// the operations ends (check-flow.ts). A violation is a bug in a planner, not in a bundle. Knows nothing of what calls
// mean.

import { errno } from '../linux/errno.ts';
import { syscalls } from '../linux/syscalls.ts';
import { checkFlow } from './check-flow.ts';
import {
  type Address, type Call, DECIMAL_SIZE, type Operation, type Plan, type Stage, type Value,
} from './operation.ts';
import { type Place, refuse } from './violation.ts';

type FindHome = Extract<Operation, { readonly kind: 'find_home' }>;

const STAGE_ORDER: Readonly<Record<Stage, number>> = {
  supervisor: 0, cleanup: 1, stage0: 2, init: 3, start: 4,
};
const HIGHEST_ERRNO = 4095;
const READ_SIZE = 4096;

/**
 * Checks a whole plan.
 *
 * @throws TypeError that describes the first violation
 */
export function checkPlan(plan: Plan): void {
  const { operations, memory, report } = plan;
  if (!Number.isSafeInteger(memory) || memory < 0 || memory % 8 !== 0) {
    throw new TypeError(`plan: memory of ${memory} bytes is not a multiple of 8`);
  }
  if (!Number.isInteger(report) || report < 0) throw new TypeError(`plan: ${report} is no file descriptor`);
  if (operations.length === 0) throw new TypeError('plan: has no operations');
  let stage = 0;
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index];
    if (operation === undefined) throw new TypeError(`plan: operation ${index} is missing`);
    const place = { plan, index, operation };
    checkStory(place);
    if (STAGE_ORDER[operation.stage] < stage) refuse(place, `is of stage ${operation.stage}, behind a later stage`);
    stage = STAGE_ORDER[operation.stage];
    if (operation.stage === 'supervisor' && plan.rescue === undefined) refuse(place, 'has nobody to rescue it');
    checkOperands(place);
  }
  checkFlow(plan);
}

function checkStory(place: Place): void {
  const { origin, action, stage } = place.operation;
  if (!Object.hasOwn(STAGE_ORDER, stage)) refuse(place, `is of an unknown stage, ${stage}`);
  if (origin !== '' && !origin.startsWith('/')) refuse(place, 'has an origin that is no JSON pointer');
  if (action === '') refuse(place, 'does not say what it does');
}

function checkOperands(place: Place): void {
  const { operation } = place;
  switch (operation.kind) {
    case 'label':
    case 'jump':
      return;
    case 'branch':
      checkValue(place, operation.value);
      checkInteger(place, operation.operand);
      if (operation.mask !== undefined) checkInteger(place, operation.mask);
      return;
    case 'set':
    case 'add':
    case 'subtract':
      checkSlot(place, operation.slot);
      checkValue(place, operation.value);
      return;
    case 'pick':
      checkSlot(place, operation.slot);
      checkValue(place, operation.from);
      checkValue(place, operation.index);
      return;
    case 'decimal':
      checkSlot(place, operation.slot);
      checkValue(place, operation.value);
      checkRange(place, operation.into, DECIMAL_SIZE);
      return;
    case 'fail':
      checkErrno(place, operation.errno);
      return;
    case 'find_home':
      checkFindHome(place, operation);
      return;
    default:
      checkCall(place, operation);
  }
}

function checkCall(place: Place, call: Call): void {
  if (!Object.hasOwn(syscalls.x86_64, call.kind)) refuse(place, 'is no operation');
  if (call.args.length > 6) refuse(place, `has ${call.args.length} arguments`);
  for (const argument of call.args) checkValue(place, argument);
  if (call.result !== undefined) checkSlot(place, call.result);
  if (call.log !== undefined) checkSlot(place, call.log);
  if (call.success !== undefined && call.kind.startsWith('execve')) refuse(place, 'never goes on after success');
  const handled = new Set<number>(call.again === true ? [errno.EAGAIN] : []);
  for (const number of [...(call.on ?? []).map((way) => way.errno), ...(call.tolerate ?? [])]) {
    checkErrno(place, number);
    if (handled.has(number)) refuse(place, `handles errno ${number} twice`);
    handled.add(number);
  }
  for (const reason of call.reasons ?? []) checkErrno(place, reason.errno);
}

function checkFindHome(place: Place, search: FindHome): void {
  checkValue(place, search.descriptor);
  const { uid, into, capacity, scratch } = search;
  if (!Number.isInteger(uid) || uid < 0 || uid > 0xffff_ffff) refuse(place, `looks for ${uid}, which is no uid`);
  if (!Number.isInteger(capacity) || capacity < 1) refuse(place, `has a capacity of ${capacity}`);
  checkRange(place, into, capacity);
  checkRange(place, scratch, READ_SIZE);
}

function checkValue(place: Place, value: Value): void {
  if (typeof value === 'number') checkInteger(place, value);
  else if ('slot' in value) checkSlot(place, value.slot);
  else if ('load' in value) checkLoad(place, value);
  else checkAddress(place, value);
}

function checkLoad(place: Place, value: { readonly load: number; readonly size: number }): void {
  if (![1, 2, 4, 8].includes(value.size)) refuse(place, `loads ${value.size} bytes`);
  checkRange(place, value.load, value.size);
}

function checkAddress(place: Place, address: Address): void {
  if ('text' in address) {
    if (address.text.includes('\0')) refuse(place, `has a string with a NUL, ${JSON.stringify(address.text)}`);
  } else if ('memory' in address) {
    checkRange(place, address.memory, 1);
  } else if ('words' in address) {
    for (const word of address.words) {
      if (typeof word === 'number') checkInteger(place, word);
      else checkAddress(place, word);
    }
  }
}

function checkInteger(place: Place, value: number): void {
  if (!Number.isSafeInteger(value)) refuse(place, `has ${value}, which is no safe integer`);
}

function checkErrno(place: Place, value: number): void {
  if (!Number.isInteger(value) || value < errno.EPERM || value > HIGHEST_ERRNO) {
    refuse(place, `has ${value}, which is no errno`);
  }
}

function checkSlot(place: Place, slot: number): void {
  if (slot % 8 !== 0) refuse(place, `uses slot ${slot}, which is not aligned`);
  checkRange(place, slot, 8);
}

function checkRange(place: Place, offset: number, size: number): void {
  const { memory } = place.plan;
  if (!Number.isInteger(offset) || offset < 0 || offset + size > memory) {
    refuse(place, `uses ${size} bytes of memory at ${offset}, but there are ${memory}`);
  }
}
