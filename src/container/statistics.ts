// What `events` tells of a container: the numbers of its cgroups and of its resctrl group. Knows no form to print them.

import { readFileSync } from 'node:fs';
import { readStatistics, type Statistics } from '../cgroup/stats/statistics.ts';
import { type Group, groupOf } from '../resctrl/group.ts';
import { parseResctrlMountpoint } from '../resctrl/mountpoint.ts';
import { readResctrl, type ResctrlStatistics } from '../resctrl/statistics.ts';
import { parseFrozenSpec } from './frozen-config.ts';
import { type ContainerPlace, readFrozenConfig, type StateFile } from './store.ts';

export interface ContainerStatistics {
  readonly cgroups: Statistics;
  /** undefined for a container without linux.intelRdt. */
  readonly resctrl: ResctrlStatistics | undefined;
}

/** Finds out where to read.
 *
 * @returns what reads, as often as one likes; it throws NuncError of kind `syscall` */
export function openStatistics(place: ContainerPlace, { cgroups }: StateFile): () => ContainerStatistics {
  const found = findResctrlGroup(place);
  return () => ({
    cgroups: readStatistics(cgroups),
    resctrl: found && readResctrl(found.root, found.group),
  });
}

interface FoundGroup {
  readonly root: string;
  readonly group: Pick<Group, 'directory' | 'monitoring'>;
}

/** Few containers have one: the text decides whether to look further. */
function findResctrlGroup(place: ContainerPlace): FoundGroup | undefined {
  const text = readFrozenConfig(place);
  if (!text.includes('"intelRdt"')) return undefined;
  const { intelRdt } = parseFrozenSpec(place, text).linux ?? {};
  if (intelRdt === undefined) return undefined;
  const root = parseResctrlMountpoint(readFileSync('/proc/self/mountinfo', 'latin1'));
  return root === undefined ? undefined : { root, group: groupOf(root, place.id, intelRdt) };
}
