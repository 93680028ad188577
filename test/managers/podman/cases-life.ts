// The life of a container: logs, attach, stop, kill, pause, restart, and what podman tells about it.

import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { startAtTerminal, type TerminalSession } from '../../support/pty.ts';
import { startProgram } from '../../support/runtime.ts';
import { IMAGE, type Podman, type PodmanCase } from './podman.ts';

/** Ends on SIGTERM with 5, tells SIGHUP. */
const OBEDIENT = 'trap "echo term; exit 5" TERM; trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done';
const STUBBORN = 'trap "" TERM; echo ready; while :; do sleep 0.1; done';

async function inspect({ succeed }: Podman, id: string, format: string): Promise<string> {
  return await succeed(['inspect', '--format', format, id]);
}

/** Waits until the container has written something. */
async function logs(client: Podman, id: string, wanted: string): Promise<string> {
  return await eventually(() => client.succeed(['logs', id]), (text) => text.includes(wanted));
}

/** Types Ctrl-P, Ctrl-Q. Podman takes them for its keys only where it reads them one at a time. */
async function detach({ child, type }: TerminalSession): Promise<void> {
  await eventually(async () => {
    for (const key of ['\u0010', '\u0011']) {
      if (child.exitCode === null) type(key);
      await delay(100);
    }
    return child.exitCode;
  }, (status) => status !== null);
}

const ENDED = '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}';

