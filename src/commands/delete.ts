// nunc delete.

import { deleteContainer } from '../container/delete.ts';
import { type LoadDriver, loadDriver } from '../container/load-driver.ts';
import { containerExists, placeOf } from '../container/store.ts';
import type { Invocation } from './command.ts';

export async function run({ ffi, globals, log, options, positionals }: Invocation): Promise<number> {
  const force = options.boolean('force');
  const place = placeOf(globals.root, positionals[0] ?? '');
  // As with runc: whoever forces wants it gone, and gone it is.
  if (force && !containerExists(place)) return 0;
  try {
    const load: LoadDriver = (manager) => loadDriver(ffi(), manager);
    await deleteContainer(ffi(), load, { place, force, warn: (message) => log.warning(message) });
  } catch (error) {
    // Somebody else has deleted it meanwhile.
    if (!force || containerExists(place)) throw error;
  }
  return 0;
}
