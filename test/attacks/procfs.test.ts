// /proc and /sys that are not what they seem (classes 3, 4 and 13): covered by mounts, links of the image, swapped by a
// hostile helper with directories that look like them.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { makeFakeProcfs, SYSCTL, SYSCTL_PATH } from '../support/attacks/fake-procfs.ts';
import { again, runOnce, whileSwapping } from '../support/attacks/hostile.ts';
import { type Bundle, type BundleSpec, writeConfig } from '../support/bundle.ts';

function sysctlBundle(target: Target, mutate: (spec: BundleSpec) => void = () => undefined): Bundle {
  return target.bundle({
    args: ['sleep', '1000'],
    mutate: (spec) => {
      spec.root.readonly = false;
      spec.linux.sysctl = { [SYSCTL]: '77' };
      mutate(spec);
    },
  });
}

/** Runs a container that is to have its sysctl. @returns what it has in place of it */
async function runWithoutSysctl(target: Target, bundle: Bundle): Promise<string[]> {
  const pidFile = join(bundle.directory, 'pid');
  rmSync(pidFile, { force: true });
  const options = ['--detach', '--pid-file', pidFile, '--bundle', bundle.directory];
  const { status } = await target.run(['run', ...options, bundle.id], { output: join(bundle.directory, 'output') });
  const gains: string[] = [];
  if (status === 0 && existsSync(pidFile)) {
    const net = `--net=/proc/${readFileSync(pidFile, 'utf8')}/ns/net`;
    // Empty where the process has ended.
    const { stdout } = spawnSync('nsenter', [net, 'cat', `/proc/${SYSCTL_PATH}`], { encoding: 'utf8' });
    const value = stdout.trim() || '77';
    if (value !== '77') gains.push(`runs with its sysctl written elsewhere: it is ${value}`);
  }
  await target.run(['delete', '--force', bundle.id]);
  return gains;
}

async function coverProc(target: Target): Promise<string[]> {
  const gains: string[] = [];
  for (const destination of ['/proc', '/./proc/', '/link']) {
    const bundle = sysctlBundle(target);
    const volume = join(bundle.directory, 'volume');
    makeFakeProcfs(volume);
    symlinkSync('/proc', join(bundle.rootfs, 'link'));
    bundle.spec.mounts.push({ destination, source: volume, type: 'bind', options: ['bind'] });
    writeConfig(bundle);
    gains.push(...await runWithoutSysctl(target, bundle));
  }
  return gains;
}

/** A mount over a part of /proc is enough. */
async function coverParts(target: Target): Promise<string[]> {
  const gains: string[] = [];
  const parts = [`/proc/${SYSCTL_PATH}`, '/proc/sys', '/link/sys/net', '/proc/self/attr', '/link/self/attr'];
  for (const destination of parts) {
    const args = ['grep', '-o', '/proc/[^ ]* .*tmpfs-of-the-attacker', '/proc/self/mountinfo'];
    const bundle = target.bundle({ args });
    symlinkSync('/proc', join(bundle.rootfs, 'link'));
    bundle.spec.mounts.push({ destination, source: 'tmpfs-of-the-attacker', type: 'tmpfs' });
    writeConfig(bundle);
    const shown = await runOnce(target, bundle);
    if (shown !== '') gains.push(`${destination} is covered`);
  }
  return gains;
}

attackTests(3, { attacks: { 'a mount over /proc': coverProc, 'a mount over a part of /proc': coverParts } });

/** Looks for a file that is to be masked, and one that is to be read-only, which it only opens, wherever a procfs may
 * be. Not by `:`, with which a shell ends when it may not. */
const FIND_UNPROTECTED = `for d in /proc /other /elsewhere; do
  grep -q "^Linux version" $d/version && echo "reads a masked path in $d"
  test -e $d/sys/kernel/core_pattern && true >>$d/sys/kernel/core_pattern && echo "opens core_pattern in $d to write"
done`;

function unprotectedBundle(target: Target): Bundle {
  return target.bundle({
    args: ['sh', '-c', FIND_UNPROTECTED],
    mutate: (spec) => {
      spec.root.readonly = false;
      spec.linux.maskedPaths?.push('/proc/version');
    },
  });
}

function gainsOf(shown: string): string[] {
  return shown.split('\n').filter((line) => line !== '');
}

async function linkedProc(target: Target): Promise<string[]> {
  const gains: string[] = [];
  for (const name of ['proc', 'sys']) {
    const bundle = unprotectedBundle(target);
    const path = join(bundle.rootfs, name);
    mkdirSync(join(bundle.rootfs, 'elsewhere'));
    rmSync(path, { recursive: true, force: true });
    symlinkSync('elsewhere', path);
    bundle.spec.process.args = ['sh', '-c', `${FIND_UNPROTECTED}; grep -o " /elsewhere .*" /proc/self/mountinfo`];
    writeConfig(bundle);
    gains.push(...gainsOf(await runOnce(target, bundle)));
  }
  return gains;
}

/** Two containers that share a rootfs or a volume: one swaps what the other mounts at. */
function swappedProc(kind: 'link' | 'directory') {
  return async (target: Target): Promise<string[]> => {
    const bundle = unprotectedBundle(target);
    const other = join(bundle.rootfs, 'other');
    mkdirSync(join(bundle.rootfs, 'elsewhere'));
    mkdirSync(join(bundle.rootfs, 'proc'), { recursive: true });
    if (kind === 'link') symlinkSync('elsewhere', other);
    else mkdirSync(other);
    return whileSwapping([join(bundle.rootfs, 'proc'), other], () => (
      again(target, async () => gainsOf(await runOnce(target, bundle)))
    ));
  };
}

attackTests(4, { needs: ['gcc'], attacks: {
  'a link in the image': linkedProc,
  'swapped with a link': swappedProc('link'),
  'swapped with a directory': swappedProc('directory'),
} });

/** What the image has at /proc is all that there is. */
async function fakeInImage(target: Target): Promise<string[]> {
  const withoutProc = (spec: BundleSpec): void => {
    spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/proc');
    spec.linux.maskedPaths = [];
    spec.linux.readonlyPaths = [];
  };
  const bundle = sysctlBundle(target, withoutProc);
  makeFakeProcfs(join(bundle.rootfs, 'proc'));
  return runWithoutSysctl(target, bundle);
}

async function fakeSwapped(target: Target): Promise<string[]> {
  const bundle = sysctlBundle(target);
  const [proc, fake] = [join(bundle.rootfs, 'proc'), join(bundle.rootfs, 'fake')] as const;
  mkdirSync(proc, { recursive: true });
  makeFakeProcfs(fake);
  return whileSwapping([proc, fake], () => again(target, async () => runWithoutSysctl(target, bundle)));
}

attackTests(13, { needs: ['gcc'], attacks: {
  'a directory of the image that looks like one': fakeInImage,
  'a directory that looks like one, swapped with it': fakeSwapped,
} });
