// AppArmor profiles that a runtime is to write to what only looks like a procfs (classes 3 and 13): the container must
// have its profile, or not run. Sysctls, which need no AppArmor, are in procfs.test.ts.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadProfile } from '../support/apparmor.ts';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { makeFakeProcfs } from '../support/attacks/fake-procfs.ts';
import { again, whileSwapping } from '../support/attacks/hostile.ts';
import { type Bundle, writeConfig } from '../support/bundle.ts';

function labelledBundle(target: Target): Bundle {
  const profile = loadProfile();
  return target.bundle({
    args: ['sleep', '1000'],
    mutate: (spec) => {
      spec.root.readonly = false;
      spec.process.apparmorProfile = profile;
    },
  });
}

/** Runs a container that is to have a profile. @returns what it has in place of it */
async function runUnlabelled(target: Target, bundle: Bundle): Promise<string[]> {
  const pidFile = join(bundle.directory, 'pid');
  rmSync(pidFile, { force: true });
  const options = ['--detach', '--pid-file', pidFile, '--bundle', bundle.directory];
  const { status } = await target.run(['run', ...options, bundle.id], { output: join(bundle.directory, 'output') });
  const label = status === 0 && existsSync(pidFile) ? labelOf(readFileSync(pidFile, 'utf8')) : '';
  await target.run(['delete', '--force', bundle.id]);
  const { apparmorProfile = '' } = bundle.spec.process;
  return label === '' || label.startsWith(apparmorProfile) ? [] : [`runs as ${label}`];
}

/** '' where the process has ended. */
function labelOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/attr/current`, 'utf8').trim();
  } catch {
    return '';
  }
}

async function coverProc(target: Target): Promise<string[]> {
  const bundle = labelledBundle(target);
  const volume = join(bundle.directory, 'volume');
  makeFakeProcfs(volume);
  bundle.spec.mounts.push({ destination: '/proc', source: volume, type: 'bind', options: ['bind'] });
  writeConfig(bundle);
  return runUnlabelled(target, bundle);
}

attackTests(3, {
  needs: ['apparmor'],
  outcomes: { runc: { verdict: 'withstands', note: '' }, crun: { verdict: 'withstands', note: '' } },
  attacks: { 'a volume over /proc': coverProc },
});

async function fakeInImage(target: Target): Promise<string[]> {
  const bundle = labelledBundle(target);
  bundle.spec.mounts = bundle.spec.mounts.filter(({ destination }) => destination !== '/proc');
  bundle.spec.linux.maskedPaths = [];
  bundle.spec.linux.readonlyPaths = [];
  writeConfig(bundle);
  makeFakeProcfs(join(bundle.rootfs, 'proc'));
  return runUnlabelled(target, bundle);
}

async function fakeSwapped(target: Target): Promise<string[]> {
  const bundle = labelledBundle(target);
  const [proc, fake] = [join(bundle.rootfs, 'proc'), join(bundle.rootfs, 'fake')] as const;
  mkdirSync(proc, { recursive: true });
  makeFakeProcfs(fake);
  return whileSwapping([proc, fake], () => again(target, async () => runUnlabelled(target, bundle)));
}

attackTests(13, { needs: ['apparmor', 'gcc'], attacks: {
  'a profile, and a directory of the image': fakeInImage,
  'a profile, and a directory that is swapped': fakeSwapped,
} });
