// By what an id-mapped mount maps its ids: mounts[].uidMappings and gidMappings, crun's option `idmap=uids=…;gids=…`,
// or the container's user namespace. Knows nothing of how a mapping gets to the kernel.

import type { IdMapping, Linux, Mount, Spec } from '../types.ts';
import { namespaceSource } from './namespaces.ts';

export interface IdMaps {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

/** What maps a mount's ids: maps, or the user namespace that the container joins. */
export type MountIdMaps = IdMaps | 'joined';

/** Whether an entry of mounts[].options asks for an id-mapped mount. */
export function isIdMapOption(option: string): boolean {
  return option === 'idmap' || option === 'ridmap' || option.startsWith('idmap=') || option.startsWith('ridmap=');
}

/**
 * What maps the ids of a mount; undefined when nothing does. Without maps of its own the container's are taken.
 *
 * @throws RangeError that says what is wrong with the option, to follow its name
 */
export function mountIdMaps(spec: Spec, mount: Mount): MountIdMaps | undefined {
  const { uidMappings = [], gidMappings = [] } = mount;
  if (uidMappings.length > 0 || gidMappings.length > 0) return { uids: uidMappings, gids: gidMappings };
  const option = (mount.options ?? []).findLast(isIdMapOption);
  if (option === undefined) return undefined;
  const equals = option.indexOf('=');
  if (equals >= 0 && equals < option.length - 1) return parseIdMaps(option.slice(equals + 1), spec.linux);
  switch (namespaceSource(spec, 'user')) {
    case 'joined': return 'joined';
    case 'new': return { uids: spec.linux?.uidMappings ?? [], gids: spec.linux?.gidMappings ?? [] };
    case 'inherited': throw new RangeError('requires uidMappings and gidMappings, or a user namespace');
  }
}

/** crun(1), "idmap mount options": `uids=<id>-<host id>-<count>#…;gids=…`. */
function parseIdMaps(text: string, linux: Linux | undefined): IdMaps {
  const maps: Record<'uids' | 'gids', IdMapping[]> = { uids: [], gids: [] };
  for (const part of text.split(';')) {
    const [key = '', ranges = ''] = part.split('=');
    if (key !== 'uids' && key !== 'gids') throw new RangeError(`has ${JSON.stringify(key)} in place of uids or gids`);
    const container = key === 'uids' ? linux?.uidMappings : linux?.gidMappings;
    for (const range of ranges.split('#')) if (range !== '') maps[key].push(parseRange(range, container));
  }
  if (maps.uids.length === 0 || maps.gids.length === 0) throw new RangeError('requires both uids and gids');
  return maps;
}

function parseRange(text: string, container: readonly IdMapping[] | undefined): IdMapping {
  const match = /^(@?)(\d{1,10})-(\d{1,10})-(\d{1,10})$/.exec(text);
  if (match === null) throw new RangeError(`has ${JSON.stringify(text)}, which is not <id>-<host id>-<count>`);
  const [containerID = 0, id = 0, size = 0] = match.slice(2).map(Number);
  return { containerID, hostID: match[1] === '@' ? hostIdOf({ id, size, text }, container) : id, size };
}

/** With `@` the second number is an id of the container. */
function hostIdOf(
  range: { id: number; size: number; text: string },
  container: readonly IdMapping[] | undefined,
): number {
  const { id, size, text } = range;
  for (const { containerID, hostID, size: mapped } of container ?? []) {
    if (id >= containerID && id + size <= containerID + mapped) return hostID + id - containerID;
  }
  throw new RangeError(`has ${JSON.stringify(text)}, which is not within one of the container's mappings`);
}
