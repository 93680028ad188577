// systemd writes all that it knows of a cgroup's CPU when one part is changed, and coarsely: a quota in hundredths, none
// with the default period. So an update that has to do with the CPU says what else is in force, for the properties to
// be right and for the files to be written again. Reads files, judges nothing.

import { readFileSync } from 'node:fs';
import type { CgroupPlacement } from '../driver.ts';
import type { Setting } from '../setting.ts';

/** v2's one file, and v1's two. */
const BANDWIDTH = ['cpu.max', 'cpu.cfs_period_us', 'cpu.cfs_quota_us'];
const FILES = [...BANDWIDTH, 'cpu.weight', 'cpu.shares', 'cpu.idle'];

/** The settings, and what stays of the CPU's bandwidth. */
export function withPresentCpu({ cgroups }: Pick<CgroupPlacement, 'cgroups'>, settings: readonly Setting[]): Setting[] {
  const some = settings.find(({ file }) => FILES.includes(file));
  if (some === undefined) return [...settings];
  const { cgroup, origin } = some;
  const present = (file: string): string => readValue(`${cgroups[cgroup]?.path ?? ''}/${file}`);
  const stays = BANDWIDTH.filter((file) => !settings.some((setting) => setting.file === file))
    .map((file) => ({ origin, cgroup, file, value: present(file) }));
  // To end being idle resets the weight; for what is not idle it does nothing.
  const isIdle = present('cpu.idle') === '1';
  return [
    ...stays.filter(({ value }) => value !== ''),
    ...settings.filter(({ file, value }) => isIdle || file !== 'cpu.idle' || value !== '0')
      .map((setting) => withPeriod(setting, present)),
  ];
}

/** A quota alone leaves the period. */
function withPeriod(setting: Setting, present: (file: string) => string): Setting {
  const { file, value } = setting;
  if (file !== 'cpu.max' || value.trim().includes(' ')) return setting;
  const [, period = ''] = present(file).split(' ');
  return { ...setting, value: `${value.trim()} ${period}`.trim() };
}

function readValue(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}
