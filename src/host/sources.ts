// Looks at the sources of bind mounts, for HostFacts.sources. Follows symlinks, as mounting does.

import { readlinkSync, statSync } from 'node:fs';
import type { HostFacts } from './facts.ts';

/** The kind of what each absolute path leads to. A path that can't be looked at (dangling symlink, no permission)
 * counts as missing: the mount will then say why. */
export function sourceKinds(paths: readonly string[]): HostFacts['sources'] {
  const kinds: Record<string, 'directory' | 'file' | 'missing'> = {};
  for (const path of paths) {
    try {
      const status = statSync(path, { throwIfNoEntry: false });
      kinds[path] = status === undefined ? 'missing' : status.isDirectory() ? 'directory' : 'file';
    } catch {
      kinds[path] = 'missing';
    }
  }
  return kinds;
}

/** What the symbolic links among the paths hold. */
export function linkContents(paths: readonly string[]): HostFacts['links'] {
  const links: Record<string, string> = {};
  for (const path of paths) {
    try {
      links[path] = readlinkSync(path);
    } catch {
      // No link, or nothing at all: the mount will then say why.
    }
  }
  return links;
}
