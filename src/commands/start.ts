// nunc start.

import { startContainer } from '../container/start.ts';
import { placeOf } from '../container/store.ts';
import type { Invocation } from './command.ts';

export async function run({ ffi, globals, log, positionals }: Invocation): Promise<number> {
  const place = placeOf(globals.root, positionals[0] ?? '');
  await startContainer(ffi(), {
    place,
    cgroupDriver: async () => (await import('../cgroup/cgroupfs.ts')).cgroupfs,
    warn: (message) => log.warning(message),
  });
  return 0;
}
