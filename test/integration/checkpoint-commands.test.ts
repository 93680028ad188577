// checkpoint and restore as commands: what they ask CRIU, and what becomes of the container whatever it answers. With a
// CRIU that only speaks, so that it runs on every kernel; checkpoint.test.ts has the real one.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { type FakeCriu, fakeCriu } from '../support/fake-criu.ts';
import { eventually, refusal, startBundle, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { listenForConsole } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { runtime, startRuntime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'pycriu', 'nunc');

/** What a "restored" program may not have: a network namespace, whose devices would be the host's. */
function sleeper(mutate: (bundle: Bundle['spec']) => void = () => undefined): Bundle {
  return makeBundle({
    args: ['sleep', '1000'],
    mutate: (spec) => {
      spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'network');
      mutate(spec);
    },
  });
}

function places({ directory }: FakeCriu): string[] {
  return ['--image-path', join(directory, 'images'), '--work-path', join(directory, 'work')];
}

function checkpoint(criu: FakeCriu, bundle: Bundle, ...options: string[]): Promise<unknown> {
  return succeed(['checkpoint', ...places(criu), ...options, bundle.id], { env: criu.env });
}

/** With images that nobody has made: their file of standard streams is all that nunc itself reads. */
function restoreArguments(criu: FakeCriu, bundle: Bundle, ...options: string[]): string[] {
  writeFileSync(join(criu.directory, 'descriptors.json'), '["/dev/null","pipe:[11]","pipe:[12]"]');
  const images = ['--image-path', criu.directory, '--work-path', join(criu.directory, 'work')];
  return ['restore', '--bundle', bundle.directory, ...images, ...options, bundle.id];
}

