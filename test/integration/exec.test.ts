// exec: one more process in a container that runs, in the foreground of its caller: what is asked for by options and by
// a process.json, streams, signals, exit status, refusals.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { exec, execAsk, execRefusal, fileAsk, startHost } from '../support/exec.ts';
import { createBundle, eventually, stateOf, succeed, untilStatus, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtimeName, startRuntime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

const IDS = 'id -u; id -g; id -G';

describe('exec with a command', () => {
  test('runs it as the container\'s own process would be', async () => {
    const bundle = await startHost((spec) => {
      spec.process.env = ['PATH=/bin', 'OWN=value'];
      spec.process.cwd = '/tmp';
      spec.process.user = { uid: 1000, gid: 1001, additionalGids: [7, 8] };
    });
    const script = `pwd; echo $OWN; ${IDS}; grep -E "^(Cap|NoNew)" /proc/self/status`;
    const own = await execAsk(bundle, script);
    expect(own).toMatch(/^\/tmp\nvalue\n1000\n1001\n1001 7 8\n/);
    const { pid } = await stateOf(bundle.id);
    const inits = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').filter((line) => /^(Cap|NoNew)/.test(line));
    expect(own.split('\n').slice(-6)).toEqual(inits);
  });

  test('--cwd, --env, --user, --additional-gids', async () => {
    const bundle = await startHost((spec) => {
      spec.process.env = ['PATH=/bin', 'KEPT=1', 'CHANGED=1'];
      spec.process.user = { uid: 5, gid: 6, additionalGids: [7] };
    });
    // runc does not take both names of an option.
    const options = ['--cwd', '/etc', '--env', 'CHANGED=2', '--env', 'NEW=a=b c', '--env=EMPTY='];
    options.push('-u', '1000:1001', '-g', '8', '-g=9');
    const script = `pwd; echo "$KEPT $CHANGED $NEW \${EMPTY-unset}"; ${IDS}`;
    expect(await execAsk(bundle, script, { options })).toBe('/etc\n1 2 a=b c \n1000\n1001\n1001 7 8 9');
    expect(await execAsk(bundle, IDS, { options: ['--user', '1000'] })).toBe('1000\n6\n6 7');
  });

  test('--cap adds to what the process may do, and --no-new-privs takes away', async () => {
    const bundle = await startHost((spec) => void (spec.process.noNewPrivileges = false));
    const sets = 'grep -E "^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs)" /proc/self/status | cut -f 2';
    // CAP_KILL 5, CAP_NET_BIND_SERVICE 10, CAP_NET_RAW 13, CAP_AUDIT_WRITE 29.
    const [none, some] = ['0000000000000000', '0000000020002420'];
    expect(await execAsk(bundle, sets, { options: ['--cap', 'CAP_NET_RAW', '--cap', 'CAP_KILL'] }))
      .toBe([none, some, some, some, none, '0'].join('\n'));
    expect((await execAsk(bundle, sets, { options: ['--no-new-privs'] })).split('\n').at(-1)).toBe('1');
  });

  nuncTest('--no-new-privs=false takes back what the config has', async () => {
    const bundle = await startHost();
    const read = 'grep NoNewPrivs /proc/self/status | cut -f 2';
    expect(await execAsk(bundle, read)).toBe('1');
    expect(await execAsk(bundle, read, { options: ['--no-new-privs=false'] })).toBe('0');
  });

  test('passes options behind the container\'s id to the program', async () => {
    const bundle = await startHost();
    expect(await exec(bundle, ['echo', '-n', '--cwd', '/etc', '--', '-x'])).toMatchObject({
      status: 0, stdout: '--cwd /etc -- -x',
    });
  });

  test('arguments are passed on byte for byte', async () => {
    const bundle = await startHost();
    const words = ['', 'two words', '$HOME', '"quoted"', 'ünï', 'a\nb', '*'];
    const { stdout } = await exec(bundle, ['sh', '-c', 'for w; do printf "<%s>" "$w"; done', 'sh', ...words]);
    expect(stdout).toBe(words.map((word) => `<${word}>`).join(''));
  });
});

describe('exec --process', () => {
  test('runs what the file says: nothing of the container\'s process but what confines it', async () => {
    const bundle = await startHost((spec) => {
      spec.process.env = ['PATH=/bin', 'OWN=1'];
      spec.process.cwd = '/tmp';
      spec.process.user = { uid: 1000, gid: 1000 };
    });
    const script = `pwd; echo $OWN $MINE; ${IDS}; grep CapEff /proc/self/status | cut -f 2`;
    expect(await fileAsk(bundle, script, {
      env: ['PATH=/bin', 'MINE=2'],
      cwd: '/etc',
      user: { uid: 3, gid: 4, additionalGids: [5] },
    })).toBe('/etc\n2\n3\n4\n4 5\n0000000000000000');
  });

  test('reads the file whatever its capabilities and no_new_privs', async () => {
    const bundle = await startHost();
    const sets = ['CAP_NET_RAW'];
    const read = 'grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status | cut -f 2';
    expect(await fileAsk(bundle, read, {
      capabilities: { bounding: sets, effective: sets, permitted: sets }, noNewPrivileges: false,
    })).toBe('0000000000002000\n0000000000002000\n0');
  });

  test('refuses what is no process', async () => {
    const bundle = await startHost();
    const path = join(bundle.directory, 'bad.json');
    const refused = (text: string): Promise<string> => {
      writeFileSync(path, text);
      return execRefusal(bundle, [], { options: ['-p', path] });
    };
    expect(await refused('{')).toMatch(runtimeName === 'nunc' ? /^process: line 1, column 2: / : /unexpected/);
    expect(await refused('{"args": "x", "cwd": "/"}')).toMatch(/args/);
    expect(await refused('{"args": [], "cwd": "/"}')).toMatch(/args/);
    expect(await refused('{"args": ["id"], "cwd": "etc"}')).toMatch(/absolute/);
    expect(await execRefusal(bundle, [], { options: ['-p', '/no/such'] })).toMatch(/no such file or directory$/);
  });
});

describe('exec passes on', () => {
  test('the exit status, whatever it is', async () => {
    const bundle = await startHost();
    for (const status of [0, 1, 7, 126, 127, 255]) {
      expect(await exec(bundle, ['sh', '-c', `exit ${status}`])).toMatchObject({ status, stderr: '' });
    }
  });

  test('death by a signal as 128 + its number', async () => {
    const bundle = await startHost();
    for (const [name, number] of [['TERM', 15], ['KILL', 9], ['SEGV', 11], ['USR1', 10]] as const) {
      const ended = await exec(bundle, ['sh', '-c', `kill -${name} $$`]);
      expect(ended).toMatchObject({ status: 128 + number, signal: null });
    }
  });

  test('standard input and output, byte by byte, and apart from standard error', async () => {
    const bundle = await startHost();
    const input = randomBytes(8 * 2 ** 20);
    const { child, ended } = startRuntime(['exec', bundle.id, 'sh', '-c', 'cat; echo end >&2'], { input });
    const received = createHash('sha256');
    child.stdout?.on('data', (chunk: Buffer) => received.update(chunk));
    expect(await ended).toMatchObject({ status: 0, stderr: 'end\n' });
    expect(received.digest('hex')).toBe(createHash('sha256').update(input).digest('hex'));
  });

  test('signals, and ends as the process ends', async () => {
    const bundle = await startHost();
    const names = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'ALRM', 'CONT'];
    const traps = names.map((name) => `trap 'echo got ${name}' ${name}`).join('\n');
    const script = `${traps}\ntrap 'exit 43' TERM\necho ready\nwhile :; do sleep 0.02; done`;
    const output = join(bundle.directory, 'exec-output');
    const running = startRuntime(['exec', bundle.id, 'sh', '-c', script], { output });
    const said = (line: string): Promise<string> =>
      eventually(() => readFileSync(output, 'utf8'), (text) => text.split('\n').includes(line));
    await said('ready');
    for (const name of names) {
      running.child.kill(`SIG${name}` as NodeJS.Signals);
      await said(`got ${name}`);
    }
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ status: 43, signal: null });
  });

  test('the container\'s end as 128 + SIGKILL', async () => {
    const bundle = await startHost();
    const running = startRuntime(['exec', bundle.id, 'sh', '-c', 'echo ready; exec sleep 1000']);
    await new Promise((ready) => running.child.stdout?.once('data', ready));
    await succeed(['kill', bundle.id, 'KILL']);
    expect(await running.ended).toMatchObject({ status: 137 });
  });
});

