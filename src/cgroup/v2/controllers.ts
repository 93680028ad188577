// v2's controllers: a cgroup has only those that each cgroup above it passes down in cgroup.subtree_control.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../error.ts';
import { errno } from '../../linux/errno.ts';
import { parentOf } from '../directory.ts';
import type { PlacedCgroup } from '../driver.ts';

/** The controller that a file belongs to: `cgroup` for those that every cgroup has. */
export function controllerOf(file: string): string {
  return file.slice(0, file.indexOf('.'));
}

function readWords(file: string): string[] {
  try {
    const text = readFileSync(file, 'latin1').trim();
    return text === '' ? [] : text.split(' ');
  } catch {
    return [];
  }
}

/** @returns why it failed; undefined when it is written */
function tryWrite(file: string, text: string): unknown {
  try {
    writeFileSync(file, text, { flag: 'r+' });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Whether there are processes in a cgroup other than the root. Passing threaded controllers (cpu, pids) on, which the
 * kernel allows it, would leave cgroups below it that take no process: `domain invalid` (cgroups(7)). */
function hasOwnProcesses(path: string): boolean {
  return existsSync(`${path}/cgroup.type`) && readWords(`${path}/cgroup.procs`).length > 0;
}

function passDown(path: string, wanted: readonly string[]): void {
  const file = `${path}/cgroup.subtree_control`;
  const enabled = readWords(file);
  const available = readWords(`${path}/cgroup.controllers`);
  const missing = wanted.filter((controller) => available.includes(controller) && !enabled.includes(controller));
  if (missing.length === 0 || hasOwnProcesses(path)) return;
  const requests = missing.map((controller) => `+${controller}`);
  // The kernel takes all of a write or nothing: one controller that can't be passed down must not cost the others.
  if (tryWrite(file, requests.join(' ')) === undefined) return;
  for (const request of requests) tryWrite(file, request);
}

/** The cgroups above one, from the mountpoint on. */
function ancestorsOf(path: string, mountpoint: string): string[] {
  const above: string[] = [];
  for (let at = parentOf(path); at.length > mountpoint.length; at = parentOf(at)) above.push(at);
  above.push(mountpoint);
  return above.reverse();
}

/**
 * Passes controllers down to a cgroup, through all cgroups between the mountpoint and it.
 *
 * What can't be passed down is left: a cgroup with processes of its own (the root of a container that nunc runs in) or
 * a threaded one can't, and nothing needs the controllers until a limit is set.
 */
export function passControllersTo(path: string, mountpoint: string, wanted: readonly string[]): void {
  const present = readWords(`${path}/cgroup.controllers`);
  if (wanted.every((controller) => present.includes(controller))) return;
  for (const ancestor of ancestorsOf(path, mountpoint)) passDown(ancestor, wanted);
}

/** Where a controller gets stuck on its way to a cgroup. */
interface Missing {
  /** The cgroup that does not pass it on. */
  readonly path: string;
  readonly cause: unknown;
  readonly hint: string | undefined;
}

/** @returns undefined when the cgroup has the controller, or nobody says why not */
export function missingController({ path, mountpoint }: PlacedCgroup, controller: string): Missing | undefined {
  if (controller === 'cgroup' || readWords(`${path}/cgroup.controllers`).includes(controller)) return undefined;
  for (const ancestor of ancestorsOf(path, mountpoint)) {
    const file = `${ancestor}/cgroup.subtree_control`;
    if (readWords(file).includes(controller)) continue;
    const cause = hasOwnProcesses(ancestor) ? new OccupiedError() : tryWrite(file, `+${controller}`);
    return cause === undefined ? undefined : { path: ancestor, cause, hint: hintFor(cause) };
  }
  return undefined;
}

/** What the kernel says to domain controllers (memory, io). */
class OccupiedError extends Error {
  readonly code = 'EBUSY';
  readonly errno = -errno.EBUSY;
}

function hintFor(cause: unknown): string | undefined {
  switch (codeOf(cause)) {
    case 'EBUSY': return 'it has processes of its own';
    case 'ENOENT': return 'it does not have it itself';
    case 'EACCES': return 'it is not delegated to this user';
    default: return undefined;
  }
}
