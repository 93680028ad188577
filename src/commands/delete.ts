// nunc delete.

import { deleteContainer } from '../container/delete.ts';
import { type LoadDriver, loadDriver } from '../container/load-driver.ts';
import { containerExists, placeOf } from '../container/store.ts';
import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { globals, options, positionals } = invocation;
  const [id = ''] = positionals;
  if (!options.boolean('regex')) {
    await deleteOne(invocation, id);
    return 0;
  }
  const { forEachMatching } = await import('./matching.ts');
  await forEachMatching({ root: globals.root, pattern: id, does: 'delete' }, (each) => deleteOne(invocation, each));
  return 0;
}

async function deleteOne({ ffi, globals, log, options }: Invocation, id: string): Promise<void> {
  const force = options.boolean('force');
  const place = placeOf(globals.root, id);
  // As with runc: whoever forces wants it gone, and gone it is.
  if (force && !containerExists(place)) return;
  try {
    const load: LoadDriver = (manager) => loadDriver(ffi(), manager);
    await deleteContainer(ffi(), load, { place, force, warn: (message) => log.warning(message) });
  } catch (error) {
    // Somebody else has deleted it meanwhile, and may have made another of its name since.
    const isGone = !containerExists(place) || (error instanceof NuncError && error.code === 'E_NOT_FOUND');
    if (!force || !isGone) throw error;
  }
}
