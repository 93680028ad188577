// Walks a cgroup and those below it. Who made them may have been in the container: their names are any bytes but "/"
// and newline, and they are as deep as they like, deeper than a path can tell (PATH_MAX). Knows nothing of what is in
// them.

import { closeSync, constants, lstatSync, openSync, readdirSync } from 'node:fs';
import { codeOf } from '../error.ts';

/** A cgroup's directory, as node:fs takes it; bytes where the path is no text. Valid while the walk is there. */
export type CgroupPath = string | Buffer;

/** In UTF-16 units, of three bytes at most. Far below PATH_MAX (4096): the kernel goes through a path from its start,
 * so that long ones are slow. */
const LONGEST_PATH = 400;

/** What a name has in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

interface Level {
  readonly path: CgroupPath;
  /** Those that are still to be walked. */
  readonly children: CgroupPath[];
  /** Open while the walk is below, in place of a path that is too long. */
  readonly descriptor: number | undefined;
}

/** Calls `visit` with a cgroup and all below it, each one when it is done with those below that. */
export function walkTree(root: string, visit: (path: CgroupPath) => void): void {
  // A list and no recursion, so that no depth is too much.
  const levels: Level[] = [];
  try {
    let level: Level | undefined = enter(root);
    levels.push(level);
    while (level !== undefined) {
      const child: CgroupPath | undefined = level.children.pop();
      if (child !== undefined) {
        levels.push(enter(child));
      } else {
        visit(level.path);
        leave(level);
        levels.pop();
      }
      level = levels.at(-1);
    }
  } catch (error) {
    for (const level of levels) leave(level);
    throw error;
  }
}

function enter(path: CgroupPath): Level {
  if (path.length <= LONGEST_PATH) return { path, children: childrenOf(path), descriptor: undefined };
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    return { path, children: childrenOf(`/proc/self/fd/${descriptor}`), descriptor };
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    if (codeOf(error) !== 'ENOENT') throw error;
    return { path, children: [], descriptor: undefined };
  }
}

function leave({ descriptor }: Level): void {
  if (descriptor !== undefined) closeSync(descriptor);
}

/** The directories directly below a cgroup; none when it is gone. */
export function childrenOf(path: CgroupPath): CgroupPath[] {
  const status = lstatSync(path, { throwIfNoEntry: false });
  // In kernfs the link count is 2 plus the number of subdirectories: saves listing some fifty files.
  if (status === undefined || status.nlink === 2) return [];
  const children: CgroupPath[] = [];
  try {
    if (typeof path !== 'string') return childrenInBytes(path);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      if (entry.name.includes(REPLACEMENT)) return childrenInBytes(Buffer.from(path));
      children.push(`${path}/${entry.name}`);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  return children;
}

/** Slower: names in bytes come without types, so that every file must be asked. */
function childrenInBytes(path: Buffer): Buffer[] {
  const children: Buffer[] = [];
  for (const name of readdirSync(path, { encoding: 'buffer' })) {
    const child = fileIn(path, name);
    if (lstatSync(child, { throwIfNoEntry: false })?.isDirectory() === true) children.push(child);
  }
  return children;
}

/** The path of what a cgroup's directory holds. */
export function fileIn(path: Buffer, name: string | Buffer): Buffer;
export function fileIn(path: CgroupPath, name: string): CgroupPath;
export function fileIn(path: CgroupPath, name: string | Buffer): CgroupPath {
  if (typeof path === 'string') return `${path}/${String(name)}`;
  return Buffer.concat([path, Buffer.from('/'), Buffer.from(name)]);
}
