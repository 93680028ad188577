// process.apparmorProfile, with a profile that the test loads. Where AppArmor is off (`scripts/test-vm.sh` has a
// machine where it is on) only that it can't be had is tested.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { loadProfile } from '../support/apparmor.ts';
import { ask, bundleFor, proc, refusal, startedPid } from '../support/ask.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'apparmor');
const nuncTest = requires('root', 'busybox', 'apparmor', 'nunc');

const withProfile = (name: string) => (spec: BundleSpec): void => {
  spec.process.apparmorProfile = name;
};

test('the process has the profile, as seen from inside and outside', async () => {
  const name = loadProfile();
  expect(await ask('cat /proc/$$/attr/current /proc/self/attr/current', withProfile(name)))
    .toBe(`${name} (enforce)\n${name} (enforce)`);
  const pid = await startedPid(await bundleFor('exec sleep 1000', withProfile(name)));
  expect(proc(pid, 'attr/current').trim()).toBe(`${name} (enforce)`);
});

test('what the profile denies is denied, to root too', async () => {
  const name = loadProfile('deny /secret r, deny /readable w,');
  const script = 'cat /secret; cat /readable; (echo more >/readable); echo more >/writable; cat /writable';
  expect(await ask(`(${script}) 2>&1`, withProfile(name), {
    prepare: ({ rootfs }) => {
      for (const file of ['secret', 'readable', 'writable']) writeFileSync(join(rootfs, file), `${file}\n`);
    },
  })).toBe([
    "cat: can't open '/secret': Permission denied", 'readable', "sh: can't create /readable: Permission denied", 'more',
  ].join('\n'));
});

test('noNewPrivileges does not keep the profile from being applied, for a user without capabilities', async () => {
  const name = loadProfile('deny /secret r,');
  const answer = await ask('cat /proc/$$/attr/current; grep NoNewPrivs /proc/$$/status; cat /secret 2>&1', (spec) => {
    spec.process.apparmorProfile = name;
    spec.process.noNewPrivileges = true;
    spec.process.user = { uid: 1000, gid: 1000 };
    delete spec.process.capabilities;
    spec.process.args?.splice(2, 1, `${spec.process.args[2] ?? ''}; true`);
  }, { prepare: ({ rootfs }) => writeFileSync(join(rootfs, 'secret'), '') });
  expect(answer).toBe(`${name} (enforce)\nNoNewPrivs:\t1\ncat: can't open '/secret': Permission denied`);
});

test('"unconfined" is a profile like any other, and none is none', async () => {
  expect(await ask('cat /proc/$$/attr/current', withProfile('unconfined'))).toBe('unconfined');
  expect(await ask('cat /proc/$$/attr/current', withProfile(''))).toBe('unconfined');
});

// runc 1.1.5 writes to the container's procfs.
nuncTest('a container without a procfs of its own gets its profile all the same', async () => {
  const name = loadProfile();
  const bundle = await bundleFor('exec sleep 1000', (spec) => {
    spec.process.apparmorProfile = name;
    spec.mounts = spec.mounts.filter(({ type }) => type !== 'proc');
    delete spec.linux.maskedPaths;
    delete spec.linux.readonlyPaths;
  });
  expect(proc(await startedPid(bundle), 'attr/current').trim()).toBe(`${name} (enforce)`);
});

nuncTest('in a user namespace, with a pid namespace of its own and with the host\'s', async () => {
  const name = loadProfile();
  for (const own of [true, false]) {
    const answer = await ask('cat /proc/self/attr/current', (spec) => {
      spec.process.apparmorProfile = name;
      spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => own || type !== 'pid');
      spec.linux.namespaces.push({ type: 'user' });
      spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
      if (own) return;
      spec.mounts = spec.mounts.filter(({ type }) => type !== 'proc');
      spec.mounts.push({ destination: '/proc', type: 'bind', source: '/proc', options: ['rbind'] });
    });
    expect(answer).toBe(`${name} (enforce)`);
  }
});

nuncTest('a profile that is not loaded fails create, by its name, and leaves nothing', async () => {
  const bundle = await bundleFor('true', withProfile('nunc-no-such-profile'));
  const watch = watchHost(bundle);
  const { status, stderr } = await runtime(['create', '--bundle', bundle.directory, bundle.id]);
  expect(status).toBe(1);
  expect(stderr).toMatch(new RegExp('cannot apply the AppArmor profile .*nunc-no-such-profile.*: '
    + 'no profile of that name is loaded \\(operation \\d+ of \\d+: fail, /process/apparmorProfile\\)'));
  await watch.nothingLeft();
});

requires('root', 'busybox', 'nunc', 'no-apparmor')('a profile where AppArmor is off is refused', async () => {
  expect(await refusal(withProfile('unconfined'))).toBe('config.json: /process/apparmorProfile: "unconfined" can\'t be '
    + 'applied: AppArmor is not enabled on this host');
});

requires('root', 'busybox', 'nunc', 'no-selinux')('labels where SELinux is off are refused', async () => {
  const message = await refusal((spec) => {
    spec.process.selinuxLabel = 'system_u:system_r:container_t:s0';
    spec.linux.mountLabel = 'system_u:object_r:container_file_t:s0';
  });
  expect(message).toBe('config.json: /linux/mountLabel: "system_u:object_r:container_file_t:s0" can\'t be applied: '
    + 'SELinux is not enabled on this host');
});
