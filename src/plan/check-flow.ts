// The part of checkPlan() that follows execution: labels, operations that are never reached, paths that end in nothing,
// and slots that are read before they are written. Knows nothing of operands.

import type { Label, Operation, Plan, Slot, Value } from './operation.ts';
import { refuse } from './violation.ts';

/** A way from one operation to the next one executed. */
interface Edge {
  readonly to: number;
  /** The slot that holds a new value on this way. */
  readonly written: Slot | undefined;
}

/** Bits of the slots that are written, 32 an element. */
type SlotSet = Uint32Array;

/** Calls that end the program when they succeed. */
const ENDINGS: readonly string[] = ['execve', 'execveat', 'exit', 'exit_group'];

/**
 * Checks all paths through a plan whose operands are valid.
 *
 * @throws TypeError that describes the first violation
 */
export function checkFlow(plan: Plan): void {
  const { operations } = plan;
  const labels = placeLabels(plan);
  const edges = operations.map((operation, index) => {
    const ways = waysFrom(plan, { operation, index, labels });
    for (const { to } of ways) {
      if (to >= operations.length) refuse({ plan, index, operation }, 'runs off the end of the plan');
    }
    return ways;
  });
  const before = followWrites(edges, plan.memory);
  operations.forEach((operation, index) => {
    const place = { plan, index, operation };
    const written = before[index];
    if (written === undefined) refuse(place, 'is never reached');
    for (const slot of slotsRead(operation)) {
      if (!has(written, slot)) refuse(place, `reads slot ${slot}, which is not written on every path`);
    }
  });
  if (!operations.some((operation) => ENDINGS.includes(operation.kind))) {
    throw new TypeError('plan: executes nothing and never exits');
  }
}

function placeLabels(plan: Plan): ReadonlyMap<Label, number> {
  const labels = new Map<Label, number>();
  plan.operations.forEach((operation, index) => {
    if (operation.kind !== 'label') return;
    if (labels.has(operation.label)) refuse({ plan, index, operation }, `repeats label ${operation.label}`);
    labels.set(operation.label, index);
  });
  return labels;
}

interface Source {
  readonly operation: Operation;
  readonly index: number;
  readonly labels: ReadonlyMap<Label, number>;
}

/** The edges that leave an operation. Failures that end the plan are none. */
function waysFrom(plan: Plan, source: Source): readonly Edge[] {
  const { operation, index, labels } = source;
  const next: Edge = { to: index + 1, written: undefined };
  const at = (label: Label): number => {
    const to = labels.get(label);
    return to ?? refuse({ plan, index, operation }, `goes to label ${label}, which does not exist`);
  };
  switch (operation.kind) {
    case 'label':
    case 'find_home':
      return [next];
    case 'jump':
      return [{ to: at(operation.to), written: undefined }];
    case 'branch':
      return [next, { to: at(operation.to), written: undefined }];
    case 'set':
    case 'add':
    case 'subtract':
      return [{ to: index + 1, written: operation.slot }];
    case 'pick':
    case 'decimal':
      return [{ to: index + 1, written: operation.slot }];
    case 'fail':
      return rescueOf(plan, operation, at);
    default: {
      const { on = [], tolerate = [], success, result } = operation;
      const ways: Edge[] = on.map((way) => ({ to: at(way.to), written: undefined }));
      if (tolerate.length > 0) ways.push(next);
      const after = success === undefined ? index + 1 : at(success);
      if (!ENDINGS.includes(operation.kind)) ways.push({ to: after, written: result });
      return [...ways, ...rescueOf(plan, operation, at)];
    }
  }
}

/** A supervisor's failure does not end the plan. */
function rescueOf({ rescue }: Plan, { stage }: Operation, at: (label: Label) => number): readonly Edge[] {
  return stage === 'supervisor' && rescue !== undefined ? [{ to: at(rescue.to), written: undefined }] : [];
}

/** For each operation the slots that every path to it has written; undefined when no path leads to it. */
function followWrites(edges: readonly (readonly Edge[])[], memory: number): readonly (SlotSet | undefined)[] {
  const before: (SlotSet | undefined)[] = edges.map(() => undefined);
  before[0] = new Uint32Array(Math.ceil(memory / 256));
  const pending = [0];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const here = before[index];
    if (here === undefined) continue;
    for (const { to, written } of edges[index] ?? []) {
      const after = here.slice();
      if (written !== undefined) insert(after, written);
      const known = before[to];
      if (known === undefined) before[to] = after;
      else if (!intersect(known, after)) continue;
      pending.push(to);
    }
  }
  return before;
}

function insert(set: SlotSet, slot: Slot): void {
  set[slot >> 8] = (set[slot >> 8] ?? 0) | (1 << ((slot >> 3) & 31));
}

function has(set: SlotSet, slot: Slot): boolean {
  return ((set[slot >> 8] ?? 0) & (1 << ((slot >> 3) & 31))) !== 0;
}

/** Leaves in `set` what is in both; tells whether that took something away. */
function intersect(set: SlotSet, other: SlotSet): boolean {
  let changed = false;
  for (let i = 0; i < set.length; i++) {
    const old = set[i] ?? 0;
    const both = (old & (other[i] ?? 0)) >>> 0;
    if (both === old) continue;
    set[i] = both;
    changed = true;
  }
  return changed;
}

function slotsRead(operation: Operation): readonly Slot[] {
  switch (operation.kind) {
    case 'label':
    case 'jump':
    case 'fail':
      return [];
    case 'branch':
    case 'set':
      return slotOf(operation.value);
    case 'add':
    case 'subtract':
      return [operation.slot, ...slotOf(operation.value)];
    case 'pick':
      return [...slotOf(operation.from), ...slotOf(operation.index)];
    case 'decimal':
      return slotOf(operation.value);
    case 'find_home':
      return slotOf(operation.descriptor);
    default:
      return operation.args.flatMap(slotOf);
  }
}

function slotOf(value: Value): readonly Slot[] {
  return typeof value === 'object' && 'slot' in value ? [value.slot] : [];
}
