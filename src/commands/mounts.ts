// nunc mounts add|remove.

import { relyingOnConfig } from '../container/frozen-config.ts';
import { addMounts, removeMounts } from '../container/live-mounts.ts';
import { placeOf } from '../container/store.ts';
import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';
import { readInput } from './input.ts';

export async function run({ ffi, globals, positionals, log }: Invocation): Promise<number> {
  const [action = '', id = '', file = ''] = positionals;
  const change = changeOf(action);
  const place = placeOf(globals.root, id);
  await relyingOnConfig(place, () => {
    change(ffi(), { place, read: () => readInput(file), warn: (message) => log.warning(message) });
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
