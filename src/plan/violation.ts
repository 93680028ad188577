// How a check of a plan says what is wrong and where.

import type { Operation, Plan } from './operation.ts';

/** The operation that is being checked. */
export interface Place {
  readonly plan: Plan;
  readonly index: number;
  readonly operation: Operation;
}

/** Throws a TypeError: the operation, then `problem`, which continues the sentence. */
export function refuse(place: Place, problem: string): never {
  const { index, operation } = place;
  const origin = operation.origin === '' ? '' : `, ${operation.origin}`;
  throw new TypeError(`plan: operation ${index} (${operation.kind}${origin}) ${problem}`);
}
