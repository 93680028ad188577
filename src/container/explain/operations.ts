// A plan's operations as data for programs and people. Pure.

import { errnoName } from '../../linux/errno.ts';
import { formatArguments } from '../../plan/format-value.ts';
import type { Call, Operation } from '../../plan/operation.ts';
import { CONTROLS, printOperation } from '../../plan/print.ts';
import type { ExplainedFilter, ExplainedOperation, ExplainedStage } from './document.ts';

/** The operations by stage, in order. */
export function explainStages(operations: readonly Operation[]): ExplainedStage[] {
  const stages: { name: ExplainedStage['name']; operations: ExplainedOperation[] }[] = [];
  for (const [index, operation] of operations.entries()) {
    let stage = stages.at(-1);
    if (stage?.name !== operation.stage) {
      stage = { name: operation.stage, operations: [] };
      stages.push(stage);
    }
    stage.operations.push(explainOperation(operation, index));
  }
  return stages;
}

function explainOperation(operation: Operation, index: number): ExplainedOperation {
  const { kind, origin, action, stage: _, ...raw } = operation;
  const text = printOperation(operation);
  const told = { index, kind, text, origin, action, raw: plain(raw) as Readonly<Record<string, unknown>> };
  return kind in CONTROLS ? told : { ...told, ...explainCall(operation as Call) };
}

type Ways = Pick<ExplainedOperation, 'args' | 'result' | 'again' | 'tolerate' | 'on' | 'success'>;

function explainCall({ kind, args, result, again, tolerate, on, success }: Call): Ways {
  return {
    args: formatArguments(kind, args),
    ...(result === undefined ? {} : { result }),
    ...(again === undefined ? {} : { again }),
    ...(tolerate === undefined ? {} : { tolerate: tolerate.map(errnoName) }),
    ...(on === undefined ? {} : { on: on.map(({ errno, to }) => ({ errno: errnoName(errno), to })) }),
    ...(success === undefined ? {} : { success }),
  };
}

/** The same with bytes in hexadecimal, which JSON has no type for. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

/** The filter that a plan loads: struct sock_filter[], out of a struct sock_fprog. */
export function findFilter(operations: readonly Operation[]): { operation: number; program: Uint8Array } | undefined {
  for (const [operation, { kind, ...rest }] of operations.entries()) {
    if (kind !== 'seccomp') continue;
    const fprog = (rest as Pick<Call, 'args'>).args[2];
    const filter = typeof fprog === 'object' && 'words' in fprog ? fprog.words[1] : undefined;
    if (typeof filter === 'object' && 'bytes' in filter) return { operation, program: filter.bytes };
  }
  return undefined;
}

/** What a plan's filter does; undefined without one. */
export async function explainFilter(operations: readonly Operation[]): Promise<ExplainedFilter | undefined> {
  const found = findFilter(operations);
  if (found === undefined) return undefined;
  const [{ disassembleFilter }, { callVerdicts }] = await Promise.all([
    import('../../seccomp/disassemble.ts'), import('../../seccomp/call-verdicts.ts'),
  ]);
  const { operation, program } = found;
  return { operation, instructions: disassembleFilter(program), calls: callVerdicts(program) };
}
