// With any change of a property systemd writes all that it knows of a unit, and coarsely: a quota in hundredths,
// "no quota" with the default period, BFQ's weights by a formula of its own. So what the files said is kept beside, for
// the properties to be right and for the files to say it again.

import type { CgroupPlacement } from '../driver.ts';
import { settingsInForce } from '../restore.ts';
import type { Setting } from '../setting.ts';

/** The files for which it has words of its own. The weights of the CPU it says as they are. */
const FILES = [
  'cpu.idle', 'cpu.max', 'cpu.cfs_period_us', 'cpu.cfs_quota_us', 'memory.min', 'memory.low', 'memory.high',
  'memory.max', 'memory.swap.max', 'memory.limit_in_bytes', 'pids.max', 'io.bfq.weight', 'blkio.bfq.weight',
];

/** What these files hold. */
export function keepFiles(placement: CgroupPlacement): Setting[] {
  const readings = placement.cgroups.flatMap((_, cgroup) => (
    FILES.map((file) => ({ origin: '/linux/resources', cgroup, file, value: '' }))));
  return settingsInForce(placement, readings).reverse();
}

/** What of `kept` says another thing now, and that `settings` do not change. */
export function lostOf(placement: CgroupPlacement, kept: readonly Setting[], settings: readonly Setting[]): Setting[] {
  const now = new Map(keepFiles(placement).map((setting) => [keyOf(setting), setting.value]));
  const changed = new Set(settings.flatMap((setting) => [
    keyOf(setting), ...setting.otherwise === undefined ? [] : [keyOf({ ...setting, ...setting.otherwise })],
  ]));
  return kept.filter((setting) => now.get(keyOf(setting)) !== setting.value && !changed.has(keyOf(setting)));
}

/** A quota has its period and a period its quota; the end of being idle is told only of what is idle. */
export function completeSettings(kept: readonly Setting[], settings: readonly Setting[]): Setting[] {
  const present = (file: string): string => kept.find((setting) => setting.file === file)?.value ?? '';
  return settings.filter(({ file, value }) => file !== 'cpu.idle' || value !== '0' || present(file) === '1')
    .map((setting) => {
      const { file, value } = setting;
      if (file !== 'cpu.max' || value.trim().includes(' ')) return setting;
      return { ...setting, value: `${value} ${present(file).split(' ')[1] ?? ''}`.trim() };
    });
}

/** v1's other half of the bandwidth, which the properties depend on. */
export function withOtherHalf(kept: readonly Setting[], settings: readonly Setting[]): Setting[] {
  const halves = ['cpu.cfs_period_us', 'cpu.cfs_quota_us'];
  const isAsked = settings.some(({ file }) => halves.includes(file));
  return isAsked ? [...kept.filter(({ file }) => halves.includes(file)), ...settings] : [...settings];
}

function keyOf({ cgroup, file }: Pick<Setting, 'cgroup' | 'file'>): string {
  return `${cgroup}/${file}`;
}
