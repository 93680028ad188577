// exec as engines use it: detached, with a pid file, descriptors, a log; and that nothing of the command is left.

import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { proc } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { exec, execAsk, execDetached, execFailure, execRefusal, startHost, untilEnded } from '../support/exec.ts';
import { eventually, outputOf, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import {
  commandOf, configured, globalOptions, type Result, runProgram, runtime, runtimeName, startProgram, stateRoot,
} from '../support/runtime.ts';
import { pidfdReceiver } from '../support/service-manager.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const pythonTest = requires('root', 'cgroups', 'busybox', 'python3');
/** runc 1.1.5 has no --pidfd-socket. */
const pidfdTest = requires('root', 'cgroups', 'busybox', 'nunc', 'python3');

/** The command line of an exec, for what runs it in its own way. */
function command(bundle: Bundle, options: readonly string[], ...argv: readonly string[]): string[] {
  return [...commandOf(configured), ...globalOptions(stateRoot()), 'exec', ...options, bundle.id, ...argv];
}

/** Runs an exec from a shell script in which `"$@"` is its command line. */
function fromShell(script: string, argv: readonly string[], output?: string): Promise<Result> {
  return runProgram(['sh', '-c', script, 'sh', ...argv], output === undefined ? {} : { output });
}

describe('exec --detach', () => {
  test('returns while the process runs; the pid file has its pid and nothing else', async () => {
    const bundle = await startHost();
    const watch = watchHost(bundle);
    const pid = await execDetached(bundle, ['sleep', '2000']);
    expect(readFileSync(join(bundle.directory, 'exec-pid'), 'utf8')).toBe(String(pid));
    expect(proc(pid, 'cmdline')).toBe('sleep\x002000\0');
    process.kill(pid, 'SIGKILL');
    await untilEnded(pid);
    await watch.nothingLeft();
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('returns 0 whatever becomes of the process', async () => {
    const bundle = await startHost();
    expect(await exec(bundle, ['sh', '-c', 'exit 9'], { options: ['-d'] })).toMatchObject({ status: 0 });
  });

  test('the pid file is there when a foreground exec\'s process runs, and stays', async () => {
    const bundle = await startHost();
    const file = join(bundle.directory, 'exec-pid');
    writeFileSync(file, 'of somebody else\n');
    const inner = await execAsk(bundle, 'cut -d " " -f 1 /proc/self/stat; readlink /proc/self', {
      options: ['--pid-file', file],
    });
    expect(inner).toMatch(/^\d+\n\d+$/);
    expect(readFileSync(file, 'utf8')).toMatch(/^\d+$/);
  });

  test('a pid file that can\'t be written fails exec, and the process ends', async () => {
    const bundle = await startHost();
    const watch = watchHost(bundle);
    const message = await execRefusal(bundle, ['sleep', '1000'], { options: ['-d', '--pid-file', '/no/such/file'] });
    expect(message).toMatch(/no such file or directory$/);
    await watch.nothingLeft();
  });

  pythonTest('the process becomes its caller\'s subreaper\'s, which gets its status', async () => {
    const bundle = await startHost();
    const file = join(bundle.directory, 'exec-pid');
    const reaper = [
      'import ctypes, os, subprocess, sys', 'ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)',
      'subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)',
      'pid, status = os.wait()', 'print(pid, os.waitstatus_to_exitcode(status))',
      'try: print(os.wait())', 'except ChildProcessError: print("no more")',
    ].join('\n');
    const argv = command(bundle, ['-d', '--pid-file', file], 'sh', '-c', 'sleep 0.3; exit 11');
    const { stdout } = await runProgram(['python3', '-c', reaper, ...argv]);
    expect(stdout).toBe(`${readFileSync(file, 'utf8')} 11\nno more\n`);
  });

  test('no helper holds the streams when the process has closed them', async () => {
    const bundle = await startHost();
    const script = '"$@"; echo status $?';
    const argv = command(bundle, ['-d'], 'sh', '-c', 'exec >&- 2>&- <&-; exec sleep 1000');
    const running = startProgram(['sh', '-c', script, 'sh', ...argv]);
    const closed = new Promise((done) => running.child.once('close', done));
    expect(await running.ended).toMatchObject({ stdout: 'status 0\n' });
    await closed;
    const [, pid] = JSON.parse(await succeed(['ps', '--format', 'json', bundle.id])) as number[];
    expect(proc(pid ?? 0, 'cmdline')).toBe('sleep\x001000\0');
  });

  test('deletes with the container, and leaves nothing', async () => {
    const bundle = await startHost();
    const pids = [await execDetached(bundle, ['sleep', '1000']), await execDetached(bundle, ['sleep', '1000'])];
    await succeed(['delete', '--force', bundle.id]);
    for (const pid of pids) await untilEnded(pid);
  });
});

/** Descriptors of a process that has become the program: number and target. */
function descriptorsOf(pid: number): Record<string, string> {
  const directory = `/proc/${pid}/fd`;
  return Object.fromEntries(readdirSync(directory).map((name) => [name, readlinkSync(`${directory}/${name}`)]));
}

describe('exec gives the process', () => {
  test('standard streams and nothing else, however careless the caller', async () => {
    const bundle = await startHost();
    const file = join(bundle.directory, 'exec-pid');
    const argv = command(bundle, ['-d', '--pid-file', file], 'sleep', '1000');
    const script = 'exec 3</ 5</etc 9</tmp; exec "$@" </dev/null';
    expect(await fromShell(script, argv, outputOf(bundle))).toMatchObject({ status: 0 });
    const pid = Number(readFileSync(file, 'utf8'));
    // runc does not wait for its execve.
    await eventually(() => proc(pid, 'cmdline'), (words) => words.startsWith('sleep'));
    expect(descriptorsOf(pid)).toEqual({ 0: '/dev/null', 1: outputOf(bundle), 2: outputOf(bundle) });
  });

  test('as many descriptors as --preserve-fds says', async () => {
    const bundle = await startHost();
    for (const name of ['one', 'two']) writeFileSync(join(bundle.directory, name), `${name}\n`);
    const script = `cd ${bundle.directory}; exec 3<one 4<two 5</etc 6</; exec "$@"`;
    const argv = command(bundle, ['--preserve-fds', '2'], 'sh', '-c', 'cat <&3; cat <&4; ls /proc/$$/fd; true');
    expect((await fromShell(script, argv)).stdout).toBe('one\ntwo\n0\n1\n2\n3\n4\n');
  });

  test('a preserved descriptor is refused when it is not there', async () => {
    const bundle = await startHost();
    const result = await fromShell('exec 3</dev/null; exec "$@"', command(bundle, ['--preserve-fds', '30'], 'true'));
    // runc 1.1.5 has a status and a message of its own for this.
    if (runtimeName === 'nunc') expect(execFailure(result)).toMatch(/descriptor/);
    else expect(result.status).not.toBe(0);
  });

  test('nothing of $LISTEN_FDS, which is for the container\'s own', async () => {
    const bundle = await startHost();
    const script = 'exec 3</etc/passwd; LISTEN_FDS=1; LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; exec "$@"';
    const argv = command(bundle, [], 'sh', '-c', 'echo ${LISTEN_FDS-unset}; ls /proc/$$/fd; true');
    expect((await fromShell(script, argv)).stdout).toBe('unset\n0\n1\n2\n');
  });

  test('streams that are its user\'s, which can open /dev/stdout anew', async () => {
    const bundle = await startHost();
    const output = outputOf(bundle);
    const script = 'echo once; echo again >>/proc/self/fd/1';
    expect(await exec(bundle, ['sh', '-c', script], { options: ['-u', '1000'], output })).toMatchObject({ status: 0 });
    expect(readFileSync(output, 'utf8')).toBe('once\nagain\n');
  });

  nuncTest('a closed standard input, which stays closed or becomes /dev/null', async () => {
    const bundle = await startHost();
    const argv = command(bundle, [], 'sh', '-c', 'readlink /proc/$$/fd/0 || echo closed; ls /proc/$$/fd; true');
    expect((await fromShell('exec "$@" <&-', argv)).stdout).toMatch(/^(closed|\/dev\/null)\n(0\n)?1\n2\n$/);
  });

  test('a session of its own without a terminal, and no environment of the caller\'s', async () => {
    const bundle = await startHost((spec) => void (spec.process.env = ['PATH=/bin', 'HOME=/']));
    const argv = command(bundle, [], 'sh', '-c', [
      'cut -d " " -f 1,5,6,7 /proc/$$/stat', 'tr "\\0" "\\n" </proc/$$/environ', 'pwd', 'true',
    ].join('\n'));
    const { stdout } = await fromShell('trap "" HUP PIPE USR1; LEAKED=1; export LEAKED; cd /etc; exec "$@"', argv);
    const [stat = '', ...rest] = stdout.trimEnd().split('\n');
    const [pid, group, session, terminal] = stat.split(' ');
    expect([group, session, terminal]).toEqual([pid, pid, '0']);
    expect(rest).toEqual(['PATH=/bin', 'HOME=/', '/']);
  });
});

// runc, a Go program, passes on what its caller ignores.
nuncTest('exec gives the process the default of all signals', async () => {
  const bundle = await startHost();
  const argv = command(bundle, [], 'grep', '-E', '^Sig(Blk|Ign|Cgt)', '/proc/self/status');
  const { stdout } = await fromShell('trap "" HUP PIPE USR1; exec "$@"', argv);
  expect(stdout.trimEnd().split('\n').map((line) => line.split('\t')[1])).toEqual(Array(3).fill('0'.repeat(16)));
});

describe('exec --pidfd-socket', () => {
  for (const detach of [false, true]) {
    pidfdTest(`sends a pidfd of the process and "setns", ${detach ? 'detached' : 'in the foreground'}`, async () => {
      const bundle = await startHost();
      const path = join(bundle.directory, 'pidfd');
      const receiver = await pidfdReceiver(path);
      const file = join(bundle.directory, 'exec-pid');
      const options = [...detach ? ['-d'] : [], '--pidfd-socket', path, '--pid-file', file];
      const running = exec(bundle, ['sleep', '1000'], { options, output: outputOf(bundle) });
      await eventually(() => existsSync(file), (there) => there);
      // It kills what it got.
      const received = await receiver.received();
      expect(received).toEqual({ message: 'setns', pids: [Number(readFileSync(file, 'utf8'))], rest: '' });
      expect(await running).toMatchObject({ status: detach ? 0 : 137 });
      await untilEnded(received.pids[0] ?? 0);
    });
  }

  pidfdTest('fails before anything runs when nobody listens', async () => {
    const bundle = await startHost();
    const watch = watchHost(bundle);
    const options = ['--pidfd-socket', join(bundle.directory, 'nobody')];
    expect(await execRefusal(bundle, ['touch', '/made'], { options })).toMatch(/nobody": no such file or directory$/);
    expect(existsSync(join(bundle.rootfs, 'made'))).toBe(false);
    await watch.nothingLeft();
  });
});

describe('exec with --log', () => {
  const log = (bundle: Bundle): string => join(bundle.directory, 'log.json');

  function logged(bundle: Bundle, ...argv: readonly string[]): Promise<Result> {
    const logOptions = ['--log', log(bundle), '--log-format', 'json'];
    return runProgram([...commandOf(configured), ...logOptions, ...globalOptions(stateRoot()), 'exec', ...argv]);
  }

  test('writes the root cause as its last record, on one line, and the message to stderr', async () => {
    const bundle = await startHost();
    const cases = [
      [[bundle.id, 'nosuch\nprogram'], /^exec failed: .*executable file not found in \$PATH/],
      [['--cwd', '/missing', bundle.id, 'id'], /^exec failed: .*no such file or directory/],
      [['missing', 'id'], /^exec failed: container does not exist/],
      [['-u', 'x', bundle.id, 'id'], /^exec failed: .*x/],
    ] as const;
    for (const [argv, message] of cases) {
      writeFileSync(log(bundle), '');
      const { status, stderr } = await logged(bundle, ...argv);
      expect(status).toBe(255);
      const text = readFileSync(log(bundle), 'utf8');
      const record = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Record<string, string>;
      expect(record).toMatchObject({ level: 'error', msg: expect.stringMatching(message) as string });
      expect(stderr).toMatch(new RegExp(message.source, 'm'));
      // podman takes the whole file for one record.
      if (runtimeName === 'nunc') expect(text.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  test('writes nothing when all is well', async () => {
    const bundle = await startHost();
    expect(await logged(bundle, bundle.id, 'sh', '-c', 'exit 4')).toMatchObject({ status: 4, stderr: '' });
    expect(existsSync(log(bundle)) ? readFileSync(log(bundle), 'utf8') : '').toBe('');
  });

  test('resolves relative paths in the caller\'s directory', async () => {
    const bundle = await startHost();
    expect(await runtime(['exec', '--pid-file', 'relative-pid', bundle.id, 'true'], { cwd: bundle.directory }))
      .toMatchObject({ status: 0 });
    expect(readFileSync(join(bundle.directory, 'relative-pid'), 'utf8')).toMatch(/^\d+$/);
  });
});