describe('checkpoint', () => {
  test('has CRIU save the container, and deletes it', async () => {
    const [bundle, criu] = [sleeper(), fakeCriu()];
    const watch = watchHost(bundle);
    await startBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    await checkpoint(criu, bundle);
    expect(await refusal(['state', bundle.id])).toContain('does not exist');
    await watch.nothingLeft();
    const [version, dump, ...more] = criu.requests();
    expect(version).toMatchObject({ type: 'VERSION', keep_open: true });
    expect(more).toEqual([]);
    expect(dump).toMatchObject({
      type: 'DUMP',
      opts: {
        pid, root: bundle.rootfs, log_file: 'dump.log', log_level: 4, notify_scripts: true, manage_cgroups: true,
        orphan_pts_master: true, empty_ns: 0x40000000, config_file: '/etc/criu/runc.conf', leave_running: false,
      },
    });
    expect(dump?.opts?.['freeze_cgroup']).toContain(bundle.spec.linux.cgroupsPath);
    expect(dump?.opts?.['external']).toContain('mnt[/dev/null]:/dev/null');
    const streams: unknown = JSON.parse(readFileSync(join(criu.directory, 'images/descriptors.json'), 'utf8'));
    expect(streams).toHaveLength(3);
    expect(statSync(join(criu.directory, 'work/dump.log')).isFile()).toBe(true);
  });

  test('lets the container go on with --leave-running and with --pre-dump', async () => {
    const [bundle, criu] = [sleeper(), fakeCriu()];
    await startBundle(bundle);
    await checkpoint(criu, bundle, '--pre-dump');
    mkdirSync(join(criu.directory, 'images/parent'));
    await checkpoint(criu, bundle, '--leave-running', '--parent-path', 'parent');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
    const requests = criu.requests().filter(({ type }) => type !== 'VERSION');
    expect(requests.map(({ type }) => type)).toEqual(['FEATURE_CHECK', 'PRE_DUMP', 'DUMP']);
    expect(requests[1]?.opts).not.toHaveProperty('external');
    expect(requests[2]?.opts).toMatchObject({ leave_running: true, parent_img: 'parent', track_mem: true });
  });

  test('hands its flags on', async () => {
    const bundle = sleeper((spec) => { spec.annotations = { 'org.criu.config': '/etc/own.conf' }; });
    const criu = fakeCriu();
    await startBundle(bundle);
    const flags = [
      '--tcp-established', '--ext-unix-sk', '--shell-job', '--file-locks', '--auto-dedup', '--tcp-skip-in-flight',
      '--link-remap', '--page-server', '[::1]:27', '--manage-cgroups-mode', 'strict', '--network-lock', 'nftables',
      '--empty-ns', 'network',
    ];
    await checkpoint(criu, bundle, ...flags);
    expect(criu.requests().at(-1)?.opts).toMatchObject({
      tcp_established: true, ext_unix_sk: true, shell_job: true, file_locks: true, auto_dedup: true,
      tcp_skip_in_flight: true, link_remap: true, ps: { address: '::1', port: 27 }, manage_cgroups_mode: 'STRICT',
      network_lock: 'NFTABLES', config_file: '/etc/own.conf',
    });
  });

  test('says why CRIU has failed, and lets the container go on', async () => {
    const log = [
      '(0.1) Warn  (criu/a.c:1): no', '(0.2) Error (criu/b.c:2): first', '(0.3)  7: Error (criu/c.c:3): last',
    ];
    const [bundle, criu] = [sleeper(), fakeCriu({ fail: log })];
    await startBundle(bundle);
    const message = await refusal(['checkpoint', ...places(criu), bundle.id], { env: criu.env });
    expect(message).toBe(`cannot checkpoint container "${bundle.id}": criu failed: type DUMP errno 22 `
      + '(invalid argument): Error (criu/b.c:2): first; 7: Error (criu/c.c:3): last '
      + `(log file: ${criu.directory}/work/dump.log)`);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('refuses what it cannot do before CRIU is asked', async () => {
    const [bundle, criu] = [sleeper(), fakeCriu()];
    const { env } = criu;
    const refused = (...options: string[]): Promise<string> =>
      refusal(['checkpoint', ...places(criu), ...options, bundle.id], { env });
    expect(await refused()).toContain('does not exist');
    await succeed(['create', '--bundle', bundle.directory, bundle.id]);
    expect(await refused()).toBe('Container cannot be checkpointed in created state');
    await succeed(['start', bundle.id]);
    expect(await refused('--manage-cgroups-mode', 'any')).toBe('Invalid manage-cgroups-mode value');
    expect(await refused('--empty-ns', 'pid')).toBe('namespace "pid" is not supported');
    expect(await refused('--page-server', 'host')).toBe('Use --page-server ADDRESS:PORT to specify page server');
    expect(await refused('--page-server', 'host:x')).toBe('Invalid port number');
    expect(await refused('--parent-path', '/abs')).toBe('--parent-path must be relative');
    expect(await refused('--parent-path', 'none')).toContain('is not an existing directory');
    expect(await refused('--lazy-pages', '--status-fd', '77')).toContain('invalid --status-fd argument 77');
    expect(criu.requests()).toEqual([]);
    expect(await refused('--lazy-pages')).toContain('--lazy-pages: this kernel lacks userfaultfd(2)');
  });

  test('needs a CRIU that is not too old', async () => {
    const bundle = sleeper();
    await startBundle(bundle);
    const old = fakeCriu({ version: [3, 15] });
    const args = ['checkpoint', ...places(old), bundle.id];
    expect(await refusal(args, { env: old.env })).toContain('CRIU 3.15 is too old: 3.16 or newer is needed');
    const none = await refusal(args, { env: { ...old.env, PATH: '/nowhere' } });
    expect(none).toContain('exec: "criu": executable file not found in $PATH');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('has a help, by which podman knows that there is such a command', async () => {
    expect(await succeed(['checkpoint', '--help'])).toContain('--image-path');
    expect(await succeed(['restore', '--help'])).toContain('--image-path');
  });
});

describe('restore', () => {
  const run = ['/bin/busybox', 'sleep', '1000'];

  test('has CRIU make the container, in its cgroups', async () => {
    const [bundle, criu] = [sleeper(), fakeCriu({ run })];
    const watch = watchHost(bundle);
    const pidFile = join(criu.directory, 'pid');
    await succeed(restoreArguments(criu, bundle, '--detach', '--pid-file', pidFile), { env: criu.env });
    const { pid, status } = await stateOf(bundle.id);
    expect(status).toBe('running');
    expect(readFileSync(pidFile, 'utf8')).toBe(String(pid));
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(bundle.spec.linux.cgroupsPath);
    const { opts } = criu.requests().at(-1) ?? {};
    expect(opts).toMatchObject({
      rst_sibling: true, evasive_devices: true, log_file: 'restore.log', notify_scripts: true, manage_cgroups: true,
      inherit_fd: [{ key: 'pipe:[11]', fd: 1 }, { key: 'pipe:[12]', fd: 2 }],
    });
    const roots = opts?.['cg_root'] as { path: string }[];
    expect(new Set(roots.map(({ path }) => path))).toEqual(new Set([bundle.spec.linux.cgroupsPath]));
    await succeed(['kill', bundle.id, 'KILL']);
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('tells CRIU of bind mounts and namespaces, and makes what is missing of the rootfs', async () => {
    const bundle = sleeper((spec) => {
      spec.mounts.push({ destination: '/not/yet', type: 'bind', source: '/usr', options: ['rbind', 'ro'] });
      const others = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'ipc');
      const network = { type: 'network', path: '/proc/self/ns/net' } as const;
      const joined = [network, { type: 'ipc', path: '/proc/self/ns/ipc' } as const];
      spec.linux.namespaces = [...others, ...joined];
    });
    const criu = fakeCriu({ run });
    await succeed(restoreArguments(criu, bundle, '--detach', '--lsm-profile', 'apparmor:x'), { env: criu.env });
    const { opts } = criu.requests().at(-1) ?? {};
    expect(opts?.['external']).toContain('mnt[/not/yet]:/usr');
    expect(opts).toMatchObject({
      lsm_profile: 'apparmor:x', join_ns: [{ ns: 'ipc', ns_file: '/proc/self/ns/ipc' }],
    });
    expect(opts?.['inherit_fd']).toContainEqual({ key: 'extRootNetNS', fd: 4 });
    expect(statSync(join(bundle.rootfs, 'not/yet')).isDirectory()).toBe(true);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bundle.rootfs);
  });

  test('in the foreground waits for the process and deletes the container', async () => {
    const [bundle, criu] = [sleeper(), fakeCriu({ run: ['/bin/sh', '-c', 'exit 7'] })];
    const watch = watchHost(bundle);
    const result = await runtime(restoreArguments(criu, bundle), { env: criu.env });
    expect(result).toMatchObject({ status: 7, stderr: '' });
    await watch.nothingLeft();
  });

  test('in the foreground passes signals on', async () => {
    const [bundle, criu] = [sleeper(), fakeCriu({ run })];
    const { child, ended } = startRuntime(restoreArguments(criu, bundle), { env: criu.env });
    await eventually(() => runtime(['state', bundle.id]), ({ stdout }) => stdout.includes('"running"'));
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ status: 128 + 15 });
  });

  test('sends the terminal to the console socket', async () => {
    const bundle = sleeper((spec) => { spec.process.terminal = true; });
    const criu = fakeCriu({ run, terminal: true });
    const path = join(criu.directory, 'console');
    const { receive } = listenForConsole(path);
    await succeed(restoreArguments(criu, bundle, '--detach', '--console-socket', path), { env: criu.env });
    const { name } = await receive();
    expect(name).toBe('/dev/ptmx');
  });

  test('leaves nothing when CRIU fails', async () => {
    const [bundle, criu] = [sleeper(), fakeCriu({ fail: ['(0.1) Error (criu/x.c:1): broken images'] })];
    const watch = watchHost(bundle);
    const message = await refusal(restoreArguments(criu, bundle, '--detach'), { env: criu.env });
    expect(message).toContain('criu failed: type RESTORE errno 22');
    expect(message).toContain(`Error (criu/x.c:1): broken images (log file: ${criu.directory}/work/restore.log)`);
    await watch.nothingLeft();
  });

  test('runs the hooks of the runtime, and poststop when one fails', async () => {
    const bundle = sleeper((spec) => {
      const shell = (script: string): { path: string; args: string[] } =>
        ({ path: '/bin/sh', args: ['sh', '-c', script] });
      spec.hooks = {
        createRuntime: [shell('cat >hook-state; exit 3')],
        createContainer: [shell('touch not-this-one')],
        poststop: [shell('touch stopped')],
      };
    });
    const criu = fakeCriu({ run });
    const watch = watchHost(bundle);
    const message = await refusal(restoreArguments(criu, bundle, '--detach'), { env: criu.env });
    expect(message).toContain('/hooks/createRuntime');
    const told = JSON.parse(readFileSync(join(bundle.directory, 'hook-state'), 'utf8')) as Record<string, unknown>;
    expect(told).toMatchObject({ id: bundle.id, status: 'creating' });
    expect(existsSync(join(bundle.directory, 'stopped'))).toBe(true);
    expect(existsSync(join(bundle.directory, 'not-this-one'))).toBe(false);
    await watch.nothingLeft();
  });

  test('refuses an id that is taken, and images that are none', async () => {
    const [bundle, criu] = [sleeper(), fakeCriu({ run })];
    await startBundle(bundle);
    expect(await refusal(restoreArguments(criu, bundle), { env: criu.env })).toContain('already exists');
    const args = ['restore', '--bundle', bundle.directory, '--image-path', '/nowhere', 'other'];
    expect(await refusal(args, { env: criu.env })).toContain('cannot read "/nowhere/descriptors.json"');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });
});
