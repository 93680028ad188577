// v2's controllers: a cgroup has only those that each cgroup above it passes down in cgroup.subtree_control.

import { readFileSync, writeFileSync } from 'node:fs';
import { parentOf } from '../directory.ts';

function readWords(file: string): string[] {
  try {
    const text = readFileSync(file, 'latin1').trim();
    return text === '' ? [] : text.split(' ');
  } catch {
    return [];
  }
}

function tryWrite(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

function passDown(path: string): void {
  const enabled = readWords(`${path}/cgroup.subtree_control`);
  const missing = readWords(`${path}/cgroup.controllers`).filter((controller) => !enabled.includes(controller));
  if (missing.length === 0) return;
  const file = `${path}/cgroup.subtree_control`;
  const requests = missing.map((controller) => `+${controller}`);
  // The kernel takes all of a write or nothing: one controller that can't be passed down must not cost the others.
  if (tryWrite(file, requests.join(' '))) return;
  for (const request of requests) tryWrite(file, request);
}

/**
 * Passes the controllers down to a cgroup, through all cgroups between the mountpoint and it.
 *
 * What can't be passed down is left: a cgroup with processes of its own (the root of a container that nunc runs in) or
 * a threaded one refuses, and nothing needs the controllers until a limit is set.
 */
export function passControllersTo(path: string, mountpoint: string, wanted: readonly string[]): void {
  const present = readWords(`${path}/cgroup.controllers`);
  if (wanted.every((controller) => present.includes(controller))) return;
  const above: string[] = [];
  for (let at = parentOf(path); at.length > mountpoint.length; at = parentOf(at)) above.push(at);
  passDown(mountpoint);
  for (const cgroup of above.reverse()) passDown(cgroup);
}
