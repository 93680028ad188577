// nunc compile: what the command writes, and what the file does that a runtime would do otherwise. What is inside the
// container is for compile-compare.test.ts, and for every test that runs with RUNTIME=test/support/compiled/nunc.

import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, type BundleSpec, makeBundle, writeConfig } from '../support/bundle.ts';
import { cgroupsOf, compileBundle, runCompiled } from '../support/compiled.ts';
import { eventually, refusal, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runProgram, type Running, runtime, startProgram } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

function script(text: string, mutate?: (spec: BundleSpec) => void): Bundle {
  return makeBundle({ args: ['sh', '-c', text], ...(mutate === undefined ? {} : { mutate }) });
}

/** Starts a compiled bundle whose script says "ready". */
async function untilReady(file: string): Promise<Running & { readonly pid: number }> {
  const running = startProgram([file], { keepInputOpen: true });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  await new Promise<void>((ready) => running.child.stdout?.once('data', () => { ready(); }));
  return { ...running, pid: running.child.pid ?? 0 };
}

/** Nobody may be there to wait for an orphan. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Pids of the children of a process. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number).filter((n) => n > 0);
}

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

describe('the file', () => {
  test('passes standard streams, arguments and the exit status on, and leaves nothing', async () => {
    const bundle = script('cat; echo "$HOME $A" >&2; exit 7', (spec) => void spec.process.env?.push('A=b c'));
    const watch = watchHost(bundle);
    expect(await runCompiled(bundle, { input: 'some\ninput' })).toMatchObject({
      status: 7, signal: null, stdout: 'some\ninput', stderr: '/root b c\n',
    });
    rmSync(join(bundle.directory, bundle.id));
    await watch.nothingLeft();
  });

  test('runs without an environment, with a closed standard input, and from anywhere', async () => {
    const file = await compileBundle(script('read x; echo "status $?"; ls /proc/$$/fd; true'));
    const expected = 'status 1\n0\n1\n2\n';
    expect(await runProgram(['sh', '-c', 'exec "$0" <&-', file], { cwd: '/', env: {} })).toMatchObject({
      status: 0, stdout: expected, stderr: '',
    });
    // Neither are descriptors handed on.
    expect((await runProgram(['sh', '-c', 'exec "$0" 5</ 99</ <&-', file])).stdout).toBe(expected);
    expect(await runProgram(['sh', '-c', 'exec "$0" >&- 2>&-', file])).toMatchObject({ status: 0, stdout: '' });
  });

  test('gives the container a /dev/null of its own for those streams that are the host\'s', async () => {
    const file = await compileBundle(script('stat -Lc %d /proc/self/fd/0 /proc/self/fd/2 /dev/null'));
    const { stdout } = await runProgram(['sh', '-c', 'exec "$0" </dev/null 2>/dev/null', file]);
    const [input, errors, own] = stdout.trim().split('\n');
    expect([input, errors]).toEqual([own, own]);
    expect(Number(own)).not.toBe(statSync('/dev/null').dev);
  });

  test('starts the container without ignored and blocked signals', async () => {
    const bundle = makeBundle({ args: ['grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status'] });
    const file = await compileBundle(bundle);
    const command = 'import os, signal, sys; signal.pthread_sigmask(0, signal.valid_signals()); '
      + 'signal.signal(17, signal.SIG_IGN); signal.signal(1, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])';
    const { stdout, status } = await runProgram(['python3', '-c', command, file]);
    expect(status).toBe(0);
    expect(stdout).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  test('passes signals on, and ends with 128 and the signal that has ended the container', async () => {
    const bundle = script('trap "echo hup" HUP; trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.02; done');
    const running = await untilReady(await compileBundle(bundle));
    running.child.kill('SIGHUP');
    await delay(100);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ status: 5, stdout: 'ready\nhup\nterm\n' });
    expect(cgroupsOf(bundle)).toEqual([]);
  });

  test('ends with 128 and the signal that the container has died of', async () => {
    // The first process of a pid namespace dies of no other one that it does not want.
    const bundle = makeBundle({ args: ['sh', '-c', 'echo ready; sleep 100'] });
    const running = await untilReady(await compileBundle(bundle));
    process.kill(childrenOf(running.pid)[0] ?? 0, 'SIGKILL');
    expect(await running.ended).toMatchObject({ status: 137 });
    const shared = script('kill -USR1 $$', (spec) => {
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    });
    expect(await runCompiled(shared)).toMatchObject({ status: 138 });
  });

  test('takes the container along when it is killed, and clears up after that when it runs again', async () => {
    const bundle = script('echo ready; sleep 1000');
    const file = await compileBundle(bundle);
    const running = await untilReady(file);
    const [init = 0] = childrenOf(running.pid);
    running.child.kill('SIGKILL');
    await running.ended;
    await eventually(() => cgroupsOf(bundle).flatMap((path) => (
      readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter((pid) => pid !== '')
    )), (pids) => pids.length === 0);
    expect(isAlive(init)).toBe(false);
    expect(cgroupsOf(bundle)).not.toEqual([]);
    const again = await untilReady(file);
    again.child.kill('SIGKILL');
    await again.ended;
    bundle.spec.process.args = ['true'];
    writeConfig(bundle);
    // Killed processes may still be on their way out of the cgroup.
    await eventually(() => runCompiled(bundle), ({ status }) => status === 0);
    expect(cgroupsOf(bundle)).toEqual([]);
  });

  test('with an ordinary user inside, takes the container along too', async () => {
    const bundle = script('echo ready; sleep 1000', (spec) => void (spec.process.user = { uid: 1000, gid: 1000 }));
    const running = await untilReady(await compileBundle(bundle));
    const [init = 0] = childrenOf(running.pid);
    running.child.kill('SIGKILL');
    await eventually(() => isAlive(init), (alive) => !alive);
  });

  test('runs once at a time, and the second one says why', async () => {
    const bundle = script('echo ready; read x');
    const file = await compileBundle(bundle);
    const running = await untilReady(file);
    const second = await runProgram([file]);
    expect(second).toMatchObject({ status: 1, stdout: '' });
    expect(second.stderr).toMatch(
      /^nunc-bundle-\w+: cannot create the cgroup ".*": it is in use: is the container running already\? \(\/linux\/cgroupsPath\)\n$/,
    );
    running.child.stdin?.end();
    expect(await running.ended).toMatchObject({ status: 1 });
    expect(cgroupsOf(bundle)).toEqual([]);
  });

  test('of many that are started at once, exactly one runs', async () => {
    const bundle = script('sleep 1; echo ran');
    const file = await compileBundle(bundle);
    const results = await Promise.all(Array.from({ length: 8 }, () => runProgram([file])));
    expect(results.filter(({ stdout }) => stdout === 'ran\n')).toHaveLength(1);
    for (const { status, stderr } of results) if (status !== 0) expect(stderr).toMatch(/it is in use/);
    expect(cgroupsOf(bundle)).toEqual([]);
  });

  test('leaves a cgroup alone that no nunc has made', async () => {
    const bundle = script('echo');
    const { hierarchies } = probeHost();
    const place = (hierarchies[0]?.mountpoint ?? '') + (bundle.spec.linux.cgroupsPath ?? '');
    mkdirSync(place, { recursive: true });
    onTestFinished(() => {
      rmdirSync(place);
    });
    const { status, stderr } = await runCompiled(bundle);
    expect({ status, stderr }).toEqual({
      status: 1, stderr: `${bundle.id}: cannot create the cgroup "${place}": it exists, and no nunc has made it\n`,
    });
    expect(cgroupsOf(bundle)).toEqual([place]);
  });

  test('ends what outlives the first process where pids are shared', async () => {
    const bundle = script('(setsid sleep 1000 &) ; setsid sleep 1001 & echo out', (spec) => {
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    });
    const watch = watchHost(bundle, ['sleep 1000', 'sleep 1001']);
    expect(await runCompiled(bundle)).toMatchObject({ status: 0, stdout: 'out\n', stderr: '' });
    expect(cgroupsOf(bundle)).toEqual([]);
    rmSync(join(bundle.directory, bundle.id));
    await watch.nothingLeft();
  });

  test('removes the cgroups that the container has made', async () => {
    const bundle = script(
      'cd /sys/fs/cgroup; [ -d pids ] && cd pids; mkdir -p a/b/c d .e ..f a/.g; find . -type d | sort | tr "\\n" " "',
      (spec) => {
        const mount = spec.mounts.find(({ type }) => type === 'cgroup');
        if (mount === undefined) spec.mounts.push({ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup' });
        else mount.options = ['nosuid', 'noexec', 'nodev', 'relatime'];
      },
    );
    const { status, stdout, stderr } = await runCompiled(bundle);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe('. ./..f ./.e ./a ./a/.g ./a/b ./a/b/c ./d ');
    expect(cgroupsOf(bundle)).toEqual([]);
  });

  test('without cgroupsPath has its cgroups in /nunc, by its name', async () => {
    const bundle = script('cat /proc/self/cgroup', (spec) => {
      delete spec.linux.cgroupsPath;
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
    });
    const { stdout } = await runCompiled(bundle);
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(new RegExp(`:/nunc/${bundle.id}$`));
    const name = `nunc-test-compiled-${process.pid}`;
    const file = await compileBundle(bundle, ['--id', name]);
    expect((await runProgram([file])).stdout).toMatch(new RegExp(`^0::/nunc/${name}$`, 'm'));
  });

  test('is refused to another user than the one that has compiled it', async () => {
    const bundle = script('echo');
    const file = join(tmpdir(), `${bundle.id}-file`);
    await succeed(['compile', '--bundle', bundle.directory, '--output', file, '--id', bundle.id]);
    onTestFinished(() => {
      rmSync(file);
    });
    expect(await runProgram(['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups', file])).toMatchObject({
      status: 1, stdout: '',
      stderr: `${bundle.id}: cannot run: this container was compiled for the user with id 0\n`,
    });
  });

  test('is not what the container sees as its program', async () => {
    const bundle = script('readlink /proc/1/exe; echo ready');
    bundle.spec.process.args = ['/proc/self/exe'];
    writeConfig(bundle);
    // The sealed init, started once more, finds nobody that it could report to.
    const before = readFileSync(await compileBundle(bundle));
    const { status } = await runCompiled(bundle);
    expect(status).toBe(1);
    expect(readFileSync(join(bundle.directory, bundle.id)).equals(before)).toBe(true);
  });
});

describe('a failure', () => {
  test('of the program is told as nunc run tells it', async () => {
    const bundle = makeBundle({ args: ['no-such-program'] });
    const watch = watchHost(bundle);
    const { status, stderr } = await runCompiled(bundle);
    expect(status).toBe(1);
    const where = String.raw`\(operation \d+ of \d+: fail, /process/args/0\)`;
    expect(stderr).toMatch(
      new RegExp(String.raw`^${bundle.id}: exec: "no-such-program": executable file not found in \$PATH ${where}\n$`),
    );
    rmSync(join(bundle.directory, bundle.id));
    await watch.nothingLeft();
  });

  test('of a mount names it, its reason and its entry', async () => {
    const bundle = script('echo');
    const source = join(bundle.directory, 'source');
    mkdirSync(source);
    const index = bundle.spec.mounts.push({ destination: '/mnt', type: 'bind', source, options: ['bind'] }) - 1;
    writeConfig(bundle);
    const file = await compileBundle(bundle);
    expect(await runProgram([file])).toMatchObject({ status: 0 });
    rmdirSync(source);
    const { status, stderr } = await runProgram([file]);
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(
      String.raw`: cannot mount "${source}" at "/mnt": no such file or directory \(operation \d+ of \d+: \w+, /mounts/${index}\)\n$`,
    ));
    expect(cgroupsOf(bundle)).toEqual([]);
  });

  test('to execute, when the container is started, is told with its status', async () => {
    const bundle = script('');
    writeFileSync(join(bundle.rootfs, 'broken'), 'no program', { mode: 0o755 });
    bundle.spec.process.args = ['/broken'];
    writeConfig(bundle);
    const { status, stderr } = await runCompiled(bundle);
    expect(status).toBe(1);
    expect(stderr).toMatch(/: exec: "\/broken": exec format error \(operation \d+ of \d+: execve, \/process\/args\)\n$/);
  });
});
