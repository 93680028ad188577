// nunc update.

import { checkedResources, type ParsedResources, parseResources } from '../config/resources.ts';
import { relyingOnConfig } from '../container/frozen-config.ts';
import { loadDriver } from '../container/load-driver.ts';
import { placeOf } from '../container/store.ts';
import { updateContainer } from '../container/update.ts';
import type { Invocation, Options } from './command.ts';
import { readInput } from './input.ts';
import { readResources } from './update-resources.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { ffi, globals, options, positionals } = invocation;
  const place = placeOf(globals.root, positionals[0] ?? '');
  await relyingOnConfig(place, () => updateContainer(ffi(), {
    place,
    resources: () => requestedResources(invocation),
    schemata: readSchemata(options),
    loadDriver: (manager) => loadDriver(ffi(), manager),
  }));
  return 0;
}

/** These count beside a file of resources too. */
function readSchemata(options: Options): string[] {
  const schemata = [options.string('l3-cache-schema') ?? '', options.string('mem-bw-schema') ?? ''];
  return schemata.filter((schema) => schema !== '');
}

/** As with runc a file's resources are all there is: other options are ignored then. */
function requestedResources({ options, log }: Invocation): ParsedResources {
  const file = options.string('resources') ?? '';
  if (file !== '') return parseResources(readInput(file));
  const resources = readResources(options, (message) => log.warning(message));
  return { resources: checkedResources(resources), exact: new Map() };
}
