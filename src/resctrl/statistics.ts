// What resctrl tells of a container's group: allocation and monitoring, see Documentation/filesystems/resctrl.rst of
// the kernel. Knows nothing of where resctrl is mounted.

import { readdirSync, readFileSync } from 'node:fs';
import { codeOf, NuncError, reasonOf } from '../error.ts';
import type { Group } from './group.ts';

/** What the host can allocate of a resource, by the names of the files in info/<resource>. */
type Info = Readonly<Record<string, string>>;

/** Allocation of one resource. */
interface Allocation {
  readonly info: Info;
  /** Line of the schemata of the root group, and of the container's; '' without one. */
  readonly rootSchema: string;
  readonly schema: string;
}

/** Of one domain, a set of CPUs that share a cache. In bytes. */
export interface DomainStatistics {
  readonly totalBandwidth: bigint;
  readonly localBandwidth: bigint;
  readonly cacheOccupancy: bigint;
}

export interface ResctrlStatistics {
  /** undefined where the host can't allocate it, as the next. */
  readonly cache: Allocation | undefined;
  readonly bandwidth: Allocation | undefined;
  /** Which of the domains' numbers the host counts. */
  readonly monitorsBandwidth: boolean;
  readonly monitorsCache: boolean;
  readonly domains: readonly DomainStatistics[];
}

/** @throws NuncError of kind `syscall` when the group is gone */
export function readResctrl(root: string, group: Pick<Group, 'directory' | 'monitoring'>): ResctrlStatistics {
  const schemata = [readFile(`${root}/schemata`), readFile(`${group.directory}/schemata`)] as const;
  const features = (tryRead(`${root}/info/L3_MON/mon_features`) ?? '').split('\n');
  const monitored = features.some((feature) => feature !== '');
  return {
    cache: allocationOf(`${root}/info/L3`, 'L3', schemata),
    bandwidth: allocationOf(`${root}/info/MB`, 'MB', schemata),
    monitorsBandwidth: features.includes('mbm_total_bytes') || features.includes('mbm_local_bytes'),
    monitorsCache: features.includes('llc_occupancy'),
    domains: monitored ? readDomains(`${group.monitoring ?? group.directory}/mon_data`) : [],
  };
}

function allocationOf(
  directory: string,
  resource: string,
  [root, own]: readonly [root: string, own: string],
): Allocation | undefined {
  const info = readInfo(directory);
  return info && { info, rootSchema: lineOf(root, resource), schema: lineOf(own, resource) };
}

const INFO = ['cbm_mask', 'min_cbm_bits', 'num_closids', 'bandwidth_gran', 'delay_linear', 'min_bandwidth'];

function readInfo(directory: string): Info | undefined {
  const closids = tryRead(`${directory}/num_closids`);
  if (closids === undefined) return undefined;
  const info: Record<string, string> = {};
  for (const name of INFO) {
    const text = tryRead(`${directory}/${name}`);
    if (text !== undefined) info[name] = text.trim();
  }
  return info;
}

/** The kernel aligns the names to the right. */
function lineOf(schemata: string, resource: string): string {
  const line = schemata.split('\n').find((text) => text.trim().startsWith(`${resource}:`));
  return line?.trim() ?? '';
}

/** mon_data has a directory for each domain, such as mon_L3_00. */
function readDomains(directory: string): DomainStatistics[] {
  const names = attempt(directory, () => readdirSync(directory)).sort();
  return names.filter((name) => name.startsWith('mon_L3_')).map((name) => ({
    totalBandwidth: readCount(`${directory}/${name}/mbm_total_bytes`),
    localBandwidth: readCount(`${directory}/${name}/mbm_local_bytes`),
    cacheOccupancy: readCount(`${directory}/${name}/llc_occupancy`),
  }));
}

/** 0 for a counter that the host does not have, and while it is "Unavailable". */
function readCount(path: string): bigint {
  const text = (tryRead(path) ?? '').trim();
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

function readFile(path: string): string {
  return attempt(path, () => readFileSync(path, 'latin1'));
}

/** undefined for a file that is not there. */
function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): NuncError {
  return new NuncError('syscall', `cannot read ${JSON.stringify(path)}: ${reasonOf(cause)}`, {
    cause, code: 'E_CGROUP', origin: '/linux/intelRdt',
  });
}
