// Ways out of a container's cgroup: by exec's --cgroup, and by the annotations of crun's that name a cgroup below it.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { probeHost } from '../../src/host/probe.ts';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { badRefusal, startBundle, startShell } from '../support/attacks/containers.ts';
import { type Bundle, cgroupParent, writeConfig } from '../support/bundle.ts';
import { endProcess, eventually } from '../support/lifecycle.ts';

/** Makes cgroups beside the container's, one in every hierarchy, that a process can join. */
function makeSiblings({ spec }: Bundle): string[] {
  const siblings = probeHost().hierarchies.map(({ mountpoint }) => `${mountpoint}${spec.linux.cgroupsPath ?? ''}-evil`);
  for (const sibling of siblings) {
    mkdirSync(sibling, { recursive: true });
    // A cpuset without any takes nobody (cpuset(7)).
    for (const file of ['cpuset.cpus', 'cpuset.mems'].map((name) => join(sibling, name))) {
      if (existsSync(file)) writeFileSync(file, readFileSync(join(dirname(sibling), basename(file)), 'utf8'));
    }
  }
  return siblings;
}

function remove(path: string): boolean {
  try {
    if (existsSync(path)) rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** By hierarchy. */
function cgroupsOf(pid: number): Map<string, string> {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n').map((line) => line.split(':'));
  return new Map(lines.map(([, hierarchy = '', ...path]) => [hierarchy, path.join(':')]));
}

/** A process's cgroups that are neither those of another one nor below them. */
function outside(pid: number, other: number): string[] {
  const own = cgroupsOf(other);
  return [...cgroupsOf(pid)].filter(([hierarchy, path]) => !isBelow(path, own.get(hierarchy))).map(([, path]) => path);
}

function isBelow(path: string, own = ''): boolean {
  return own === '/' || path === own || path.startsWith(`${own}/`);
}

/** Executes a process in a cgroup that is not the container's. */
function joining(pathFor: (sibling: string) => string): Attack {
  return async (target) => {
    const { bundle, pid: init } = await startShell(target, 'sleep 1000');
    const siblings = makeSiblings(bundle);
    const path = pathFor(basename(siblings[0] ?? ''));
    const pidFile = join(bundle.directory, 'exec-pid');
    const args = ['exec', '--detach', '--pid-file', pidFile, '--cgroup', path, bundle.id, 'sleep', '1000'];
    const result = await target.run(args, { output: join(bundle.directory, 'output') });
    const pid = result.status === 0 ? Number(readFileSync(pidFile, 'utf8')) : 0;
    const found = pid === 0 ? badRefusal(result) : outside(pid, init);
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
    // In a hierarchy that a runtime leaves alone it is where its caller is.
    const callers = cgroupsOf(process.pid);
    const strays = [...cgroupsOf(pid)].filter(([hierarchy, path]) => path !== callers.get(hierarchy));
    const paths = strays.map(([, path]) => path).filter((path) => !isBelow(path, own));
    return [...paths.map((path) => `it is in ${path}`), ...places.filter(existsSync).map((path) => `${path} is made`)];
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
