// nunc compile: what the command writes, describes and refuses. What the file does is for compile.test.ts.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { compileBundle, script, untilReady } from '../support/compiled.ts';
import { refusal, succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runProgram, runtime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

const REFUSED: readonly (readonly [string, (spec: BundleSpec) => void, RegExp])[] = [
  ['hooks', (spec) => void (spec.hooks = { poststop: [{ path: '/bin/true' }] }), /\/hooks\/poststop: .* no hooks/],
  ['a terminal', (spec) => void (spec.process.terminal = true), /\/process\/terminal: .* with false/],
  ['network devices', (spec) => void (spec.linux.netDevices = { eth0: {} }), /\/linux\/netDevices: needs nunc/],
  ['tmpcopyup', (spec) => {
    spec.mounts.push({ destination: '/etc', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] });
  }, /\/mounts\/\d+\/options: tmpcopyup/],
  ['seccomp agents', (spec) => void (spec.linux.seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/agent',
    syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
  }), /\/linux\/seccomp\/syscalls\/0\/action: SCMP_ACT_NOTIFY/],
  ['id-mapped mounts', (spec) => {
    const map = [{ containerID: 0, hostID: 1000, size: 1 }];
    spec.mounts.push({
      destination: '/mnt', type: 'bind', source: '/usr', options: ['bind'], uidMappings: map, gidMappings: map,
    });
  }, /\/mounts\/\d+: an id-mapped mount/],
];

describe('the command', () => {
  test('writes the same bytes every time, whatever the directory and the standard streams', async () => {
    const bundle = script('echo');
    const first = readFileSync(await compileBundle(bundle));
    const other = join(bundle.directory, 'other');
    const options = ['--id', bundle.id, '--output', other];
    const from = await runtime(['compile', '--bundle', '.', ...options], { cwd: bundle.directory, input: 'x' });
    expect(from).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(other).equals(first)).toBe(true);
    const output = join(bundle.directory, 'output');
    await succeed(['compile', '--bundle', bundle.directory, ...options], { output, env: { PATH: '/bin', X: 'y' } });
    expect(readFileSync(other).equals(first)).toBe(true);
  });

  test('writes an executable in one step, whatever the umask, also over one that runs', async () => {
    const bundle = script('echo ready; read x; echo $x');
    const file = await compileBundle(bundle);
    const running = await untilReady(file);
    const { ino } = statSync(file);
    await runProgram(['sh', '-c', 'umask 077; exec "$@"', 'sh', join(import.meta.dirname, '../../dist/nunc'),
      'compile', '--bundle', bundle.directory, '--output', file]);
    expect(statSync(file).ino).not.toBe(ino);
    expect(statSync(file).mode & 0o7777).toBe(0o755);
    running.child.stdin?.end('on\n');
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'ready\non\n' });
  });

  test('makes a static executable without anything that is writable and executable', async () => {
    const { stdout } = await runProgram(['readelf', '-lW', await compileBundle(script('echo'))]);
    expect(stdout).not.toMatch(/INTERP|DYNAMIC|RWE/);
    expect(stdout).toMatch(/LOAD .* R E /);
  });

  test('needs to know what to do', async () => {
    expect(await refusal(['compile', '--bundle', script('echo').directory])).toMatch(/--output FILE or --describe/);
    const bundle = script('echo');
    expect(await refusal(['compile', '--bundle', bundle.directory, '--output', '/no/such/file'])).toBe(
      'cannot write "/no/such/file": no such file or directory',
    );
    for (const place of ['/dev/null', bundle.directory]) {
      expect(await refusal(['compile', '--bundle', bundle.directory, '--id', 'x', '--output', place])).toBe(
        `cannot write "${place}": not a regular file`,
      );
    }
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    const wrong = ['compile', '--bundle', bundle.directory, '--output', join(bundle.directory, 'a b')];
    expect(await refusal(wrong)).toMatch(/invalid container id "a b"/);
  });

  test('describes what the file depends on', async () => {
    const bundle = script('echo', (spec) => {
      spec.mounts.push({ destination: '/mnt', type: 'bind', source: '/etc/hosts', options: ['bind'] });
      spec.linux.namespaces?.push({ type: 'time', path: '/proc/self/ns/time' });
    });
    const text = await succeed(['compile', '--bundle', bundle.directory, '--describe']);
    expect(text).toMatch(/^architecture +x86_64$/m);
    expect(text).toMatch(/^kernel +Linux 5\.15 or newer/m);
    expect(text).toContain(bundle.rootfs);
    expect(text).toMatch(/^bind source +\/etc\/hosts \(file\)$/m);
    expect(text).toMatch(/^namespace +\/proc\/self\/ns\/time \(time\)$/m);
    const file = join(bundle.directory, 'file');
    const command = ['compile', '--bundle', bundle.directory, '--describe', '--format', 'json', '--output', file];
    const described = JSON.parse(await succeed(command)) as Record<string, unknown>;
    const { hierarchies, cgroupMode, effectiveUid } = probeHost();
    expect(described).toMatchObject({ size: statSync(file).size, cgroupMode, user: { uid: effectiveUid } });
    const places = hierarchies.map(({ mountpoint }) => mountpoint + (bundle.spec.linux.cgroupsPath ?? ''));
    expect((described['cgroups'] as { path: string }[]).map(({ path }) => path)).toEqual(places);
  });

  for (const [what, mutate, message] of REFUSED) {
    test(`refuses ${what}`, async () => {
      const bundle = script('echo', mutate);
      expect(await refusal(['compile', '--bundle', bundle.directory, '--describe'])).toMatch(message);
    });
  }

  test('refuses systemd as the manager of cgroups', async () => {
    const bundle = script('echo', (spec) => void (spec.linux.cgroupsPath = 'a.slice:b:c'));
    const command = ['--systemd-cgroup', 'compile', '--bundle', bundle.directory, '--describe'];
    expect(await refusal(command)).toMatch(/systemd/);
  });
});
