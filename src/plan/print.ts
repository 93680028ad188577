// A plan as text, for people and for golden files: one line an operation in the manner of strace(1), by stage. Only for
// reading; nothing on the way to a container needs it.
//
//   17 openat2($8, "etc/hosts", {flags=O_PATH|O_CLOEXEC, mode=0, resolve=RESOLVE_IN_ROOT}, 24) = $16  [/mounts/3]
//      tolerates ENOENT

import { errnoName } from '../linux/errno.ts';
import { formatArguments, formatValue } from './format-value.ts';
import type { Call, Operation, Plan } from './operation.ts';

/**
 * Prints a plan. The same plan always gives the same text.
 *
 * @returns lines, the last one ended too
 */
export function printPlan(plan: Plan): string {
  const { operations, memory, report } = plan;
  const lines = [`${operations.length} operations, ${memory} bytes of memory, report to ${report}`];
  const width = String(operations.length).length;
  let stage = '';
  for (const [index, operation] of operations.entries()) {
    if (operation.stage !== stage) lines.push('', `${operation.stage}:`);
    stage = operation.stage;
    const origin = operation.origin === '' ? '' : `  [${operation.origin}]`;
    const ways = operation.kind in CONTROLS ? '' : printWays(operation as Call);
    lines.push(`${String(index).padStart(width)} ${printOperation(operation)}${origin}${ways}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The kinds that are no system call. */
export const CONTROLS: Readonly<Record<Exclude<Operation, Call>['kind'], true>> = {
  label: true, jump: true, branch: true, set: true, add: true, subtract: true, pick: true, decimal: true, fail: true,
  find_home: true,
};

/** One operation in the manner of strace(1), without what follows on its results. */
export function printOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'label':
      return `${operation.label}:`;
    case 'jump':
      return `jump ${operation.to}`;
    case 'branch': {
      const format = operation.mask === undefined ? 'any' : 'hex';
      const mask = operation.mask === undefined ? '' : ` & ${formatValue(operation.mask, format)}`;
      const comparison = operation.test === 'equal' ? '==' : '!=';
      const test = `${formatValue(operation.value)}${mask} ${comparison} ${formatValue(operation.operand, format)}`;
      return `if ${test} jump ${operation.to}`;
    }
    case 'set':
      return `$${operation.slot} = ${formatValue(operation.value)}`;
    case 'add':
      return `$${operation.slot} += ${formatValue(operation.value)}`;
    case 'subtract':
      return `$${operation.slot} -= ${formatValue(operation.value)}`;
    case 'pick':
      return `$${operation.slot} = ${formatValue(operation.from)}[${formatValue(operation.index)}]`;
    case 'decimal':
      return `$${operation.slot} = decimal(${formatValue(operation.value)}, &memory[${operation.into}])`;
    case 'fail':
      return `fail ${errnoName(operation.errno)}${operation.message === undefined ? '' : ` "${operation.message}"`}`;
    case 'find_home': {
      const { uid, descriptor, into, capacity, scratch } = operation;
      const memory = `&memory[${into}], ${capacity}, scratch=&memory[${scratch}]`;
      return `find_home(${formatValue(descriptor)}, uid=${uid}, ${memory})`;
    }
    default: {
      const result = operation.result === undefined ? '' : ` = $${operation.result}`;
      return `${operation.kind}(${formatArguments(operation.kind, operation.args).join(', ')})${result}`;
    }
  }
}

/** What follows on which result, where it is not "go on" or "fail". */
export function printWays(call: Call): string {
  const { again, tolerate = [], on = [], success } = call;
  const repeated = again === true ? '  again on EAGAIN' : '';
  const tolerated = tolerate.length === 0 ? '' : `  tolerates ${tolerate.map(errnoName).join(' ')}`;
  const ways = on.map(({ errno, to }) => `  ${errnoName(errno)} -> ${to}`).join('');
  return `${repeated}${tolerated}${ways}${success === undefined ? '' : `  success -> ${success}`}`;
}
