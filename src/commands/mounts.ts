// nunc mounts add|remove.

import { addMounts, removeMounts } from '../container/live-mounts.ts';
import { placeOf } from '../container/store.ts';
import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';
import { readInput } from './input.ts';

export function run({ ffi, globals, positionals, log }: Invocation): number {
  const [action = '', id = '', file = ''] = positionals;
  const change = changeOf(action);
  change(ffi(), {
    place: placeOf(globals.root, id),
    read: () => readInput(file),
    warn: (message) => log.warning(message),
  });
  return 0;
}

function changeOf(action: string): typeof addMounts {
  switch (action) {
    case 'add': return addMounts;
    case 'remove': return removeMounts;
    // As runc words it of a command.
    default: throw new NuncError('usage', `No help topic for 'mounts ${action}'`, { exitStatus: 3 });
  }
}
