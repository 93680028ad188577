// Operations as text that does not depend on what comes before them in a plan: the same mount, made third or fourth, is
// the same text. Where memory and labels are is told by the order in which a group of operations uses them first.

import type { Address, Call, Label, Operation, Slot, Value, Word } from './operation.ts';
import { CONTROLS, printOperation, printWays } from './print.ts';
import { requestOf } from './report.ts';

/** Names what operations share by order of use. */
class Renaming {
  readonly #offsets = new Map<number, number>();
  readonly #labels = new Map<string, number>();
  readonly #text: (text: string) => string;

  constructor(text: (text: string) => string) {
    this.#text = text;
  }

  label(label: Label): Label {
    const place = order(this.#labels, label);
    return label.replace(/\d+$/, String(place)) as Label;
  }

  offset(offset: number): number {
    return order(this.#offsets, offset);
  }

  slot(slot: Slot): Slot {
    return this.offset(slot) as Slot;
  }

  value(value: Value): Value {
    if (typeof value === 'number') return value;
    if ('slot' in value) return { slot: this.slot(value.slot) };
    if ('load' in value) return { load: this.offset(value.load), size: value.size };
    return this.address(value);
  }

  address(address: Address): Address {
    if ('text' in address) return { text: this.#text(address.text) };
    if ('memory' in address) return { memory: this.offset(address.memory) };
    if ('words' in address) return { words: address.words.map((word) => this.#word(word)) };
    return address;
  }

  #word(word: Word): Word {
    return typeof word === 'number' ? word : this.address(word);
  }
}

function order<Key>(known: Map<Key, number>, key: Key): number {
  const place = known.get(key) ?? known.size;
  known.set(key, place);
  return place;
}

/**
 * A line for each operation of a group.
 *
 * @param text what stands for a string of the plan
 */
export function printCanonically(group: readonly Operation[], text: (text: string) => string): string[] {
  const renaming = new Renaming(text);
  return group.map((operation, i) => {
    const renamed = rename(withoutPlace(operation, group[i - 1]), renaming);
    return printOperation(renamed) + (renamed.kind in CONTROLS ? '' : printWays(renamed as Call));
  });
}

/** What goes with a request for a mount is the mount's place in the config, which its text does not depend on. */
function withoutPlace(operation: Operation, previous: Operation | undefined): Operation {
  if (operation.kind !== 'set' || previous?.kind !== 'set') return operation;
  const request = typeof previous.value === 'number' ? requestOf(previous.value) : undefined;
  return request === 'copy-up' || request === 'mount-target' ? { ...operation, value: 0 } : operation;
}

function rename(operation: Operation, to: Renaming): Operation {
  switch (operation.kind) {
    case 'label':
      return { ...operation, label: to.label(operation.label) };
    case 'jump':
      return { ...operation, to: to.label(operation.to) };
    case 'branch':
      return { ...operation, value: to.value(operation.value), to: to.label(operation.to) };
    case 'set': case 'add': case 'subtract':
      return { ...operation, slot: to.slot(operation.slot), value: to.value(operation.value) };
    case 'pick':
      return {
        ...operation, slot: to.slot(operation.slot), from: to.value(operation.from), index: to.value(operation.index),
      };
    case 'decimal': {
      const { slot, value, into } = operation;
      return { ...operation, slot: to.slot(slot), value: to.value(value), into: to.offset(into) };
    }
    case 'fail':
      return operation;
    case 'find_home': {
      const { descriptor, into, scratch } = operation;
      const places = { into: to.offset(into), scratch: to.offset(scratch) };
      return { ...operation, descriptor: to.value(descriptor), ...places };
    }
    default:
      return renameCall(operation, to);
  }
}

function renameCall(call: Call, to: Renaming): Call {
  const { args, result, on, success } = call;
  return {
    ...call,
    args: args.map((argument) => to.value(argument)),
    ...(result === undefined ? {} : { result: to.slot(result) }),
    ...(on === undefined ? {} : { on: on.map((way) => ({ ...way, to: to.label(way.to) })) }),
    ...(success === undefined ? {} : { success: to.label(success) }),
  };
}
