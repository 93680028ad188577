// Containers under ctr: how they begin, run and end.

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import type { Case } from '../battery.ts';
import { type CtrClient, inBackground, initOf, statusOf, succeed, taskStatus, untilTaskIs } from './ctr-client.ts';
import { leftovers } from './leftovers.ts';

/** Counts in /count until TERM, which it answers with status 7. */
const counting = 'trap "exit 7" TERM; i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.02; done';

async function starts(client: CtrClient, id: string): Promise<void> {
  await inBackground(client, { id, script: counting });
  const pid = await initOf(client, id);
  await eventually(() => countOf(pid), (count) => count > 0);
}

function countOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/root/count`, 'utf8'));
  } catch {
    return 0;
  }
}

/** Whether a container counts on, within a time that is long for it. */
async function isCounting(client: CtrClient, id: string): Promise<boolean> {
  const pid = await initOf(client, id);
  const before = countOf(pid);
  for (let i = 0; i < 15 && countOf(pid) === before; i++) await delay(20);
  return countOf(pid) !== before;
}

const kill = (client: CtrClient, ...args: string[]): Promise<string> => succeed(client, ['tasks', 'kill', ...args]);

/** Ends with a message about a program that can't be executed. @returns what is common to all runtimes' messages */
async function failsToRun(client: CtrClient, command: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await client.ctr(client.runArguments('fails', command));
  // nunc adds which operation of its plan it was, and a hint.
  const reason = /exec: "[^"]*": .*?(?=( \(operation .*\)(; .*)?)?: unknown)/.exec(stderr)?.[0];
  if (reason === undefined) throw new Error(`unexpected: ${stderr}`);
  return { status, stdout, reason };
}

const outputs: readonly Case<CtrClient>[] = [
  {
    name: 'run passes on both outputs and the exit status',
    run: async (client) => {
      const script = 'echo out; echo err >&2; exit 3';
      const result = await client.ctr(client.runArguments('outputs', ['sh', '-c', script]));
      expect(result).toEqual({ status: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
    },
  },
  {
    name: 'run passes on its input',
    run: async (client) => {
      // Not to its end: ctr forgets to close the input when that comes before the container has started.
      const command = ['sh', '-c', 'head -n 40000 | md5sum'];
      const input = 'one\ntwo\n'.repeat(20_000);
      const stdout = await succeed(client, client.runArguments('input', command), { input });
      expect(stdout).toBe('6714119d657da589ee678ce4b6740f50  -');
    },
  },
  {
    name: 'run --rm leaves nothing behind',
    run: async (client) => {
      await succeed(client, client.runArguments('gone', ['true']));
      await eventually(() => leftovers(client.sandbox), (left) => left.length === 0);
      expect(await succeed(client, ['containers', 'ls', '-q'])).toBe('');
      expect(await succeed(client, ['snapshots', 'ls'])).not.toContain('gone');
    },
  },
  {
    name: 'a command that is not in PATH is refused with its name',
    run: (client) => failsToRun(client, ['nosuch']),
  },
  {
    name: 'a path that is not there is refused',
    run: (client) => failsToRun(client, ['/no/such']),
  },
  {
    name: 'a file that is no program is refused',
    run: (client) => failsToRun(client, ['/etc/passwd']),
  },
  {
    name: 'a container that could not start leaves nothing, and its id is free',
    run: async (client) => {
      await failsToRun(client, ['/no/such']);
      await eventually(() => leftovers(client.sandbox), (left) => left.length === 0);
      expect(await succeed(client, client.runArguments('fails', ['echo', 'again']))).toBe('again');
    },
  },
];

const signals: readonly Case<CtrClient>[] = [
  {
    name: 'kill without a signal sends TERM, and the task keeps the status',
    run: async (client) => {
      await starts(client, 'terminated');
      await kill(client, 'terminated');
      expect(await statusOf(client, 'terminated')).toBe(7);
    },
  },
  {
    name: 'kill takes signals by name and by number',
    run: async (client) => {
      await starts(client, 'by-name');
      await kill(client, '-s', 'SIGKILL', 'by-name');
      await starts(client, 'by-number');
      await kill(client, '-s', '15', 'by-number');
      const statuses = [await statusOf(client, 'by-name'), await statusOf(client, 'by-number')];
      expect(statuses).toEqual([137, 7]);
    },
  },
  {
    name: 'kill of a task that has ended is refused as not found',
    run: async (client) => {
      await inBackground(client, { id: 'ended', script: 'exit 0' });
      await untilTaskIs(client, 'ended', 'STOPPED');
      const { status, stderr } = await client.ctr(['tasks', 'kill', 'ended']);
      expect(stderr).toContain('process already finished: not found');
      return { status, stderr };
    },
  },
  {
    name: 'the end of the init ends all other processes, with the host\'s pid namespace too',
    run: async (client) => {
      const script = 'sleep 4321 & sleep 4321 & wait';
      await inBackground(client, { id: 'many', script, flags: ['--with-ns', 'pid:/proc/1/ns/pid'] });
      const sleepers = (): number => client.sandbox.processes().filter(({ args }) => args[1] === '4321').length;
      await eventually(sleepers, (count) => count === 2);
      await kill(client, '-s', 'KILL', 'many');
      const status = await statusOf(client, 'many');
      await eventually(sleepers, (count) => count === 0);
      expect(status).toBe(137);
    },
  },
  {
    name: 'kill --all reaches every process',
    run: async (client) => {
      const script = '(trap "echo child >>/told; exit" USR1; while :; do sleep 0.05; done) &'
        + ' trap "echo init >>/told" USR1; while :; do sleep 0.05; done';
      await inBackground(client, { id: 'all', script });
      const pid = await initOf(client, 'all');
      await eventually(() => client.sandbox.processes().filter(({ parent }) => parent === pid).length, (n) => n === 2);
      // The traps are set soon after.
      await delay(200);
      await kill(client, '--all', '-s', 'USR1', 'all');
      const told = await eventually(
        () => readFileSync(`/proc/${pid}/root/told`, { encoding: 'utf8', flag: 'a+' }),
        (text) => text.split('\n').length === 3,
      );
      expect(told.trimEnd().split('\n').sort()).toEqual(['child', 'init']);
    },
  },
];

const states: readonly Case<CtrClient>[] = [
  {
    name: 'run --detach: the task is RUNNING, then STOPPED, then gone',
    run: async (client) => {
      const seen = [await taskStatus(client, 'detached')];
      await inBackground(client, { id: 'detached', script: 'while ! [ -e /go ]; do sleep 0.02; done; exit 9' });
      seen.push(await taskStatus(client, 'detached'));
      await succeed(client, ['tasks', 'exec', '--exec-id', 'go', 'detached', 'touch', '/go']);
      const status = await statusOf(client, 'detached');
      seen.push(await taskStatus(client, 'detached'));
      expect({ seen, status }).toEqual({ seen: [undefined, 'RUNNING', undefined], status: 9 });
    },
  },
  {
    name: 'pause stops all of a container, resume lets it go on',
    run: async (client) => {
      await starts(client, 'paused');
      await succeed(client, ['tasks', 'pause', 'paused']);
      const paused = [await taskStatus(client, 'paused'), await isCounting(client, 'paused')];
      await succeed(client, ['tasks', 'resume', 'paused']);
      const resumed = [await taskStatus(client, 'paused'), await isCounting(client, 'paused')];
      expect({ paused, resumed }).toEqual({ paused: ['PAUSED', false], resumed: ['RUNNING', true] });
    },
  },
  {
    name: 'a paused container can be deleted by force',
    run: async (client) => {
      await starts(client, 'paused');
      await succeed(client, ['tasks', 'pause', 'paused']);
      await succeed(client, ['tasks', 'rm', '--force', 'paused']);
      expect(await taskStatus(client, 'paused')).toBeUndefined();
    },
  },
  {
    name: 'a running task is not deleted without --force',
    run: async (client) => {
      await starts(client, 'kept');
      const refusal = await client.ctr(['tasks', 'rm', 'kept']);
      expect(refusal.stderr).toContain('task must be stopped before deletion: running');
      const status = await taskStatus(client, 'kept');
      await succeed(client, ['tasks', 'rm', '--force', 'kept']);
      expect({ status, refused: refusal.status }).toEqual({ status: 'RUNNING', refused: 1 });
    },
  },
  {
    name: 'the same container can run again, with the files that it wrote',
    run: async (client) => {
      await inBackground(client, { id: 'again', script: 'echo run >>/runs; exit $(wc -l </runs)' });
      const statuses = [await statusOf(client, 'again')];
      for (let i = 0; i < 2; i++) {
        await succeed(client, ['tasks', 'start', '--detach', '--null-io', 'again']);
        statuses.push(await statusOf(client, 'again'));
      }
      expect(statuses).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'an id that is taken is refused',
    run: async (client) => {
      await starts(client, 'taken');
      const { status, stderr } = await client.ctr(client.runArguments('taken', ['true']));
      expect(stderr).toContain('already exists');
      return { status, stderr };
    },
  },
  {
    name: '--pid-file names the init',
    run: async (client) => {
      const file = `${client.sandbox.places.directory}/pid-file`;
      await inBackground(client, { id: 'pid', script: 'sleep 100', flags: ['--pid-file', file] });
      const pid = await initOf(client, 'pid');
      const { inner } = client.sandbox.processes().find((process) => process.pid === pid) ?? {};
      expect(readFileSync(file, 'utf8')).toBe(String(inner));
    },
  },
];

const observing: readonly Case<CtrClient>[] = [
  {
    name: 'ps lists the init and what was executed, with its exec id',
    run: async (client) => {
      await inBackground(client, { id: 'ps', script: 'sleep 100 & wait' });
      await succeed(client, ['tasks', 'exec', '--detach', '--exec-id', 'more', 'ps', 'sleep', '200']);
      const lines = (await succeed(client, ['tasks', 'ps', 'ps'])).split('\n').slice(1);
      const pids = lines.map((line) => Number(line.split(/\s+/)[0]));
      const processes = client.sandbox.processes().filter(({ inner }) => pids.includes(inner));
      expect(processes.map(({ args }) => args[0]).sort()).toEqual(['sh', 'sleep', 'sleep']);
      return lines.map((line) => line.replace(/^\d+/, '').trim()).sort();
    },
  },
  {
    name: 'metrics are those of the container\'s cgroup',
    run: async (client) => {
      await inBackground(client, { id: 'metrics', script: 'sleep 100 & sleep 100 & wait' });
      const pid = await initOf(client, 'metrics');
      await eventually(() => client.sandbox.processes().filter(({ parent }) => parent === pid).length, (n) => n === 2);
      const metrics = JSON.parse(await succeed(client, ['tasks', 'metrics', '--format', 'json', 'metrics'])) as {
        pids: { current: number }; memory: { usage: { usage: number } }; cpu: { usage: { total: number } };
      };
      expect(metrics.memory.usage.usage).toBeGreaterThan(0);
      expect(metrics.cpu.usage.total).toBeGreaterThan(0);
      return { fields: Object.keys(metrics).sort(), pids: metrics.pids.current };
    },
  },
  {
    name: 'events tell of every step',
    run: async (client) => {
      const events = client.start(['events'], { keepInputOpen: true });
      let text = '';
      events.child.stdout?.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      try {
        // Until it listens.
        await eventually(async () => {
          await succeed(client, ['containers', 'label', 'none', 'a=b']).catch(() => undefined);
          await succeed(client, ['images', 'label', 'localhost/busybox:1', `a=${Date.now()}`]);
          return text;
        }, (shown) => shown.includes('/images/update'));
        await inBackground(client, { id: 'told', script: 'sleep 100' });
        await succeed(client, ['tasks', 'exec', '--exec-id', 'extra', 'told', 'true']);
        await succeed(client, ['tasks', 'pause', 'told']);
        await succeed(client, ['tasks', 'resume', 'told']);
        await kill(client, '-s', 'KILL', 'told');
        await statusOf(client, 'told');
        await eventually(() => text, (shown) => shown.includes('/tasks/delete'));
      } finally {
        events.child.kill();
        await events.ended;
      }
      const topics = text.split('\n').flatMap((line) => / (\/tasks\/\S+)/.exec(line)?.[1] ?? []);
      expect(topics).toContain('/tasks/exec-started');
      return topics;
    },
  },
];

export const lifecycleCases = [...outputs, ...signals, ...states, ...observing];
