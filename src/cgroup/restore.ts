// What the files of an update hold before it, to put it back when a part of the update fails. Files with a line for
// each device are left out: what a device had not is not said there.

import { readFileSync } from 'node:fs';
import type { CgroupPlacement } from './driver.ts';
import type { Setting } from './setting.ts';

/** The settings that undo others, the last first. */
export function settingsInForce({ cgroups }: CgroupPlacement, settings: readonly Setting[]): Setting[] {
  const before = new Map<string, Setting>();
  for (const { origin, cgroup, file, otherwise } of settings) {
    for (const name of otherwise === undefined ? [file] : [file, otherwise.file]) {
      const path = `${cgroups[cgroup]?.path ?? ''}/${name}`;
      const value = before.has(path) ? undefined : readValue(path);
      if (value !== undefined) before.set(path, { origin, cgroup, file: name, value });
    }
  }
  return [...before.values()].reverse();
}

/** undefined where there is no such file, and where it has more than one value. */
function readValue(path: string): string | undefined {
  try {
    const value = readFileSync(path, 'latin1').trim();
    return value === '' || /[\n:]/.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