/** What engines look for (managers.md, 6): the program's own failures. */
const PROGRAMS: readonly (readonly [argv: string[], message: RegExp])[] = [
  [['nosuch'], /^exec: "nosuch": executable file not found in \$PATH/],
  [['/no/such'], /^exec: "\/no\/such": stat \/no\/such: no such file or directory/],
  [['/etc/passwd'], /^exec: "\/etc\/passwd": permission denied/],
  [['/etc/passwd/x'], /^exec: "\/etc\/passwd\/x": stat \/etc\/passwd\/x: not a directory/],
];

describe('exec fails with 255, leaves nothing and the container alone, when', () => {
  test('the program can\'t be executed', async () => {
    const bundle = await startHost();
    const watch = watchHost(bundle);
    for (const [argv, message] of PROGRAMS) expect(await execRefusal(bundle, argv)).toMatch(message);
    await watch.nothingLeft();
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  nuncTest('the program has an unknown format, which runc finds too late for a message', async () => {
    const bundle = await startHost((_, { rootfs }) => writeFileSync(join(rootfs, 'bin/bad'), 'text', { mode: 0o755 }));
    expect(await execRefusal(bundle, ['bad'])).toMatch(/^exec: "bad": exec format error \(operation \d+ of \d+/);
    expect(await execRefusal(bundle, ['bad'], { options: ['--detach'] })).toMatch(/exec format error/);
  });

  test('the working directory is missing, a file, or not absolute', async () => {
    const bundle = await startHost();
    const refused = (cwd: string): Promise<string> => execRefusal(bundle, ['pwd'], { options: ['--cwd', cwd] });
    expect(await refused('/missing')).toContain('no such file or directory');
    expect(await refused('/etc/passwd')).toContain('not a directory');
    expect(await refused('etc')).toMatch(/absolute/);
  });

  test('there is no program', async () => {
    const bundle = await startHost();
    expect(await execRefusal(bundle, [])).toBe('process args cannot be empty');
  });

  test('there is no such container', async () => {
    const bundle = makeBundle();
    expect(await execRefusal(bundle, ['id'])).toMatch(/^container does not exist/);
  });

  test('the container has stopped', async () => {
    const bundle = await startHost();
    await succeed(['kill', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
    expect(await execRefusal(bundle, ['id'])).toBe('cannot exec in a stopped container');
  });
});

describe('exec in a container that is', () => {
  test('created runs the process, and start goes on as ever', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await createBundle(bundle);
    expect(await execAsk(bundle, 'hostname')).toBe('busybox');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'created' });
    await succeed(['start', bundle.id]);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('paused is refused, and goes on', async () => {
    const bundle = await startHost();
    await succeed(['pause', bundle.id]);
    expect(await execRefusal(bundle, ['id']))
      .toBe('cannot exec in a paused container (use --ignore-paused to override)');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'paused' });
    await succeed(['resume', bundle.id]);
    expect(await execAsk(bundle, 'echo $((1 + 1))')).toBe('2');
  });

  test('paused waits with --ignore-paused, and goes on when it is resumed', async () => {
    const bundle = await startHost();
    await succeed(['pause', bundle.id]);
    const running = startRuntime(['exec', '--ignore-paused', bundle.id, 'sh', '-c', 'echo resumed; exit 3']);
    let ended = false;
    void running.ended.then(() => { ended = true; });
    await eventually(() => processCount(bundle), (count) => count > 1);
    await delay(100);
    expect(ended).toBe(false);
    await succeed(['resume', bundle.id]);
    expect(await running.ended).toMatchObject({ status: 3, stdout: 'resumed\n' });
  });

  nuncTest('paused, with --ignore-paused, and the caller gives up: nothing of it is left', async () => {
    const bundle = await startHost();
    const watch = watchHost(bundle);
    await succeed(['pause', bundle.id]);
    const running = startRuntime(['exec', '--ignore-paused', bundle.id, 'touch', '/made']);
    await eventually(() => processCount(bundle), (count) => count > 1);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ signal: 'SIGTERM' });
    await succeed(['resume', bundle.id]);
    await watch.nothingLeft();
    expect(await execAsk(bundle, 'ls /made 2>&1; true')).toMatch(/No such file/);
  });
});

/** How many processes are in the container's pids or v2 cgroup. */
async function processCount({ id }: Bundle): Promise<number> {
  return (JSON.parse(await succeed(['ps', '--format', 'json', id])) as number[]).length;
}
