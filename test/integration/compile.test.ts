// A compiled container: what the file does that a runtime would do otherwise. What is inside is for
// compile-compare.test.ts, and for every test that runs with RUNTIME=test/support/compiled/nunc.

import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { makeBundle, writeConfig } from '../support/bundle.ts';
import { cgroupsOf, compileBundle, runCompiled, script, untilReady } from '../support/compiled.ts';
import { eventually, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runProgram, startProgram } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

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
    const traps = 'trap "echo hup" HUP; trap "echo term; exit 5" TERM';
    const bundle = script(`${traps}; echo ready; while :; do sleep 0.02; done`);
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
      /^nunc-bundle-\w+: cannot create the cgroup ".*": it is in use: is the container running already\? \(\/.*\)\n$/,
    );
    running.child.stdin?.end();
    expect(await running.ended).toMatchObject({ status: 1 });
    expect(cgroupsOf(bundle)).toEqual([]);
  });

  test('of many that are started at once, exactly one runs', async () => {
    const bundle = script('read x; echo ran');
    const file = await compileBundle(bundle);
    const all = Array.from({ length: 8 }, () => startProgram([file], { keepInputOpen: true }));
    let refused = 0;
    for (const { ended } of all) void ended.then(() => (refused += 1));
    await eventually(() => refused, (count) => count >= 7);
    for (const { child } of all) child.stdin?.end('x\n');
    const results = await Promise.all(all.map(({ ended }) => ended));
    expect(results.filter(({ status, stdout }) => status === 0 && stdout === 'ran\n')).toHaveLength(1);
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
      `cd /sys/fs/cgroup; [ -d pids ] && cd pids
       mkdir -p a/b/c d .e ..f a/.g; find . -type d | sort | tr "\\n" " "`,
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
    const where = String.raw`\(operation \d+ of \d+: \w+, /mounts/${index}\)`;
    const what = `cannot mount "${source}" at "/mnt": no such file or directory`;
    expect(stderr).toMatch(new RegExp(`^${bundle.id}: ${what} ${where}\\n$`));
    expect(cgroupsOf(bundle)).toEqual([]);
  });

  test('to execute, when the container is started, is told with its status', async () => {
    const bundle = script('');
    writeFileSync(join(bundle.rootfs, 'broken'), 'no program', { mode: 0o755 });
    bundle.spec.process.args = ['/broken'];
    writeConfig(bundle);
    const { status, stderr } = await runCompiled(bundle);
    expect(status).toBe(1);
    const where = String.raw`\(operation \d+ of \d+: execve, /process/args\)`;
    expect(stderr).toMatch(new RegExp(`: exec: "/broken": exec format error ${where}\\n$`));
  });
});
