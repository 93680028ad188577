// Writes settings into the files of cgroups. What a failure means is explain.ts's to say.

import { readFileSync, writeFileSync } from 'node:fs';
import { codeOf, NuncError } from '../error.ts';
import { errno } from '../linux/errno.ts';
import type { CgroupPlacement, PlacedCgroup } from './driver.ts';
import { type Failure, settingError } from './explain.ts';
import type { Setting } from './setting.ts';
import { raiseBudgets } from './v1/realtime.ts';
import { controllerOf, passControllersTo } from './v2/controllers.ts';

/**
 * Writes the settings, in order. One that fails gets a second try when all others are written: some values depend on
 * one another (a limit and its burst), and which one must come first depends on what was there.
 *
 * @param fresh for each cgroup whether it is new, and has the values that new ones have
 * @throws NuncError of kind `syscall` naming the first that can't be written
 */
export function applySettings(
  { cgroups }: Pick<CgroupPlacement, 'cgroups'>,
  settings: readonly Setting[],
  fresh: readonly boolean[] = [],
): void {
  const wanted = settings.filter(({ isDefault, cgroup }) => isDefault !== true || fresh[cgroup] !== true);
  passDown(cgroups, wanted);
  for (const setting of wanted) verifyUse(cgroups[setting.cgroup], setting);
  const failures = writeAll(cgroups, wanted);
  if (failures.length === 0) return;
  const [first] = raiseBudgets(failures) || failures.length < wanted.length
    ? writeAll(cgroups, failures.map(({ setting }) => setting))
    : failures;
  if (first !== undefined) throw settingError(first);
}

/** Makes sure that v2 cgroups have the controllers, as far as that is possible; what isn't fails when it is used. */
function passDown(cgroups: readonly PlacedCgroup[], settings: readonly Setting[]): void {
  for (const [index, { version, path, mountpoint }] of cgroups.entries()) {
    if (version === 1) continue;
    const wanted = new Set<string>();
    for (const { cgroup, file } of settings) if (cgroup === index) wanted.add(controllerOf(file));
    wanted.delete('cgroup');
    if (wanted.size > 0) passControllersTo(path, mountpoint, [...wanted]);
  }
}

/** Refuses a limit below what is in use, before anything is written. */
function verifyUse(cgroup: PlacedCgroup | undefined, { origin, value, notBelow }: Setting): void {
  if (cgroup === undefined || notBelow === undefined) return;
  const file = `${cgroup.path}/${notBelow}`;
  let used: string;
  try {
    used = readFileSync(file, 'latin1').trim();
  } catch {
    // Not counted here: nothing to compare with.
    return;
  }
  if (BigInt(used) <= BigInt(value)) return;
  throw new NuncError('syscall', `cannot set ${origin}: ${value} is less than the ${used} in use ("${file}")`, {
    code: 'E_CGROUP', origin,
  });
}

function writeAll(cgroups: readonly PlacedCgroup[], settings: readonly Setting[]): Failure[] {
  const failures: Failure[] = [];
  for (const setting of settings) {
    const cgroup = cgroups[setting.cgroup];
    const failure = cgroup === undefined ? undefined : tryWrite(cgroup, setting);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

/** @returns why it failed; undefined when it is written, or need not be */
function tryWrite(cgroup: PlacedCgroup, setting: Setting): Failure | undefined {
  const { file, value, isDefault, optional, otherwise } = setting;
  const failure = write({ setting, cgroup, file, value });
  if (failure === undefined) return setting.readBack === true ? readBack({ setting, cgroup, file, value }) : undefined;
  const code = codeOf(failure.cause);
  if (code === 'ENOENT' && otherwise !== undefined) return write({ setting, cgroup, ...otherwise });
  if (code === 'ENOENT' && optional === true) return undefined;
  // What the kernel can't change has the value that a new cgroup has.
  if (isDefault === true && (code === 'ENOENT' || code === 'EOPNOTSUPP' || code === 'ENOTSUP')) return undefined;
  return failure;
}

function write(attempt: Omit<Failure, 'cause'>): Failure | undefined {
  try {
    writeFileSync(`${attempt.cgroup.path}/${attempt.file}`, attempt.value, { flag: 'r+' });
    return undefined;
  } catch (cause) {
    return { ...attempt, cause };
  }
}

function readBack(attempt: Omit<Failure, 'cause'>): Failure | undefined {
  const text = readFileSync(`${attempt.cgroup.path}/${attempt.file}`, 'latin1').trim();
  // Rounded down to pages.
  return BigInt(text) <= BigInt(attempt.value) ? undefined : { ...attempt, cause: new IgnoredError() };
}

/** Stands for the kernel's refusal where it refuses nothing. */
class IgnoredError extends Error {
  readonly code = 'EOPNOTSUPP';
  readonly errno = -errno.EOPNOTSUPP;
}
