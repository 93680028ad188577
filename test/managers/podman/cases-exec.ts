// podman exec, and healthchecks, which are made of it.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { startAtTerminal } from '../../support/pty.ts';
import type { Result, RunOptions } from '../../support/runtime.ts';
import type { Podman, PodmanCase } from './podman.ts';

type Exec = (options: readonly string[], argv: readonly string[], more?: RunOptions) => Promise<Result>;

/** A container that waits, and how to exec into it. */
async function inContainer<T>(
  client: Podman,
  options: readonly string[],
  use: (exec: Exec, id: string) => Promise<T>,
): Promise<T> {
  return client.withContainer('trap "exit 0" TERM; while :; do sleep 0.1; done', options, (id) => {
    const exec: Exec = (flags, argv, more) => client.podman(['exec', ...flags, id, ...argv], more);
    return use(exec, id);
  });
}

/** What a script prints that must succeed. */
async function answer(exec: Exec, script: string, ...options: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await exec(options, ['sh', '-c', script]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trimEnd();
}

const IDENTITY = 'grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)" /proc/self/status';

export const execCases: readonly PodmanCase[] = [
  {
    name: 'exec passes on both outputs and the exit status',
    run: (client) => inContainer(client, [], async (exec) => {
      const { status, stdout, stderr } = await exec([], ['sh', '-c', 'echo out; echo err >&2; exit 42']);
      expect({ status, stdout, stderr }).toEqual({ status: 42, stdout: 'out\n', stderr: 'err\n' });
    }),
  },
  {
    name: 'exec --interactive passes on the input to its end',
    run: (client) => inContainer(client, [], async (exec) => {
      const { status, stdout } = await exec(['-i'], ['wc', '-l'], { input: 'line\n'.repeat(50_000) });
      expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: '50000' });
    }),
  },
  {
    name: 'exec of a program that is not there: 127',
    run: (client) => inContainer(client, [], async (exec) => {
      const statuses = [await exec([], ['nosuch']), await exec([], ['/no/such'])].map(({ status }) => status);
      expect(statuses).toEqual([127, 127]);
    }),
  },
  {
    name: 'exec of what may not be executed: 126',
    run: (client) => inContainer(client, [], async (exec) => {
      const statuses = [await exec([], ['/etc/passwd']), await exec([], ['/etc'])].map(({ status }) => status);
      expect(statuses).toEqual([126, 126]);
    }),
  },
  {
    name: 'exec whose process dies of a signal: 128 and its number',
    slow: true,
    run: (client) => inContainer(client, [], async (exec) => {
      expect((await exec([], ['sh', '-c', 'kill -KILL $$'])).status).toBe(137);
    }),
  },
  {
    name: 'exec --env --workdir --user',
    run: (client) => inContainer(client, ['--env', 'B=container'], async (exec) => {
      const options = ['--env', 'A=a b', '--workdir', '/home', '--user', '1000:5'];
      const shown = await answer(exec, `echo $A,$B,$(pwd); ${IDENTITY}`, ...options);
      expect(shown).toMatch(/^a b,container,\/home\nUid:\t1000\t1000\t1000\t1000\nGid:\t5\t5\t5\t5\n/);
      return shown;
    }),
  },
  {
    name: 'exec has the container\'s rights and groups',
    run: (client) => {
      const options = ['--cap-drop=KILL', '--group-add=7', '--security-opt=no-new-privileges'];
      return inContainer(client, options, (exec) => answer(exec, IDENTITY));
    },
  },
  {
    name: 'exec --privileged has all capabilities',
    slow: true,
    run: (client) => inContainer(client, [], (exec) => answer(exec, IDENTITY, '--privileged')),
  },
  {
    name: 'exec is in the container\'s namespaces and cgroups',
    run: (client) => inContainer(client, [], async (exec) => {
      const same = 'for name in cgroup ipc mnt net pid uts user; do ' +
        '[ "$(readlink /proc/1/ns/$name)" = "$(readlink /proc/self/ns/$name)" ] || echo $name; done; ' +
        'cmp /proc/1/cgroup /proc/self/cgroup';
      expect(await answer(exec, same)).toBe('');
    }),
  },
  {
    name: 'exec --detach',
    run: (client) => inContainer(client, [], async (exec) => {
      const { status } = await exec(['--detach'], ['sh', '-c', 'echo detached >/tmp/by-exec']);
      expect(status).toBe(0);
      await eventually(() => exec([], ['cat', '/tmp/by-exec']), ({ stdout }) => stdout === 'detached\n');
    }),
  },
  {
    name: 'exec --tty has a terminal that its user may write to',
    run: (client) => inContainer(client, [], async (exec) => {
      const script = 'stat -c %u $(tty); echo ok >$(tty)';
      const { status, stdout } = await exec(['--tty', '--user', '1000'], ['sh', '-c', script]);
      expect({ status, stdout }).toEqual({ status: 0, stdout: '1000\r\nok\r\n' });
    }),
  },
  {
    name: 'exec --interactive --tty at a terminal: input, size, exit status',
    run: (client) => inContainer(client, [], async (_exec, id) => {
      const size = { rows: 33, columns: 99 };
      const session = startAtTerminal([...client.command, 'exec', '-it', id, 'sh'], { size });
      await session.sees('# ');
      // The size follows the start.
      session.type('until [ "$(stty size)" = "33 99" ]; do :; done; echo siz\\ed\n');
      await session.sees('sized');
      session.type('exit 7\n');
      expect((await session.ended).status).toBe(7);
    }),
  },
  {
    name: 'exec --preserve-fds hands on descriptors',
    run: (client) => inContainer(client, [], (_exec, id) => {
      const file = join(client.places.directory, 'preserved-exec');
      writeFileSync(file, 'through a descriptor\n');
      const descriptor = openSync(file, 'r');
      const [program, ...args] = [...client.command, 'exec', '--preserve-fds', '1', id, 'sh', '-c', 'cat <&3'];
      const { stdout } = spawnSync(program, args, { stdio: ['ignore', 'pipe', 'pipe', descriptor], encoding: 'utf8' });
      closeSync(descriptor);
      expect(stdout).toBe('through a descriptor\n');
      return Promise.resolve();
    }),
  },
  {
    name: 'exec into a container that has ended fails',
    run: (client) => inContainer(client, [], async (exec, id) => {
      await client.succeed(['stop', id]);
      return (await exec([], ['true'])).status;
    }),
  },
  {
    name: 'exec into a paused container fails',
    run: (client) => inContainer(client, [], async (exec, id) => {
      await client.succeed(['pause', id]);
      return (await exec([], ['true'])).status;
    }),
  },
  {
    name: 'exec into a container with a user namespace',
    run: (client) => inContainer(client, ['--uidmap=0:200000:1000', '--gidmap=0:200000:1000'], (exec) => (
      answer(exec, `cat /proc/self/uid_map; ${IDENTITY}`)
    )),
  },
  {
    name: 'processes of exec end with the container',
    slow: true,
    run: (client) => inContainer(client, [], async (exec, id) => {
      await exec(['--detach'], ['sleep', '4711']);
      const processes = () => client.succeed(['top', id, 'hpid', 'args']);
      const listed = await eventually(processes, (text) => text.includes('sleep 4711'));
      const pid = /^(\d+)\s+sleep 4711/m.exec(listed)?.[1] ?? 'none';
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      await client.succeed(['kill', id]);
      await client.succeed(['wait', id]);
      await eventually(() => existsSync(`/proc/${pid}`), (exists) => !exists);
    }),
  },
  {
    name: 'ten execs at once',
    slow: true,
    run: (client) => inContainer(client, [], async (exec) => {
      const numbers = Array.from({ length: 10 }, (_, index) => index);
      const results = await Promise.all(numbers.map((number) => exec([], ['sh', '-c', `exit ${number}`])));
      expect(results.map(({ status }) => status)).toEqual(numbers);
    }),
  },
  {
    name: 'a healthcheck tells health and its output',
    run: (client) => {
      const check = 'echo checked; test -e /tmp/healthy';
      const options = ['--health-cmd', check, '--health-interval=disable', '--health-retries=1'];
      return inContainer(client, options, async (exec, id) => {
        const sick = (await client.podman(['healthcheck', 'run', id])).status;
        await exec([], ['touch', '/tmp/healthy']);
        const well = (await client.podman(['healthcheck', 'run', id])).status;
        const format = '{{.State.Health.Status}} {{range .State.Health.Log}}{{.ExitCode}}{{.Output}}{{end}}';
        const log = await client.succeed(['inspect', '--format', format, id]);
        expect([sick, well]).toEqual([1, 0]);
        return log;
      });
    },
  },
];
