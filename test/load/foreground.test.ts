// Commands that stay for hours, simulated by what would happen in them: signals, orphans, sizes and output of
// terminals, statistics, kills for want of memory, news for a service manager. Descriptors and memory are the same
// after thousands.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { bundleFor } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { effort } from '../support/effort.ts';
import { startHost } from '../support/exec.ts';
import { eventually, stateOf, succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { type Running, runProgram, startRuntime } from '../support/runtime.ts';
import { notify, serviceManager } from '../support/service-manager.ts';
import { expectEnd, runAtTerminal } from '../support/terminal.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
const pythonTest = requires('root', 'cgroups', 'busybox', 'nunc', 'python3');

/** As long as a nightly run may last. */
const TIMEOUT = 3_600_000;
/** What memory may differ by, in KiB: the collector comes when it likes. */
const SLACK = 128;

interface Held {
  readonly descriptors: number;
  readonly children: number;
  /** In KiB, what is this process's alone: the engine's heap, the stack. */
  readonly memory: number;
}

/** The least of several looks at different times: what is open for a moment, and be it while others have the processor,
 * is not held. */
async function heldBy(pid: number): Promise<Held> {
  const looks: Held[] = [];
  for (let i = 0; i < 20; i++) {
    looks.push(lookAt(pid));
    await delay(5);
  }
  const least = (name: keyof Held): number => Math.min(...looks.map((look) => look[name]));
  return { descriptors: least('descriptors'), children: least('children'), memory: least('memory') };
}

function lookAt(pid: number): Held {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) `, 'm').exec(rollup)?.[1]);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    children: children.filter((child) => child !== '').length,
    memory: field('Private_Dirty') + field('Private_Clean') + field('Swap'),
  };
}

interface Load {
  readonly pid: number;
  /** How many things happen in all; a fifth of them before the first look, as the first use of all costs memory. */
  readonly count: number;
  /** Lets so many happen, and waits until all have been dealt with. */
  readonly happen: (count: number) => Promise<void>;
}

async function expectFlat({ pid, count, happen }: Load): Promise<void> {
  const first = Math.ceil(count / 5);
  await happen(first);
  const before = await heldBy(pid);
  await happen(count - first);
  const after = await heldBy(pid);
  console.log(`${count} times: from ${JSON.stringify(before)} to ${JSON.stringify(after)}`);
  expect({ ...after, memory: 0 }).toEqual({ ...before, memory: 0 });
  expect(after.memory - before.memory).toBeLessThan(SLACK);
}

/** A mask of proc_pid_status(5). */
function signalMask(pid: number, name: 'ShdPnd' | 'SigBlk'): string {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return new RegExp(`^${name}:\\s+0*(\\w+)$`, 'm').exec(status)?.[1] ?? 'gone';
}

/** Sends a signal, and waits until the process has taken it: of two of the same kind it would see one. */
async function send(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  for (let looks = 0; signalMask(pid, 'ShdPnd') !== '0'; looks++) {
    if (looks > 100_000) throw new Error(`${signal} is not taken`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const FORWARDED = ['SIGUSR1', 'SIGHUP', 'SIGWINCH', 'SIGALRM', 'SIGUSR2'] as const;

function sendSignals(pid: number): Load['happen'] {
  return async (count) => {
    // Until then a signal ends an exec, whatever its process has said already.
    await eventually(() => signalMask(pid, 'SigBlk'), (mask) => mask !== '0');
    for (let i = 0; i < count; i++) await send(pid, FORWARDED[i % FORWARDED.length] as NodeJS.Signals);
  };
}

/** Ignores them, but for one, with which it ends. */
const IGNORER = 'trap "" USR1 USR2 HUP WINCH ALRM; trap "echo got it; exit 3" TERM; echo ready; '
  + 'while :; do sleep 0.1; done';

async function firstOutput({ child }: Running): Promise<void> {
  await new Promise((resolve) => child.stdout?.once('data', resolve));
}

async function expectEndBySignal({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ status: 3 });
}

describe('a command in the foreground', () => {
  test('run passes signals on', async () => {
    const bundle = await bundleFor(IGNORER);
    const running = startRuntime(['run', '--bundle', bundle.directory, bundle.id], { timeout: TIMEOUT });
    await firstOutput(running);
    const pid = running.child.pid ?? 0;
    await expectFlat({ pid, count: effort({ usual: 3000, nightly: 500_000 }), happen: sendSignals(pid) });
    await expectEndBySignal(running);
  });

  test('exec passes signals on', async () => {
    const bundle = await startHost();
    const running = startRuntime(['exec', bundle.id, 'sh', '-c', IGNORER], { timeout: TIMEOUT });
    await firstOutput(running);
    const pid = running.child.pid ?? 0;
    await expectFlat({ pid, count: effort({ usual: 3000, nightly: 500_000 }), happen: sendSignals(pid) });
    await expectEndBySignal(running);
  });

  test('run buries orphans', async () => {
    // Without a pid namespace, whose first process would do that. The shell that is waited for leaves one orphan.
    const script = 'while read count; do i=0; while [ $i -lt $count ]; do (: &); i=$((i+1)); done; echo done; done';
    const bundle = await bundleFor(`(sleep 1000 & echo $!); ${script}`, ({ linux }) => {
      linux.namespaces = linux.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    });
    const options = { keepInputOpen: true, timeout: TIMEOUT };
    const running = startRuntime(['run', '--bundle', bundle.directory, bundle.id], options);
    let said = '';
    running.child.stdout?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    const pid = running.child.pid ?? 0;
    const orphan = Number(await eventually(() => said, (text) => text.endsWith('\n')));
    expect(readFileSync(`/proc/${orphan}/status`, 'utf8')).toMatch(new RegExp(`^PPid:\t${pid}$`, 'm'));
    const happen: Load['happen'] = async (count) => {
      said = '';
      running.child.stdin?.write(`${count}\n`);
      await eventually(() => said, (text) => text === 'done\n', TIMEOUT);
      // The last ones may not have ended. The container's process and the first orphan stay.
      await eventually(() => lookAt(pid).children, (children) => children === 2);
    };
    await expectFlat({ pid, count: effort({ usual: 1000, nightly: 100_000 }), happen });
    process.kill(orphan, 'SIGKILL');
    running.child.stdin?.end();
    expect(await running.ended).toMatchObject({ status: 0 });
  });

  test('run follows the sizes of a terminal, and copies what is typed and shown', async () => {
    const script = 'stty -echo; echo ready; while read n; do head -c $n /dev/zero | tr "\\0" x; echo; stty size; done';
    const session = await runAtTerminal(script);
    await session.sees('ready');
    const pid = session.child.pid ?? 0;
    const chunk = 50_000;
    let rows = 0;
    const happen: Load['happen'] = async (count) => {
      for (let i = 0; i < count; i++) {
        rows = 20 + (rows + 1) % 50;
        session.resize({ rows, columns: 100 });
        await eventually(() => signalMask(pid, 'ShdPnd'), (mask) => mask === '0');
        if (i % 50 !== 0) continue;
        const seen = session.shown().length;
        session.type(`${chunk}\r`);
        await eventually(() => session.shown().slice(seen), (more) => more.endsWith(`x\n${rows} 100\n`));
        expect(session.shown().length - seen).toBe(chunk + `\n${rows} 100\n`.length);
      }
    };
    await expectFlat({ pid, count: effort({ usual: 1000, nightly: 20_000 }), happen });
    session.type('\x04');
    await expectEnd(session, 0);
  });
});

/** Says so many things as a process of the container would: pid, times. Every other one with a descriptor. */
const TALKER = `
import os, socket, sys
os.chroot('/proc/' + sys.argv[1] + '/root')
service = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
service.connect('/run/notify/notify.sock')
for i in range(int(sys.argv[2])):
    line = b'STATUS=%d' % i
    if i % 2: service.send(line)
    else: socket.send_fds(service, [line], [0, 1])
`;

pythonTest('run passes the news for a service manager', async () => {
  const manager = serviceManager();
  const bundle = await bundleFor('echo ready; exec sleep 1000');
  const running = startRuntime(['run', '--bundle', bundle.directory, bundle.id], {
    timeout: TIMEOUT, env: { PATH: process.env['PATH'] ?? '', NOTIFY_SOCKET: manager.address },
  });
  await firstOutput(running);
  const init = await stateOf(bundle.id);
  const happen: Load['happen'] = async (count) => {
    const argv = ['/usr/bin/python3', '-c', TALKER, String(init.pid), String(count)];
    expect(await runProgram(argv, { timeout: TIMEOUT })).toMatchObject({ status: 0, stderr: '' });
  };
  await expectFlat({ pid: running.child.pid ?? 0, count: effort({ usual: 500, nightly: 50_000 }), happen });
  // Nothing of that was for the manager; it is passed on what is.
  expect(manager.hasMore()).toBe(false);
  await notify(init.pid, ['READY=1']);
  for (const news of ['READY=1\n', `MAINPID=${running.child.pid ?? 0}\n`, 'BARRIER=1']) {
    expect(await manager.hear()).toBe(news);
  }
  await succeed(['kill', bundle.id, 'KILL']);
  expect(await running.ended).toMatchObject({ status: 137 });
});

describe('events', () => {
  /** Follows a container's events; counts them by type. */
  function follow(bundle: Bundle): Running & { readonly counts: Record<string, number> } {
    const running = startRuntime(['events', '--interval', '1ms', bundle.id], { timeout: TIMEOUT });
    const counts: Record<string, number> = { stats: 0, oom: 0 };
    let rest = '';
    running.child.stdout?.removeAllListeners('data');
    running.child.stdout?.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString()}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) counts[(JSON.parse(line) as { type: string }).type]! += 1;
    });
    return { ...running, counts };
  }

  test('tells statistics and kills for want of memory', async () => {
    const bundle = await startHost(({ linux }) => {
      linux.resources = { ...linux.resources, memory: { limit: 16 << 20 } };
    });
    const { child, ended, counts } = follow(bundle);
    await eventually(() => counts['stats'], (count = 0) => count > 0);
    const kills = effort({ usual: 5, nightly: 500 });
    const happen: Load['happen'] = async (count) => {
      const from = counts['stats'] ?? 0;
      for (let i = 0; i < Math.ceil(count * kills / total); i++) {
        const hog = startRuntime(['exec', bundle.id, 'tail', '/dev/zero']);
        expect(await hog.ended).toMatchObject({ status: 137 });
      }
      await eventually(() => counts['stats'], (now = 0) => now >= from + count, TIMEOUT);
    };
    const total = effort({ usual: 2000, nightly: 300_000 });
    await expectFlat({ pid: child.pid ?? 0, count: total, happen });
    expect(counts['oom']).toBeGreaterThan(kills / 2);
    await succeed(['kill', bundle.id, 'KILL']);
    expect(await ended).toMatchObject({ status: 0 });
  });
});
