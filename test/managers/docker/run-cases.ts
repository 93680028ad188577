// docker run: what a command is given, and what comes back of it.

import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import {
  answerOf, atTerminal, becomes, box, dockerCase, IMAGE, inspect, logged, refusalOf, slowCase, start, startClient,
  succeed, tryBox,
} from './words.ts';

export const runCases = [
  slowCase('run: passes on the exit status', async (docker) => {
    const statuses = [];
    for (const status of ['0', '1', '7', '126', '255']) {
      statuses.push((await tryBox(docker, [], 'sh', '-c', `exit ${status}`)).status);
    }
    expect(statuses).toEqual([0, 1, 7, 126, 255]);
    return statuses;
  }),

  dockerCase('run: refuses what can not be executed, with 125, 126 or 127', async (docker) => {
    const refusals = [];
    for (const program of ['nosuch', '/no/such', '/etc', '/etc/passwd', '/etc/passwd/x']) {
      refusals.push({ program, ...refusalOf(await tryBox(docker, [], program)) });
    }
    const wrongName = await tryBox(docker, ['--no-such-option'], 'true');
    return [...refusals, { program: 'wrong option', status: wrongName.status }];
  }),

  dockerCase('run: keeps output and errors apart', async (docker) => {
    const answer = await tryBox(docker, [], 'sh', '-c', 'echo out; echo error >&2');
    expect(answer).toEqual({ status: 0, out: 'out', error: 'error' });
    return answer;
  }),

  dockerCase('run -i: reads all of its input, to the end', async (docker) => {
    const input = `${'x'.repeat(1023)}\n`.repeat(1024);
    const args = ['run', '--rm', '--network', 'none', '--interactive', IMAGE, 'sh', '-c', 'wc -c; echo end'];
    const out = await succeed(docker, args, { input });
    expect(out).toBe('1048576\nend');
    return out;
  }),

  slowCase('run: writes much', async (docker) => {
    const lines = await box(docker, [], 'seq 100000');
    expect(lines).toHaveLength(100_000);
    return lines.at(-1);
  }),

  dockerCase('run -it: has a terminal, and passes on its status', async (docker) => {
    const script = 'tty; ls -l /proc/self/fd/0 | sed "s/.*-> //"; read line; echo "<$line>"; exit 5';
    const session = atTerminal(docker, ['run', '--rm', '--network', 'none', '-it', IMAGE, 'sh', '-c', script]);
    await session.sees(/\/dev\/pts.*\n.*\/dev\/pts/);
    session.type('hello\n');
    const { status } = await session.ended;
    expect(status).toBe(5);
    return { status, shown: session.shown() };
  }),

  slowCase('run -it: follows the size of the window', async (docker) => {
    const script = 'trap "stty size" WINCH; echo ready; while :; do sleep 0.05; done';
    const session = atTerminal(docker, ['run', '--rm', '--network', 'none', '-it', IMAGE, 'sh', '-c', script]);
    await session.sees('ready');
    // The client of docker 20.10 loses changes that come early.
    let rows = 30;
    const resize = (): string => {
      session.resize({ rows: rows++, columns: 120 });
      return session.shown();
    };
    return /\d\d 120/.test(await eventually(resize, (shown) => shown.includes(' 120'), 20_000));
  }),

  dockerCase('run -it: Ctrl-C reaches the process', async (docker) => {
    const script = 'trap "echo interrupted; exit 3" INT; echo ready; while :; do sleep 0.05; done';
    const args = ['run', '--rm', '--network', 'none', '-it', IMAGE, 'sh', '-c', script];
    const session = atTerminal(docker, args);
    await session.sees('ready');
    session.type('\x03');
    const { status } = await session.ended;
    return { status, interrupted: session.shown().includes('interrupted') };
  }),

  dockerCase('run -t -u: the terminal is the user\'s', async (docker) => {
    const lines = await box(docker, ['--tty', '--user', '1000'], 'echo written >"$(tty)"; stat -c "%u %g %a" "$(tty)"');
    const shown = lines.map((line) => line.trim());
    expect(shown[0]).toBe('written');
    return shown;
  }),

  slowCase('run: without -t there is no terminal', async (docker) => {
    return (await box(docker, [], 'tty; ls -l /dev/console /dev/tty 2>&1 | sed "s/ root .*//"'));
  }),

  dockerCase('run: sets environment, directory, host name and hosts', async (docker) => {
    const options = [
      '--env', 'A=1', '--env', 'B=two words', '--workdir', '/not/there/yet', '--hostname', 'zed',
      '--domainname', 'example.org', '--label', 'x=y',
    ];
    return box(docker, options, 'env | grep -v ^SHLVL | sort; pwd; hostname; hostname -f; '
      + 'cat /etc/hostname /proc/sys/kernel/domainname');
  }),

  slowCase('run: uses the settings of the image', async (docker) => {
    const file = [
      `FROM ${IMAGE}`, 'ENV FROM=image', 'WORKDIR /srv', 'USER 1000:1000',
      'ENTRYPOINT ["sh", "-c", "echo $0 $FROM; pwd; id -u"]', 'CMD ["by default"]', '',
    ].join('\n');
    await succeed(docker, ['build', '--quiet', '--tag', 'settings', '-'], { input: file });
    const plain = await succeed(docker, ['run', '--rm', 'settings']);
    const changed = await succeed(docker, ['run', '--rm', '--env', 'FROM=run', 'settings', 'given']);
    const other = await succeed(docker, ['run', '--rm', '--entrypoint', 'pwd', 'settings']);
    return [plain, changed, other];
  }),

  dockerCase('run -d, attach, logs and wait', async (docker) => {
    await succeed(docker, ['run', '--detach', '--interactive', '--network', 'none', '--name', 'one', IMAGE, 'sh', '-c',
      // The daemon takes input from a client before it has output for it, and drops that at the end.
      'read line; sleep 0.5; echo "got $line"; echo failed >&2; sleep 0.5; exit 9']);
    const waiting = startClient(docker, ['wait', 'one']);
    const attached = answerOf(await docker.docker(['attach', 'one'], { input: 'a line\n' }));
    const waited = answerOf(await waiting.ended);
    expect(waited.out).toBe('9');
    const logs = answerOf(await docker.docker(['logs', 'one']));
    return { attached, waited, logs };
  }),

  slowCase('attach: is left with the detach keys, and the container goes on', async (docker) => {
    await succeed(docker, ['run', '--detach', '--interactive', '--tty', '--network', 'none', '--name', 'one', IMAGE,
      'cat']);
    const session = atTerminal(docker, ['attach', 'one']);
    session.type('echo\n');
    await session.sees(/echo\necho/);
    session.type('\x10\x11');
    const { status } = await session.ended;
    return { status, running: await inspect(docker, 'one', '.State.Running') };
  }),

  slowCase('logs: the last lines, and follows to the end', async (docker) => {
    await start(docker, 'one', [], 'seq 10; while [ ! -e /go ]; do sleep 0.05; done; echo last');
    await logged(docker, 'one', '10');
    const tail = await succeed(docker, ['logs', '--tail', '2', 'one']);
    const following = startClient(docker, ['logs', '--follow', '--tail', '1', 'one']);
    await succeed(docker, ['exec', 'one', 'touch', '/go']);
    return { tail, followed: answerOf(await following.ended) };
  }),

  slowCase('create and start: attached to what was created before', async (docker) => {
    await succeed(docker, ['create', '--name', 'one', '--network', 'none', IMAGE, 'sh', '-c', 'echo begun; exit 4']);
    const created = await inspect(docker, 'one', '.State.Status');
    const first = answerOf(await docker.docker(['start', '--attach', 'one']));
    const second = answerOf(await docker.docker(['start', '--attach', 'one']));
    return { created, first, second, status: await inspect(docker, 'one', '.State.Status') };
  }),

  dockerCase('start: what has failed to start can be looked at, and removed', async (docker) => {
    const refusal = refusalOf(answerOf(await docker.docker(['run', '--name', 'one', '--network', 'none', IMAGE,
      'nosuch'])));
    const code = await inspect(docker, 'one', '.State.ExitCode');
    const status = await inspect(docker, 'one', '.State.Status');
    await succeed(docker, ['rm', 'one']);
    return { refusal, code, status };
  }),

  slowCase('run --rm: the container is gone', async (docker) => {
    await tryBox(docker, ['--name', 'one'], 'true');
    await eventually(() => succeed(docker, ['ps', '--all', '--quiet']), (ids) => ids === '');
    return (await docker.docker(['inspect', 'one'])).status;
  }),

  slowCase('run --init: the process has a parent that buries orphans', async (docker) => {
    const script = 'cat /proc/1/comm; sh -c "true & exec sleep 0.2" & (sleep 0 &); wait; sleep 0.1; '
      + 'ps | grep -c "\\[true\\]"';
    return box(docker, ['--init'], `${script}; exit 0`);
  }),

  dockerCase('run --init: signals are passed on', async (docker) => {
    await start(docker, 'one', ['--init'], 'trap "echo told; exit 6" TERM; echo ready; while :; do sleep 0.05; done');
    await logged(docker, 'one', 'ready');
    await succeed(docker, ['stop', '--time', '20', 'one']);
    return { code: await inspect(docker, 'one', '.State.ExitCode'), logs: await succeed(docker, ['logs', 'one']) };
  }),

  slowCase('run: a signal to the client reaches the process', async (docker) => {
    const script = 'trap "echo told; exit 8" TERM; echo ready; while :; do sleep 0.05; done';
    const client = startClient(docker, ['run', '--rm', '--network', 'none', '--name', 'one', IMAGE, 'sh', '-c',
      script]);
    await eventually(() => docker.docker(['logs', 'one']), ({ stdout }) => stdout.includes('ready'), 30_000);
    client.child.kill('SIGTERM');
    return answerOf(await client.ended);
  }),

  slowCase('run: a name can be used once', async (docker) => {
    await start(docker, 'one', []);
    const refusal = refusalOf(await tryBox(docker, ['--name', 'one'], 'true'));
    await succeed(docker, ['rename', 'one', 'two']);
    await start(docker, 'one', []);
    await becomes(docker, 'two', '.State.Running', true);
    return refusal;
  }),

  slowCase('run --runtime: an unknown one is refused by the daemon', async (docker) => {
    const { status, error } = await tryBox(docker, ['--runtime', 'nosuch'], 'true');
    return { status, named: /[Uu]nknown runtime specified nosuch/.test(error) };
  }),

  slowCase('run: a program of a wrong format fails with the kernel\'s reason', async (docker) => {
    const script = 'printf "no program" >/program; chmod +x /program';
    await start(docker, 'one', [], script);
    await becomes(docker, 'one', '.State.Running', false);
    await succeed(docker, ['commit', 'one', 'wrong-format']);
    const answer = answerOf(await docker.docker(['run', '--rm', '--network', 'none', '--entrypoint', '/program',
      'wrong-format']));
    return refusalOf(answer);
  }, {
    difference: 'runc starts it and lets it exit with 1; nunc\'s start hears of the failure, and docker ends with 125',
  }),
];
