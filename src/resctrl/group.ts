// linux.intelRdt: the container's group ("class of service") of the resctrl file system, and its monitoring group. See
// Documentation/filesystems/resctrl.rst of the kernel. Knows nothing of where resctrl is mounted.

import { closeSync, constants, mkdirSync, openSync, readFileSync, rmdirSync, statSync, writeSync } from 'node:fs';
import type { IntelRdt } from '../config/types.ts';
import { codeOf, messageOf, NuncError, reasonOf } from '../error.ts';
import { findDifference } from './schemata.ts';

/** The mounted file system. Its directories come with their files, and go with them. */
export interface Resctrl {
  /** Where it is mounted. */
  readonly root: string;
  /** Replaced in tests, where there is no resctrl. */
  readonly makeDirectory: (path: string) => void;
  readonly removeDirectory: (path: string) => void;
}

export function resctrlAt(root: string): Resctrl {
  return { root, makeDirectory: (path) => mkdirSync(path, 0o755), removeDirectory: (path) => rmdirSync(path) };
}

/** What is to be done for a container. */
export interface Group {
  /** The group's directory. */
  readonly directory: string;
  /** The monitoring group's; undefined for none. */
  readonly monitoring: string | undefined;
  /** Directories to make, in this order. */
  readonly missing: readonly string[];
  /** Those that have been made. */
  readonly made: string[];
  /** Directories to remove with the container, in this order. */
  readonly removed: readonly string[];
  /** What is written to the group's schemata, one write(2) each. */
  readonly schemata: readonly string[];
}

const POINTER = '/linux/intelRdt';

function failed(action: string, cause: unknown, detail = ''): NuncError {
  const reason = cause instanceof NuncError ? messageOf(cause) : reasonOf(cause);
  return new NuncError('syscall', `cannot ${action}: ${reason}${detail} (${POINTER})`, {
    cause, code: 'E_CGROUP', origin: POINTER,
  });
}

/** The directories of a container's group and monitoring group, the latter undefined without one. */
export function groupOf(root: string, id: string, intelRdt: IntelRdt): Pick<Group, 'directory' | 'monitoring'> {
  const { closID = '', enableMonitoring = false } = intelRdt;
  const directory = closID === '/' ? root : `${root}/${closID === '' ? id : closID}`;
  return { directory, monitoring: enableMonitoring ? `${directory}/mon_groups/${id}` : undefined };
}

/** What is written to a group's schemata, and what of it a group that is there already must have. */
export function schemataOf({ l3CacheSchema = '', memBwSchema = '', schemata = [] }: IntelRdt): {
  compared: readonly string[];
  writes: readonly string[];
} {
  const compared = [l3CacheSchema, memBwSchema].filter((schema) => schema !== '');
  // A value of `schemata` may name what the others have set already, which in one write would be a duplicate.
  return { compared, writes: schemata.length === 0 ? compared : [...compared, schemata.join('\n')] };
}

/**
 * Decides which groups a container is to be in, by the rules of runtime-spec config-linux.md, "IntelRdt". Changes
 * nothing.
 *
 * @throws NuncError when the class of service is missing, or is there and has other values
 */
export function planGroup({ root }: Resctrl, id: string, intelRdt: IntelRdt): Group {
  const { closID = '' } = intelRdt;
  const { directory, monitoring } = groupOf(root, id, intelRdt);
  const { compared, writes } = schemataOf(intelRdt);
  const exists = isDirectory(directory);
  if (closID !== '' && exists) compare(root, { directory, closID, wanted: compared });
  if (closID !== '' && !exists && writes.length === 0) {
    const reason = 'it does not exist, and there are no schemata to make it with';
    throw failed(`use the class of service ${JSON.stringify(closID)}`, new NuncError('syscall', reason));
  }
  const monitors = monitoring === undefined ? [] : [monitoring];
  return {
    directory,
    monitoring,
    missing: [...(exists ? [] : [directory]), ...monitors],
    made: [],
    // A class of service that has a name of its own outlives the container, whoever made it.
    removed: [...monitors, ...(exists || closID !== '' ? [] : [directory])],
    schemata: writes,
  };
}