export const lifeCases: readonly PodmanCase[] = [
  {
    name: 'logs of both outputs, while it runs and afterwards',
    run: async (client) => client.withContainer('echo one; echo two >&2; sleep 1; echo three', [], async (id) => {
      await logs(client, id, 'one');
      const { stdout, stderr } = await client.podman(['logs', '--follow', id]);
      expect({ stdout, stderr }).toEqual({ stdout: 'one\nthree\n', stderr: 'two\n' });
      expect(await client.succeed(['wait', id])).toBe('0');
    }),
  },
  {
    name: 'create, then start --attach',
    run: async ({ succeed, podman, containerOptions }) => {
      const id = await succeed(['create', ...containerOptions, IMAGE, 'sh', '-c', 'echo attached; exit 4']);
      const { status, stdout } = await podman(['start', '--attach', id]);
      await succeed(['rm', id]);
      expect({ status, stdout }).toEqual({ status: 4, stdout: 'attached\n' });
    },
  },
  {
    name: 'init, then start',
    slow: true,
    run: async (client) => {
      const id = await client.succeed(['create', ...client.containerOptions, IMAGE, 'sh', '-c', 'exit 4']);
      await client.succeed(['init', id]);
      const initialised = await inspect(client, id, '{{.State.Status}}');
      await client.succeed(['start', id]);
      const status = await client.succeed(['wait', id]);
      await client.succeed(['rm', id]);
      expect([initialised, status]).toEqual(['initialized', '4']);
    },
  },
  {
    name: 'attach to a running container: output, input, exit status',
    run: async (client) => client.withContainer('read line; echo got $line; exit 6', ['--interactive'], async (id) => {
      const { status, stdout } = await client.podman(['attach', id], { input: 'from outside\n' });
      // Podman 4.3.1 tells no exit status here, and adds a line break.
      expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: 'got from outside' });
      expect(await client.succeed(['wait', id])).toBe('6');
    }),
  },
  {
    name: 'attach with a terminal, detach, attach again',
    slow: true,
    run: async (client) => client.withContainer('exec sh', ['-it'], async (id) => {
      const first = startAtTerminal([...client.command, 'attach', id]);
      first.type('kept=value; echo fir\\st\n');
      await first.sees('first');
      await detach(first);
      expect((await first.ended).status).toBe(0);
      const second = startAtTerminal([...client.command, 'attach', id]);
      second.type('echo $kept-again; exit 9\n');
      await second.sees('value-again');
      await second.ended;
      expect(await client.succeed(['wait', id])).toBe('9');
    }),
  },
  {
    name: 'stop ends a process that obeys',
    run: async (client) => client.withContainer(OBEDIENT, [], async (id) => {
      await logs(client, id, 'ready');
      await client.succeed(['stop', id]);
      expect(await inspect(client, id, ENDED)).toBe('exited 5 false');
    }),
  },
  {
    name: 'stop kills a process that does not obey',
    run: async (client) => client.withContainer(STUBBORN, [], async (id) => {
      await logs(client, id, 'ready');
      await client.podman(['stop', '--time', '1', id]);
      expect(await inspect(client, id, ENDED)).toBe('exited 137 false');
    }),
  },
  {
    name: '--stop-signal',
    slow: true,
    run: async (client) => client.withContainer('trap "exit 3" USR1; echo ready; while :; do sleep 0.1; done',
      ['--stop-signal=USR1'], async (id) => {
        await logs(client, id, 'ready');
        await client.succeed(['stop', id]);
        expect(await inspect(client, id, ENDED)).toBe('exited 3 false');
      }),
  },
  {
    name: 'kill with signals by name and number',
    run: async (client) => client.withContainer(OBEDIENT, [], async (id) => {
      await logs(client, id, 'ready');
      await client.succeed(['kill', '--signal', 'SIGHUP', id]);
      await logs(client, id, 'hup');
      await client.succeed(['kill', '--signal', '15', id]);
      expect(await client.succeed(['wait', id])).toBe('5');
      const again = await client.podman(['kill', id]);
      expect(again.status).toBe(125);
    }),
  },
  {
    name: 'kill without a name ends it: 137',
    slow: true,
    run: async (client) => client.withContainer(OBEDIENT, [], async (id) => {
      await client.succeed(['kill', id]);
      expect(await client.succeed(['wait', id])).toBe('137');
    }),
  },
  {
    name: 'signals reach the process through a foreground run',
    run: async ({ command, containerOptions, succeed }) => {
      const argv = [...command, 'run', '--rm', '--name', 'proxied', ...containerOptions, IMAGE, 'sh', '-c', OBEDIENT];
      const { child, ended } = startProgram(argv);
      await eventually(() => succeed(['ps', '--quiet', '--filter', 'name=proxied']), (id) => id !== '');
      await eventually(() => succeed(['logs', 'proxied']), (text) => text.includes('ready'));
      child.kill('SIGTERM');
      const { status, stdout } = await ended;
      expect({ status, stdout }).toEqual({ status: 5, stdout: 'ready\nterm\n' });
    },
  },
  {
    name: 'pause and unpause',
    run: async (client) => client.withContainer('while :; do echo tick; sleep 0.05; done', [], async (id) => {
      await client.succeed(['pause', id]);
      expect(await inspect(client, id, '{{.State.Status}}')).toBe('paused');
      const before = await client.succeed(['logs', id]);
      expect(await client.succeed(['logs', id])).toBe(before);
      await client.succeed(['unpause', id]);
      await eventually(() => client.succeed(['logs', id]), (text) => text.length > before.length);
      expect((await client.podman(['unpause', id])).status).toBe(125);
    }),
  },
  {
    name: 'rm --force of a paused container',
    slow: true,
    run: async (client) => client.withContainer(STUBBORN, [], async (id) => {
      await client.succeed(['pause', id]);
      await client.succeed(['rm', '--force', '--time', '0', id]);
      expect((await client.podman(['container', 'exists', id])).status).toBe(1);
    }),
  },
  {
    name: 'rm of a running container is refused',
    slow: true,
    run: async (client) => client.withContainer(STUBBORN, [], async (id) => {
      expect((await client.podman(['rm', id])).status).not.toBe(0);
      expect(await inspect(client, id, '{{.State.Status}}')).toBe('running');
    }),
  },
  {
    name: 'stop, start again, restart',
    slow: true,
    run: async (client) => client.withContainer(`echo started; ${OBEDIENT}`, [], async (id) => {
      await logs(client, id, 'ready');
      await client.succeed(['stop', id]);
      await client.succeed(['start', id]);
      await eventually(() => client.succeed(['logs', id]), (text) => text.split('ready').length === 3);
      await client.succeed(['restart', id]);
      await eventually(() => client.succeed(['logs', id]), (text) => text.split('ready').length === 4);
      expect(await inspect(client, id, '{{.State.Status}}')).toBe('running');
    }),
  },
  {
    name: '--restart=on-failure:2 starts it three times',
    slow: true,
    run: async (client) => client.withContainer('echo started; exit 1', ['--restart=on-failure:2'], async (id) => {
      await eventually(() => client.succeed(['logs', id]), (text) => text.split('started').length === 4);
      await eventually(() => inspect(client, id, '{{.State.Status}} {{.RestartCount}}'), (text) => text === 'exited 2');
    }),
  },
  {
    name: '--restart=always starts it again after a kill of its process',
    slow: true,
    run: async (client) => client.withContainer('echo started; sleep 1000', ['--restart=always'], async (id) => {
      await logs(client, id, 'started');
      const pid = Number(await inspect(client, id, '{{.State.Pid}}'));
      process.kill(pid, 'SIGKILL');
      await eventually(() => client.succeed(['logs', id]), (text) => text.split('started').length === 3);
    }),
  },
  {
    name: '--timeout ends it',
    slow: true,
    run: async ({ run }) => {
      const { status } = await run(['--timeout=1'], ['sleep', '1000']);
      return status;
    },
  },
  {
    name: 'top and ps tell the processes',
    run: async (client) => client.withContainer('sleep 1000 & sleep 2000 & wait', ['--name', 'many'], async (id) => {
      const commands = await eventually(() => client.succeed(['top', id, 'args']), (text) => text.includes('2000'));
      const hostPids = (await client.succeed(['top', id, 'hpid'])).split('\n').slice(1).map(Number);
      expect(hostPids).toHaveLength(3);
      expect(hostPids).toContain(Number(await inspect(client, id, '{{.State.Pid}}')));
      const ps = await client.succeed(['ps', '--no-trunc', '--filter', 'name=many', '--format', '{{.ID}} {{.State}}']);
      expect(ps).toMatch(new RegExp(`^${id} Up `));
      return commands;
    }),
  },
  {
    name: 'stats tells memory and processes',
    run: async (client) => client.withContainer('sleep 1000 & wait', ['--memory=64m'], async (id) => {
      const format = '{{.PIDs}} {{.MemUsage}}';
      const text = await client.succeed(['stats', '--no-stream', '--format', format, id]);
      expect(text).toMatch(/^2 [\d.]+[kM]B \/ 67\.11MB$/);
    }),
  },
  {
    name: 'events tell its life in order',
    run: async (client) => {
      const name = 'eventful';
      await client.withContainer(OBEDIENT, ['--name', name], async (id) => {
        await client.succeed(['pause', id]);
        await client.succeed(['unpause', id]);
        await client.succeed(['stop', id]);
      });
      const filter = ['--filter', `container=${name}`, '--format', '{{.Status}}'];
      const events = (await client.succeed(['events', '--stream=false', '--since', '10m', ...filter])).split('\n');
      // Whether podman tells `stop`, and how often `cleanup`, is a race between its own processes.
      const certain = ['create', 'init', 'start', 'pause', 'unpause', 'died', 'remove'];
      expect(events.filter((event) => certain.includes(event))).toEqual(certain);
    },
  },
  {
    name: 'a container whose process was killed from outside is seen as ended',
    slow: true,
    run: async (client) => client.withContainer(STUBBORN, [], async (id) => {
      process.kill(Number(await inspect(client, id, '{{.State.Pid}}')), 'SIGKILL');
      await eventually(() => inspect(client, id, ENDED), (text) => text === 'exited 137 false');
    }),
  },
  {
    name: 'a shared pid namespace: what the process has left is ended with it',
    run: async (client) => client.withContainer('sleep 99 & echo $! $$ ready; wait', ['--pid=host'], async (id) => {
      const pids = (await logs(client, id, 'ready')).split(' ', 2).map(Number);
      await client.succeed(['stop', '--time', '0', id]);
      const alive = (): number[] => pids.filter((pid) => {
        try {
          return process.kill(pid, 0);
        } catch {
          return false;
        }
      });
      await eventually(alive, (left) => left.length === 0);
    }),
  },
];
