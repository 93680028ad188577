// Runs nunc as a library in the test's own process, on Node's FFI backend, where plans and system calls can be tampered
// with. Knows what a container leaves when it is gone: nothing.

import { existsSync, readdirSync,readFileSync } from 'node:fs';
import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import type { CgroupDriver } from '../../src/cgroup/driver.ts';
import { createContainer, type CreateRequest } from '../../src/container/create.ts';
import { deleteContainer } from '../../src/container/delete.ts';
import { startContainer } from '../../src/container/start.ts';
import { containerExists, placeOf } from '../../src/container/store.ts';
import { openFfi } from '../../src/ffi/napi.ts';
import type { Ffi } from '../../src/ffi/port.ts';
import { waitProcess } from '../../src/ffi/system-calls.ts';
import { probeHost } from '../../src/host/probe.ts';
import { WNOHANG } from '../../src/linux/constants.ts';
import type { Resctrl } from '../../src/resctrl/group.ts';
import type { Bundle } from './bundle.ts';

let backend: Ffi | undefined;

/** The untampered way to the kernel. */
export function kernel(): Ffi {
  return (backend ??= openFfi());
}

/** The driver of containers that are made here. */
export const driver = (): CgroupDriver => cgroupfs(kernel());

export interface Trial {
  readonly bundle: Bundle;
  readonly root: string;
  readonly ffi?: Ffi;
  readonly alterPlan?: CreateRequest['alterPlan'];
  readonly preserveFds?: number;
  readonly resctrl?: Resctrl;
  /** What create is asked for besides. */
  readonly options?: Partial<CreateRequest>;
}

/** What create, start and delete threw. */
export interface Outcome {
  create?: unknown;
  start?: unknown;
  delete?: unknown;
}

const warn = (): void => undefined;

export function requestOf(trial: Trial): CreateRequest {
  const { bundle, root, ffi, alterPlan, preserveFds = 0, resctrl, options = {} } = trial;
  return {
    root,
    id: bundle.id,
    bundle: bundle.directory,
    noPivot: false,
    newKeyring: false,
    preserveFds,
    rootless: 'false',
    cgroupDriver: cgroupfs(ffi ?? kernel()),
    warn,
    ...(alterPlan === undefined ? {} : { alterPlan }),
    ...(resctrl === undefined ? {} : { resctrl }),
    ...options,
  };
}

/** One life of a container, until something throws; it is deleted in any case, with the untampered `kernel()` last. */
export async function tryLife(trial: Trial): Promise<Outcome> {
  const ffi = trial.ffi ?? kernel();
  const outcome: Outcome = {};
  let pid = 0;
  try {
    pid = createContainer(ffi, requestOf(trial)).pid;
  } catch (error) {
    outcome.create = error;
    return outcome;
  }
  const place = placeOf(trial.root, trial.bundle.id);
  try {
    await startContainer(ffi, { place, loadDriver: () => cgroupfs(ffi), warn });
  } catch (error) {
    outcome.start = error;
    // A hook that fails takes the container with it.
    if (!containerExists(place)) {
      waitProcess(kernel(), pid, 0);
      return outcome;
    }
  }
  try {
    await deleteContainer(ffi, () => cgroupfs(ffi), { place, force: true, warn });
  } catch (error) {
    outcome.delete = error;
    if (containerExists(place)) await deleteContainer(kernel(), driver, { place, force: true, warn });
  }
  waitProcess(kernel(), pid, 0);
  return outcome;
}

/** What this process holds and must give back: its children, zombies included, and its descriptors. */
export interface Holdings {
  readonly children: readonly string[];
  readonly descriptors: number;
}

export function holdings(): Holdings {
  const children = readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter((pid) => pid !== ''));
  return { children, descriptors: readdirSync('/proc/self/fd').length };
}

/** Waits for the children that have ended: those whose pid nobody could know. */
export function reapUnknown(): void {
  while (waitProcess(kernel(), -1, WNOHANG).pid > 0);
}

/** What is left of a trial in the places where it could leave something; cheap enough for every round. */
export function remainsOf({ bundle, root }: Trial, before: Holdings): string[] {
  const found: string[] = [];
  for (const name of readdirSync(root)) found.push(`state: ${name}`);
  for (const { mountpoint } of probeHost().hierarchies) {
    const path = mountpoint + (bundle.spec.linux.cgroupsPath ?? '');
    if (existsSync(path)) found.push(`cgroup: ${path}`);
  }
  const after = holdings();
  for (const pid of after.children) if (!before.children.includes(pid)) found.push(`child: ${pid}`);
  const opened = after.descriptors - before.descriptors;
  if (opened !== 0) found.push(`descriptors: ${opened} more than before`);
  return found;
}
