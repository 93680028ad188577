// docker exec, and what calls it: health checks.

import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import {
  answerOf, atTerminal, becomes, type Docker, dockerCase, inside, inspect, logged, onMachine, refusalOf, slowCase,
  start, succeed,
} from './words.ts';

async function tryExec(docker: Docker, args: readonly string[], input = '') {
  return answerOf(await docker.docker(['exec', ...args], { input }));
}

const IDENTITY = 'grep -E "^(Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp):" /proc/self/status';

function namespacesOf(process: string): string {
  return `for name in cgroup ipc mnt net pid user uts; do readlink /proc/${process}/ns/$name; done`;
}

export const execCases = [
  dockerCase('exec: input, output, errors and status', async (docker) => {
    await start(docker, 'one', []);
    const answer = await tryExec(docker, ['-i', 'one', 'sh', '-c', 'cat; echo error >&2; exit 6'], 'given');
    expect(answer).toEqual({ status: 6, out: 'given', error: 'error' });
    return answer;
  }),

  slowCase('exec: refuses what can not be executed, and who is not there', async (docker) => {
    await start(docker, 'one', []);
    const refusals = [];
    for (const program of ['nosuch', '/no/such', '/etc', '/etc/passwd']) {
      // docker says it on standard output.
      const { status, out, error } = await tryExec(docker, ['one', program]);
      refusals.push({ program, ...refusalOf({ status, out, error: out + error }) });
    }
    const noUser = await tryExec(docker, ['--user', 'nosuch', 'one', 'true']);
    return { refusals, noUser: noUser.status, running: await inspect(docker, 'one', '.State.Running') };
  }),

  dockerCase('exec: user, groups, environment and directory', async (docker) => {
    await start(docker, 'one', ['--group-add', '5', '--env', 'FROM=run', '--workdir', '/srv']);
    const script = `id; pwd; env | grep -v ^SHLVL | grep -v ^HOSTNAME= | sort; ${IDENTITY}`;
    const plain = await inside(docker, 'one', script);
    const options = ['--user', '1000:1000', '--env', 'FROM=exec', '--env', 'NEW=1', '--workdir', '/tmp'];
    const other = await tryExec(docker, [...options, 'one', 'sh', '-c', script]);
    const byName = await tryExec(docker, ['--user', 'user', 'one', 'sh', '-c', script]);
    expect(byName.out).toContain('uid=1000(user)');
    return { plain, other, byName };
  }),

  dockerCase('exec -it: has a terminal of its own, which is the user\'s', async (docker) => {
    await start(docker, 'one', []);
    const script = 'tty; stat -c "%u %g %a" $(tty); echo written >$(tty); read line; echo "<$line>"; exit 5';
    const session = atTerminal(docker, ['exec', '-it', '--user', '1000', 'one', 'sh', '-c', script]);
    await session.sees('written');
    session.type('hello\n');
    const { status } = await session.ended;
    return { status, shown: session.shown() };
  }),

  slowCase('exec -it: follows the size of the window', async (docker) => {
    await start(docker, 'one', []);
    const script = 'trap "stty size" WINCH; echo ready; while :; do sleep 0.05; done';
    const session = atTerminal(docker, ['exec', '-it', 'one', 'sh', '-c', script]);
    await session.sees('ready');
    let rows = 30;
    const resize = (): string => {
      session.resize({ rows: rows++, columns: 120 });
      return session.shown();
    };
    return /\d\d 120/.test(await eventually(resize, (shown) => shown.includes(' 120'), 20_000));
  }),

  slowCase('exec: is in the container\'s namespaces and cgroups', async (docker) => {
    await start(docker, 'one', ['--cgroupns', 'private']);
    const first = await inside(docker, 'one', namespacesOf('1'));
    expect(await inside(docker, 'one', namespacesOf('self'))).toEqual(first);
    const id = await inspect(docker, 'one', '.Id');
    await succeed(docker, ['exec', '--detach', 'one', 'sleep', '999']);
    const cgroups = await eventually(
      () => onMachine(docker, 'for pid in $(pidof sleep); '
        + 'do grep -q 999 /proc/$pid/cmdline && cat /proc/$pid/cgroup; done; true'),
      (text) => text !== '',
    );
    return { same: true, cgroups: cgroups.replaceAll(String(id), 'ID').replaceAll(docker.places.mark, 'PARENT') };
  }),

  dockerCase('exec: has the container\'s rights and limits', async (docker) => {
    const options = [
      '--cap-drop', 'ALL', '--cap-add', 'CHOWN', '--security-opt', 'no-new-privileges', '--ulimit', 'nofile=99:99',
      '--oom-score-adj', '321',
    ];
    await start(docker, 'one', options);
    return inside(docker, 'one', `${IDENTITY}; ulimit -n; cat /proc/self/oom_score_adj`);
  }),

  dockerCase('exec -d: goes on without a client, and is in top', async (docker) => {
    await start(docker, 'one', []);
    await succeed(docker, ['exec', '--detach', 'one', 'sleep', '777']);
    const top = await eventually(() => succeed(docker, ['top', 'one', '-o', 'pid,args']),
      (text) => text.includes('777'));
    return top.split('\n').map((line) => line.trim().replace(/^\d+ */, '')).sort();
  }),

  slowCase('exec: refused by a paused and by a stopped container', async (docker) => {
    await start(docker, 'one', []);
    await succeed(docker, ['pause', 'one']);
    const paused = refusalOf(await tryExec(docker, ['one', 'true']));
    await succeed(docker, ['unpause', 'one']);
    await succeed(docker, ['kill', 'one']);
    return { paused, stopped: refusalOf(await tryExec(docker, ['one', 'true'])) };
  }),

  slowCase('exec: ends when the container does', async (docker) => {
    await start(docker, 'one', []);
    const session = tryExec(docker, ['one', 'sh', '-c', 'touch /begun; sleep 500']);
    await eventually(() => tryExec(docker, ['one', 'test', '-e', '/begun']), ({ status }) => status === 0);
    await succeed(docker, ['kill', 'one']);
    return (await session).status;
  }),

  slowCase('exec: ten at once', async (docker) => {
    await start(docker, 'one', []);
    const numbers = Array.from({ length: 10 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((each) => tryExec(docker, ['one', 'sh', '-c', `echo ${each}; `
      + `exit ${each}`])));
    expect(answers.map(({ status }) => status)).toEqual(numbers);
    return answers;
  }),

  slowCase('exec: a thousand lines of input and output', async (docker) => {
    await start(docker, 'one', []);
    const input = 'line\n'.repeat(100_000);
    const { status, out } = await tryExec(docker, ['-i', 'one', 'sh', '-c', 'tee /tmp/copy | wc -l; '
      + 'wc -c </tmp/copy'], input);
    expect(out).toBe('100000\n500000');
    return { status, out };
  }),

  dockerCase('health checks: healthy, then unhealthy', async (docker) => {
    const options = ['--health-cmd', 'test -e /well && echo fine', '--health-interval', '200ms', '--health-retries',
      '2'];
    await start(docker, 'one', options, 'touch /well; sleep 1000');
    await becomes(docker, 'one', '.State.Health.Status', 'healthy');
    const output = await inspect(docker, 'one', '(index .State.Health.Log 0).Output');
    await inside(docker, 'one', 'rm /well');
    await becomes(docker, 'one', '.State.Health.Status', 'unhealthy');
    const log = await inspect(docker, 'one', '.State.Health.Log') as { ExitCode: number; Output: string }[];
    return { output, last: log.at(-1)?.ExitCode };
  }),

  slowCase('health checks: one that takes too long is killed', async (docker) => {
    const options = ['--health-cmd', 'sleep 600', '--health-interval', '200ms', '--health-timeout', '500ms',
      '--health-retries', '1'];
    await start(docker, 'one', options, 'echo ready; sleep 1000');
    await logged(docker, 'one', 'ready');
    await becomes(docker, 'one', '.State.Health.Status', 'unhealthy');
    const log = await inspect(docker, 'one', '.State.Health.Log') as { ExitCode: number; Output: string }[];
    return { code: log[0]?.ExitCode, output: log[0]?.Output };
  }),
];