/** Writes schemata to the group that a container is in. @throws NuncError also when it is in none of its own */
export function changeSchemata(
  resctrl: Resctrl,
  { id, intelRdt }: { readonly id: string; readonly intelRdt: IntelRdt | undefined },
  schemata: readonly string[],
): void {
  const group = intelRdt === undefined ? undefined : groupOf(resctrl.root, id, intelRdt);
  if (group === undefined || !isDirectory(group.directory)) {
    throw failed('change the schemata', new NuncError('state', 'the container has no resctrl group'));
  }
  writeSchemata(resctrl, group.directory, schemata);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function compare(root: string, group: { directory: string; closID: string; wanted: readonly string[] }): void {
  const { directory, closID, wanted } = group;
  if (wanted.length === 0) return;
  const action = `use the class of service ${JSON.stringify(closID)}`;
  let difference: string | undefined;
  try {
    const schemata = readFileSync(`${directory}/schemata`, 'utf8');
    difference = findDifference(wanted, schemata, bandwidthGranularity(root));
  } catch (cause) {
    throw failed(action, cause);
  }
  if (difference === undefined) return;
  const reason = `it exists and its schemata are not ${JSON.stringify(difference)}`;
  throw failed(action, new NuncError('syscall', reason));
}

function bandwidthGranularity(root: string): number {
  try {
    const granularity = Number(readFileSync(`${root}/info/MB/bandwidth_gran`, 'utf8'));
    return Number.isInteger(granularity) && granularity > 0 ? granularity : 1;
  } catch {
    // No bandwidth allocation here: a schema for it fails when it is written.
    return 1;
  }
}

/** Makes what is missing and writes the schemata. What it has made when it fails is in `made`. */
export function makeGroup(resctrl: Resctrl, group: Group): void {
  for (const directory of group.missing) {
    attempt(resctrl, `make the resctrl group ${JSON.stringify(directory)}`, () => resctrl.makeDirectory(directory));
    group.made.push(directory);
  }
  writeSchemata(resctrl, group.directory, group.schemata);
}

function writeSchemata(resctrl: Resctrl, directory: string, schemata: readonly string[]): void {
  for (const schema of schemata) {
    const path = `${directory}/schemata`;
    attempt(resctrl, `write ${JSON.stringify(schema)} to ${JSON.stringify(path)}`, () => write(path, `${schema}\n`));
  }
}

/** Puts a process, which has a single thread, into the group. */
export function enterGroup(resctrl: Resctrl, { directory, monitoring }: Group, pid: number): void {
  // In this order: the monitoring group takes tasks of its parent only.
  for (const group of monitoring === undefined ? [directory] : [directory, monitoring]) {
    const path = `${group}/tasks`;
    attempt(resctrl, `add the init to the resctrl group ${JSON.stringify(group)}`, () => {
      try {
        write(path, String(pid));
      } catch (error) {
        // It has failed meanwhile, and reports why.
        if (codeOf(error) !== 'ESRCH') throw error;
      }
    });
  }
}

/** Removes directories; those that are gone already are no error. */
export function removeGroups(resctrl: Pick<Resctrl, 'removeDirectory'>, directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      resctrl.removeDirectory(directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      throw failed(`remove the resctrl group ${JSON.stringify(directory)}`, error);
    }
  }
}

/** The file has to be there: as a file of the kernel's it is. What it holds already stays. */
function write(path: string, text: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

function attempt({ root }: Resctrl, action: string, step: () => void): void {
  try {
    step();
  } catch (cause) {
    throw failed(action, cause, lastStatus(root));
  }
}

/** resctrl's own words for what went wrong last; "ok" when it has none. */
function lastStatus(root: string): string {
  try {
    const status = readFileSync(`${root}/info/last_cmd_status`, 'utf8').trim();
    return status === '' || status === 'ok' ? '' : `, ${status}`;
  } catch {
    return '';
  }
}
