// Ways out of a container's cgroup: by exec's --cgroup, and by the annotations of crun's that name a cgroup below it.

import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { probeHost } from '../../src/host/probe.ts';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { badRefusal, startBundle, startShell } from '../support/attacks/containers.ts';
import { type Bundle, cgroupParent, writeConfig } from '../support/bundle.ts';
import { endProcess, eventually } from '../support/lifecycle.ts';

/** Cgroups beside the container's, one in every hierarchy. */
function siblingsOf({ spec }: Bundle): string[] {
  return probeHost().hierarchies.map(({ mountpoint }) => `${mountpoint}${spec.linux.cgroupsPath ?? ''}-evil`);
}

function remove(path: string): boolean {
  try {
    if (existsSync(path)) rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The lines of a process's cgroups that are not the container's own or below it. */
function outside(pid: number, { spec }: Bundle): string[] {
  const own = spec.linux.cgroupsPath ?? '';
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  return lines.map((line) => line.split(':').slice(2).join(':')).filter((path) => {
    // Of every container, in a hierarchy that a runtime leaves alone.
    const isForeign = !path.includes(cgroupParent);
    return path !== own && !path.startsWith(`${own}/`) && !isForeign;
  });
}

/** Executes a process in a cgroup that is not the container's. */
function joining(pathFor: (sibling: string) => string): Attack {
  return async (target) => {
    const { bundle } = await startShell(target, 'sleep 1000');
    const siblings = siblingsOf(bundle);
    for (const sibling of siblings) mkdirSync(sibling, { recursive: true });
    const path = pathFor(basename(siblings[0] ?? ''));
    const pidFile = join(bundle.directory, 'exec-pid');
    const args = ['exec', '--detach', '--pid-file', pidFile, '--cgroup', path, bundle.id, 'sleep', '1000'];
    const result = await target.run(args, { output: join(bundle.directory, 'output') });
    const pid = result.status === 0 ? Number(readFileSync(pidFile, 'utf8')) : 0;
    const found = pid === 0 ? badRefusal(result) : outside(pid, bundle);
    if (pid !== 0) endProcess(pid);
    for (const sibling of siblings) await eventually(() => remove(sibling), (gone) => gone);
    return found.length === 0 ? [] : [`${path}: it is in ${found[0] ?? ''}`];
  };
}

attackTests(20, {
  needs: ['not-systemd-managed'],
  attacks: {
    'a sibling whose name begins as its own, for some controllers': joining((sibling) => `memory,pids:../${sibling}`),
    'a sibling whose name begins as its own': joining((sibling) => `../${sibling}`),
    'the parent': joining(() => '..'),
    'its parent': joining(() => '../..'),
    'the same, as an absolute path': joining((sibling) => `/../${sibling}`),
    'a sibling by way of itself': joining((sibling) => `./../${sibling}/.`),
  },
});

/** Whether a cgroup of that name came to be anywhere but below the container's. */
async function delegate(target: Target, annotations: Readonly<Record<string, string>>): Promise<string[]> {
  const bundle = target.bundle({ args: ['sleep', '1000'] });
  const evil = `${bundle.id}-evil`;
  bundle.spec.annotations = Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key, value.replace('EVIL', evil)]));
  writeConfig(bundle);
  const own = bundle.spec.linux.cgroupsPath ?? '';
  const places = probeHost().hierarchies.flatMap(({ mountpoint }) =>
    [`${mountpoint}/${evil}`, `${mountpoint}${cgroupParent}/${evil}`]);
  try {
    const pid = await startBundle(target, bundle);
    const strays = outside(pid, bundle);
    return [...strays.map((path) => `it is in ${path}`), ...places.filter(existsSync).map((path) => `${path} is made`)];
  } catch (error) {
    return String(error).includes(' failed with 1') ? [] : [`${own}: ${String(error)}`];
  } finally {
    await target.run(['delete', '--force', bundle.id]);
    for (const path of places) remove(path);
  }
}

function annotated(annotations: Readonly<Record<string, string>>): Attack {
  return (target) => delegate(target, annotations);
}

attackTests(21, {
  attacks: {
    'run.oci.delegate-cgroup': annotated({ 'run.oci.delegate-cgroup': '../EVIL' }),
    'run.oci.systemd.subgroup': annotated({ 'run.oci.systemd.subgroup': '../EVIL' }),
    'both, far away': annotated({
      'run.oci.systemd.subgroup': '../../../EVIL', 'run.oci.delegate-cgroup': '../../../EVIL',
    }),
  },
});
