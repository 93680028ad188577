// Writes settings into the files of cgroups.

import { writeFileSync } from 'node:fs';
import { cgroupError } from './directory.ts';
import type { CgroupPlacement } from './driver.ts';
import type { Setting } from './setting.ts';

/**
 * Writes the settings, in order. One that fails gets a second try when all others are written: some values depend on
 * one another (a limit and its burst), and which one must come first depends on what was there.
 *
 * @throws NuncError of kind `syscall` naming the first that can't be written
 */
export function applySettings({ cgroups }: CgroupPlacement, settings: readonly Setting[]): void {
  const again = settings.filter((setting) => tryWrite(cgroups[setting.cgroup]?.path ?? '', setting) !== undefined);
  for (const setting of again) {
    const path = cgroups[setting.cgroup]?.path ?? '';
    const cause = tryWrite(path, setting);
    if (cause === undefined) continue;
    const { origin, file, value } = setting;
    throw cgroupError(`set ${origin}: write ${JSON.stringify(value)} to "${path}/${file}"`, cause);
  }
}

/** @returns why it failed; undefined when it is written */
function tryWrite(path: string, { file, value }: Setting): unknown {
  try {
    writeFileSync(`${path}/${file}`, value, { flag: 'r+' });
    return undefined;
  } catch (error) {
    return error;
  }
}
