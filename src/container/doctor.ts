// doctor: what of nunc works on this host, for this caller, and why not. As a table of contents; what is there to be
// known is in doctor/. Changes nothing but for processes that try something and end.

import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CgroupManager } from '../cgroup/driver.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { probeHost } from '../host/probe.ts';
import { isAppArmorOn, isSelinuxOn } from '../host/security-modules.ts';
import { parseResctrlMountpoint } from '../resctrl/mountpoint.ts';
import { diagnoseCgroups, diagnoseSystemd } from './doctor/cgroups.ts';
import { type Diagnosis, fail, type Files, info, ok, warn } from './doctor/diagnosis.ts';
import { filesBelow } from './doctor/files.ts';
import { diagnoseCriu, diagnoseIds } from './doctor/ids.ts';
import { diagnoseCalls, diagnoseKernel, diagnoseModules, diagnoseSeccomp } from './doctor/kernel.ts';
import { diagnoseNamespaces, diagnoseStart, diagnoseUserNamespaces } from './doctor/namespaces.ts';

export interface DoctorRequest {
  /** Where the state of containers is kept. */
  readonly root: string;
  readonly cgroupManager: CgroupManager;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Looks at everything. */
export async function diagnose(ffi: Ffi, { root, cgroupManager, environment }: DoctorRequest): Promise<Diagnosis[]> {
  const files = filesBelow();
  let facts: ReturnType<typeof probeHost>;
  try {
    facts = probeHost();
  } catch (error) {
    if (!(error instanceof NuncError)) throw error;
    return [fail('host', error.message, error.hint ?? 'mount -t proc proc /proc')];
  }
  const path = environment['PATH'] ?? '';
  const start = diagnoseStart(ffi, facts);
  const canStart = start.every(({ severity }) => severity !== 'fail');
  return [
    ...diagnoseKernel(facts),
    ...diagnoseCalls(ffi),
    ...start,
    ...(canStart ? [...diagnoseUserNamespaces(ffi, facts, files), ...diagnoseNamespaces(ffi, facts)] : []),
    ...diagnoseIds(ffi, files, { facts, path }),
    ...diagnoseCgroups(facts, files),
    ...diagnoseSystemd(facts, files, { askVersion: await systemdVersion(ffi, environment), manager: cgroupManager }),
    ...diagnoseSeccomp(files),
    ...diagnoseModules(files, { apparmor: isAppArmorOn(), selinux: isSelinuxOn() }),
    ...diagnoseStateRoot(root, files),
    ...diagnoseCriu(path, criuVersion),
    ...diagnoseResctrl(),
  ];
}

const PATIENCE = 5000;

async function systemdVersion(
  ffi: Ffi,
  environment: DoctorRequest['environment'],
): Promise<(bus: 'system' | 'user') => string> {
  const [{ managerProperty, withSystemd }, { socketsOfSystemd }] = await Promise.all([
    import('../cgroup/systemd/manager.ts'), import('../cgroup/systemd/sockets.ts'),
  ]);
  return (bus) => {
    const sockets = socketsOfSystemd(bus, environment);
    return withSystemd({ ffi, sockets, patience: PATIENCE }, (connection) => managerProperty(connection, 'Version'));
  };
}

/** A container's state takes some KiB. */
const LEAST_SPACE = 1024 * 1024;

/** The directory, or the first above it that there is. */
export function diagnoseStateRoot(root: string, files: Files): Diagnosis[] {
  const name = 'state';
  let existing = root;
  while (existing !== '/' && !files.exists(existing)) existing = dirname(existing);
  if (!files.isWritable(existing)) {
    const where = existing === root ? root : `${root}: ${existing}`;
    return [fail(name, `can't write to ${where}`, 'set XDG_RUNTIME_DIR to a directory of your own, or use --root')];
  }
  const { bavail, bsize } = statfsSync(existing);
  if (bavail * bsize < LEAST_SPACE) return [warn(name, `${root} is nearly full`, 'make space, or use --root')];
  return [ok(name, `${root} can be written to`)];
}

function criuVersion(file: string): string | undefined {
  try {
    const output = execFileSync(file, ['--version'], { encoding: 'utf8', timeout: PATIENCE, stdio: 'pipe' });
    return /^Version:\s*(\S+)/m.exec(output)?.[1];
  } catch {
    return undefined;
  }
}

function diagnoseResctrl(): Diagnosis[] {
  const mounted = parseResctrlMountpoint(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (mounted !== undefined) return [ok('resctrl', `mounted at ${mounted}`)];
  return [info('resctrl', 'not mounted: configs with /linux/intelRdt are refused',
    'where the processor has it: mount -t resctrl resctrl /sys/fs/resctrl')];
}
