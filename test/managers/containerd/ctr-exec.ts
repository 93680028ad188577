// Processes that are executed in a container that runs.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import type { Case } from '../battery.ts';
import {
  ask, askInside, type CtrClient, inBackground, initOf, statusOf, succeed, userNamespaces,
} from './ctr-client.ts';

const waits = 'trap "exit 0" TERM; while :; do sleep 0.05; done';

const ownRights = 'grep -E "^(Cap|NoNewPrivs|Seccomp:|Groups|Uid|Gid)" /proc/self/status; cat /proc/self/limits';

/** The arguments of `ctr tasks exec`. */
function execArguments(id: string, command: readonly string[], flags: readonly string[] = []): string[] {
  return ['tasks', 'exec', '--exec-id', 'e', ...flags, id, ...command];
}

/** A case with a container called `c` that waits. */
function whileWaiting(
  name: string,
  run: (client: CtrClient) => unknown,
  { script = waits, flags = [] }: { script?: string; flags?: readonly string[] } = {},
): Case<CtrClient> {
  return {
    name,
    run: async (client) => {
      await inBackground(client, { id: 'c', script, flags });
      return run(client);
    },
  };
}

const plain: readonly Case<CtrClient>[] = [
  whileWaiting('exec passes on both outputs and the exit status', async (client) => {
    const result = await client.ctr(execArguments('c', ['sh', '-c', 'echo out; echo err >&2; exit 3']));
    expect(result).toEqual({ status: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
  }),
  whileWaiting('exec passes on its input', async (client) => {
    const input = 'one\ntwo\n'.repeat(20_000);
    const sum = await succeed(client, execArguments('c', ['sh', '-c', 'head -n 40000 | md5sum']), { input });
    expect(sum).toBe('6714119d657da589ee678ce4b6740f50  -');
  }),
  whileWaiting('exec runs in all of the container\'s namespaces and cgroups, with its rights', async (client) => {
    const init = await initOf(client, 'c');
    const namespaces = (of: string): string => `for name in /proc/${of}/ns/*; do readlink $name; done`;
    const own = (await askInside(client, 'c', namespaces('self'))).split('\n');
    expect(own.length).toBeGreaterThan(7);
    expect(own).toEqual((await askInside(client, 'c', namespaces('1'))).split('\n'));
    const cgroups = await askInside(client, 'c', 'cat /proc/self/cgroup');
    expect(cgroups).toBe(await askInside(client, 'c', 'cat /proc/1/cgroup'));
    expect(readFileSync(`/proc/${init}/cgroup`, 'utf8')).toContain('/c\n');
    return askInside(client, 'c', ownRights);
  }),
  whileWaiting('exec has the container\'s environment and directory', (client) => (
    askInside(client, 'c', 'env | sort; pwd')
  ), { flags: ['--env', 'A=b', '--cwd', '/tmp'] }),
  whileWaiting('exec --cwd', async (client) => {
    expect(await succeed(client, execArguments('c', ['pwd'], ['--cwd', '/usr']))).toBe('/usr');
  }),
  whileWaiting('exec --user takes numbers and names', async (client) => {
    const id = (user: string): Promise<string> => succeed(client, execArguments('c', ['id'], ['--user', user]));
    const seen = [await id('1000:5'), await id('user'), await id('4321')];
    expect(seen[0]).toContain('uid=1000(user) gid=5(tty)');
    return seen;
  }),
  whileWaiting('exec of a program that is not there is refused, and the container goes on', async (client) => {
    const { status, stderr } = await client.ctr(execArguments('c', ['nosuch']));
    const reason = /exec: "[^"]*": .*?(?=( \(operation .*\)(; .*)?)?: unknown)/.exec(stderr)?.[0];
    expect(await askInside(client, 'c', 'echo on')).toBe('on');
    expect(reason).toBe('exec: "nosuch": executable file not found in $PATH');
    return { status, reason };
  }),
  { ...userNamespaces, ...whileWaiting('exec in a user namespace has the mapped ids', async (client) => {
    await succeed(client, execArguments('c', ['sleep', '1234'], ['--detach']));
    const executed = client.sandbox.processes().find(({ args }) => args[0] === 'sleep' && args[1] === '1234');
    expect(readFileSync(`/proc/${String(executed?.pid)}/status`, 'utf8')).toMatch(/^Uid:\t100000\t/m);
    return askInside(client, 'c', 'id -u; cat /proc/self/uid_map; touch /tmp/x && stat -c %u:%g /tmp/x');
  }, { flags: ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'] }) },
];

const together: readonly Case<CtrClient>[] = [
  whileWaiting('exec --detach goes on by itself, and can be killed by its exec id', async (client) => {
    const script = 'trap "exit 5" TERM; touch /up; while :; do sleep 0.05; done';
    await succeed(client, execArguments('c', ['sh', '-c', script], ['--detach']));
    await eventually(() => client.ctr(['tasks', 'exec', '--exec-id', 'test', 'c', 'test', '-e', '/up']),
      ({ status }) => status === 0);
    await succeed(client, ['tasks', 'kill', '--exec-id', 'e', 'c']);
    const { stderr } = await eventually(() => client.ctr(['tasks', 'rm', '--exec-id', 'e', 'c']),
      ({ status }) => status === 0 || status === 5);
    return stderr.replace(/time="[^"]*" /, '');
  }),
  whileWaiting('many execs at once each get their own output and status', async (client) => {
    const numbers = Array.from({ length: 8 }, (_, i) => i + 1);
    const results = await Promise.all(numbers.map((i) => client.ctr(
      ['tasks', 'exec', '--exec-id', `e${i}`, 'c', 'sh', '-c', `echo ${i}; exit ${i}`],
    )));
    expect(results.map(({ status, stdout }) => [status, stdout])).toEqual(numbers.map((i) => [i, `${i}\n`]));
  }),
  whileWaiting('the end of the init ends what was executed', async (client) => {
    const { ended } = client.start(execArguments('c', ['sleep', '1234']));
    await eventually(() => client.sandbox.processes().some(({ args }) => args[0] === 'sleep' && args[1] === '1234'),
      (found) => found);
    await succeed(client, ['tasks', 'kill', '-s', 'KILL', 'c']);
    expect([(await ended).status, await statusOf(client, 'c')]).toEqual([137, 137]);
  }),
  whileWaiting('exec in a paused container is refused', async (client) => {
    await succeed(client, ['tasks', 'pause', 'c']);
    const { status, stderr } = await client.ctr(execArguments('c', ['true']));
    await succeed(client, ['tasks', 'resume', 'c']);
    expect(stderr).toContain('paused');
    return { status };
  }),
  whileWaiting('exec in a container that has ended is refused', async (client) => {
    await succeed(client, ['tasks', 'kill', '-s', 'KILL', 'c']);
    await eventually(() => client.ctr(['tasks', 'ls']), ({ stdout }) => stdout.includes('STOPPED'));
    const { status, stderr } = await client.ctr(execArguments('c', ['true']));
    return { status, stderr };
  }),
  {
    name: 'a process sees the same of itself under run as under exec',
    run: async (client) => {
      const script = `${ownRights}; env | sort; pwd`;
      await inBackground(client, { id: 'ask', script: waits, flags: ['--seccomp'] });
      const inside = await askInside(client, 'ask', script);
      await succeed(client, ['tasks', 'rm', '--force', 'ask']);
      await succeed(client, ['containers', 'rm', 'ask']);
      expect(inside).toBe(await ask(client, script, ['--seccomp']));
    },
  },
];

export const execCases = [...plain, ...together];
