// What happens to a container in its life: signals, pauses, updates, events, statistics, restarts, the end.

import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { remaining } from '../remains.ts';
import {
  answerOf, becomes, cgroupFiles, type Docker, dockerCase, IMAGE, inside, inspect, logged, onMachine, refusalOf,
  slowCase, start, startClient, succeed, tryBox,
} from './words.ts';

const LIMIT_FILES = [
  'memory/memory.limit_in_bytes', 'memory/memory.memsw.limit_in_bytes', 'memory/memory.soft_limit_in_bytes',
  'memory/memory.swappiness', 'memory/memory.max', 'memory/memory.swap.max', 'memory/memory.low', 'cpu/cpu.shares',
  'cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us', 'cpu/cpu.weight', 'cpu/cpu.max', 'cpuset/cpuset.cpus',
  'cpuset/cpuset.mems', 'pids/pids.max', 'blkio/blkio.throttle.read_bps_device',
    'blkio/blkio.throttle.write_iops_device',
] as const;

/** What the events of a container were, and what they say of how it ended. */
async function eventsOf(docker: Docker, name: string, since: string): Promise<string[]> {
  const until = await now(docker);
  const format = '{{.Type}} {{.Action}} {{with .Actor.Attributes.exitCode}}{{.}}{{end}}'
    + '{{with .Actor.Attributes.signal}}signal {{.}}{{end}}';
  const args = ['events', '--since', since, '--until', until, '--filter', `container=${name}`, '--format', format];
  return (await succeed(docker, args)).split('\n').map((line) => line.trim());
}

/** The daemon's time: events are asked for from one to the other. */
function now(docker: Docker): Promise<string> {
  return onMachine(docker, 'date +%s.%N');
}

/** One process that takes all memory, and that the kernel prefers to kill. */
const OUT_OF_MEMORY = '(echo 1000 >/proc/self/oom_score_adj; head -c 200m /dev/zero | tail); echo $?; '
  + 'sleep 0.5; exit 44';

const COUNT = 'trap "exit 0" TERM; i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.02; done';

export const lifeCases = [
  slowCase('stop: sends the signal that was chosen, and kills in the end', async (docker) => {
    await start(docker, 'one', ['--stop-signal', 'USR1'], 'trap "echo told; exit 3" USR1; echo ready; while :; '
      + 'do sleep 0.05; done');
    await start(docker, 'two', [], 'trap "" TERM; echo ready; while :; do sleep 0.05; done');
    await logged(docker, 'one', 'ready');
    await logged(docker, 'two', 'ready');
    await Promise.all([succeed(docker, ['stop', '--time', '20', 'one']), succeed(docker, ['stop', '--time', '1',
      'two'])]);
    const codes = [await inspect(docker, 'one', '.State.ExitCode'), await inspect(docker, 'two', '.State.ExitCode')];
    expect(codes).toEqual([3, 137]);
    return { codes, logs: await succeed(docker, ['logs', 'one']) };
  }),

  dockerCase('kill: any signal, by name and by number', async (docker) => {
    await start(docker, 'one', [], 'trap "echo hup" HUP; trap "echo usr2" USR2; echo ready; while :; do sleep 0.05; '
      + 'done');
    await logged(docker, 'one', 'ready');
    await succeed(docker, ['kill', '--signal', 'HUP', 'one']);
    await logged(docker, 'one', 'hup');
    await succeed(docker, ['kill', '--signal', '12', 'one']);
    await logged(docker, 'one', 'usr2');
    const before = await inspect(docker, 'one', '.State.Running');
    await succeed(docker, ['kill', 'one']);
    const code = await inspect(docker, 'one', '.State.ExitCode');
    return { before, code, again: refusalOf(answerOf(await docker.docker(['kill', 'one']))) };
  }),

  dockerCase('pause and unpause: nothing runs meanwhile', async (docker) => {
    await start(docker, 'one', [], COUNT);
    const count = () => succeed(docker, ['cp', 'one:/count', '-']);
    await eventually(() => docker.docker(['cp', 'one:/count', '-']), ({ status }) => status === 0);
    await succeed(docker, ['pause', 'one']);
    const states = [await inspect(docker, 'one', '.State.Status')];
    const first = await count();
    const second = await count();
    expect(second).toBe(first);
    const again = refusalOf(answerOf(await docker.docker(['pause', 'one'])));
    await succeed(docker, ['unpause', 'one']);
    states.push(await inspect(docker, 'one', '.State.Status'));
    await eventually(count, (tar) => tar !== second);
    const notPaused = refusalOf(answerOf(await docker.docker(['unpause', 'one'])));
    return { states, again, notPaused };
  }),

  slowCase('kill and rm of a paused container', async (docker) => {
    await start(docker, 'one', []);
    await succeed(docker, ['pause', 'one']);
    await succeed(docker, ['kill', 'one']);
    await becomes(docker, 'one', '.State.Running', false);
    const code = await inspect(docker, 'one', '.State.ExitCode');
    await start(docker, 'two', []);
    await succeed(docker, ['pause', 'two']);
    await succeed(docker, ['rm', '--force', 'two']);
    return code;
  }),

  dockerCase('run: limits are in the cgroups', async (docker) => {
    const id = await start(docker, 'one', [
      '--memory', '64m', '--memory-swap', '96m', '--memory-reservation', '48m', '--cpus', '0.5', '--cpu-shares', '300',
      '--cpuset-cpus', '1', '--cpuset-mems', '0', '--pids-limit', '33',
    ]);
    const files = await cgroupFiles(docker, id, LIMIT_FILES);
    expect(Object.values(files)).toContain('33');
    return files;
  }),

  slowCase('run: other limits of memory, time and disks', async (docker) => {
    const id = await start(docker, 'one', [
      '--memory', '64m', '--memory-swappiness', '10', '--oom-kill-disable', '--cpu-period', '50000', '--cpu-quota',
      '20000', '--device-read-bps', '/dev/vda:1mb', '--device-write-iops', '/dev/vda:100', '--ulimit', 'nofile=77:88',
    ]);
    return cgroupFiles(docker, id, [...LIMIT_FILES, 'memory/memory.oom_control']);
  }, { needs: ['cgroup-v1', 'disk'] }),

  dockerCase('update: the running container has the new limits', async (docker) => {
    const id = await start(docker, 'one', ['--memory', '64m', '--memory-swap', '64m', '--cpus', '0.5',
      '--pids-limit', '33']);
    const before = await cgroupFiles(docker, id, LIMIT_FILES);
    await succeed(docker, ['update', '--memory', '80m', '--memory-swap', '128m', '--cpus', '0.75', '--cpu-shares',
      '200',
      '--pids-limit', '44', '--cpuset-cpus', '0', 'one']);
    const after = await cgroupFiles(docker, id, LIMIT_FILES);
    expect(after).not.toEqual(before);
    const refused = await docker.docker(['update', '--cpuset-cpus', '99', 'one']);
    return { before, after, refused: refused.status, still: await cgroupFiles(docker, id, LIMIT_FILES) };
  }),

  slowCase('run --pids-limit: no process more than that', async (docker) => {
    const script = 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done 2>&1; echo started';
    const { status, out, error } = await tryBox(docker, ['--pids-limit', '5'], 'sh', '-c', script);
    return { status, refused: (out + error).includes('can\'t fork') };
  }),

  dockerCase('stats: memory, its limit, and the number of processes', async (docker) => {
    await start(docker, 'one', ['--memory', '64m'], 'sleep 999 & sleep 998 & wait');
    await eventually(() => succeed(docker, ['top', 'one']), (text) => text.includes('998'));
    const format = '{{.Name}} {{.MemUsage}} {{.PIDs}} {{.CPUPerc}} {{.BlockIO}}';
    const text = await succeed(docker, ['stats', '--no-stream', '--format', format, 'one']);
    expect(text).toMatch(/^one [\d.]+[KM]iB \/ 64MiB 3 [\d.]+% [\d.]+\w?B \/ [\d.]+\w?B$/);
    return text.replace(/[\d.]+[KM]iB \//, 'USED /').replace(/[\d.]+%.*/, 'CPU IO');
  }),

  slowCase('top: the container\'s processes, as ps prints them', async (docker) => {
    await start(docker, 'one', [], 'sleep 999 & sleep 998 & wait');
    await eventually(() => succeed(docker, ['top', 'one']), (text) => text.includes('998'));
    const plain = (await succeed(docker, ['top', 'one'])).split('\n');
    const chosen = (await succeed(docker, ['top', 'one', '-o', 'pid,args'])).split('\n').slice(1);
    const programs = chosen.map((line) => line.trim().replace(/^\d+ */, '')).sort();
    return { title: plain[0]?.split(/ +/), processes: plain.length - 1, programs };
  }),

  dockerCase('events: from create to destroy', async (docker) => {
    const since = await now(docker);
    await succeed(docker, ['run', '--detach', '--name', 'one', '--network', 'none', IMAGE, 'sleep', '1000']);
    await succeed(docker, ['pause', 'one']);
    await succeed(docker, ['unpause', 'one']);
    await succeed(docker, ['exec', 'one', 'sh', '-c', 'exit 3']).catch(() => undefined);
    await succeed(docker, ['kill', 'one']);
    await becomes(docker, 'one', '.State.Running', false);
    await succeed(docker, ['rm', 'one']);
    // The end of an exec is told whenever the shim has seen it.
    const events = (await eventsOf(docker, 'one', since)).filter((event) => !event.includes('exec_die'));
    expect(events.at(-1)).toBe('container destroy');
    return events;
  }),

  dockerCase('OOM: the container is killed, and OOMKilled', async (docker) => {
    const since = await now(docker);
    // The kernel's notice may come later than the end of the process.
    await start(docker, 'one', ['--memory', '16m', '--memory-swap', '16m'], OUT_OF_MEMORY);
    await becomes(docker, 'one', '.State.Running', false);
    const killed = await inspect(docker, 'one', '.State.OOMKilled');
    expect(killed).toBe(true);
    expect(await eventsOf(docker, 'one', since)).toContain('container oom');
    const code = await inspect(docker, 'one', '.State.ExitCode');
    return { killed, logs: await succeed(docker, ['logs', 'one']), code };
  }),

  slowCase('the end: every process goes with the first one', async (docker) => {
    await start(docker, 'one', [], '(trap "" TERM HUP; exec sleep 31415) & sleep 0.3; exit 2');
    await becomes(docker, 'one', '.State.Running', false);
    const left = () => onMachine(docker, 'grep -l "3141[5]" /proc/[0-9]*/cmdline 2>/dev/null | wc -l');
    await eventually(left, (count) => count === '0');
    return inspect(docker, 'one', '.State.ExitCode');
  }),

  dockerCase('the end: nothing of a removed container is left', async (docker) => {
    const id = await start(docker, 'one', ['--tmpfs', '/t', '--volume', '/v', '--memory', '64m']);
    const there = remaining([id]);
    expect(there.cgroups).not.toEqual([]);
    await succeed(docker, ['rm', '--force', '--volumes', 'one']);
    const left = () => {
      const { cgroups, processes, mounts } = remaining([id]);
      return [...cgroups, ...processes.filter((line) => !line.includes('dockerd')), ...mounts];
    };
    await eventually(left, (lines) => lines.length === 0);
    return onMachine(docker, `find ${docker.places.directory}/exec -path '*runtime-*' -name ${id}; `
      + `find /run -name ${id} 2>/dev/null`);
  }),

  slowCase('the end: of a container whose shim has been killed', async (docker) => {
    const id = await start(docker, 'one', [], 'sleep 999 & exec sleep 1000');
    const pid = String(await inspect(docker, 'one', '.State.Pid'));
    await onMachine(docker, `kill -9 $(awk '{ print $4 }' /proc/${pid}/stat)`);
    await becomes(docker, 'one', '.State.Running', false);
    const left = () => [...remaining([id]).cgroups, ...remaining([id]).processes];
    await eventually(left, (lines) => lines.length === 0, 30_000);
    const code = await inspect(docker, 'one', '.State.ExitCode');
    await succeed(docker, ['start', 'one']);
    return { code, again: await inspect(docker, 'one', '.State.Running') };
  }),

  slowCase('restart: the same container, a new process', async (docker) => {
    await start(docker, 'one', [], 'echo begun; touch /count-$(ls / | grep -c count); sleep 1000');
    const pid = await inspect(docker, 'one', '.State.Pid');
    await succeed(docker, ['restart', '--time', '0', 'one']);
    await eventually(() => succeed(docker, ['logs', 'one']), (text) => text === 'begun\nbegun');
    expect(await inspect(docker, 'one', '.State.Pid')).not.toBe(pid);
    return inside(docker, 'one', 'ls / | grep count');
  }),

  slowCase('run --restart on-failure: as often as was said', async (docker) => {
    await start(docker, 'one', ['--restart', 'on-failure:2'], 'echo tried; exit 5');
    await eventually(() => succeed(docker, ['logs', 'one']), (text) => text === 'tried\ntried\ntried', 30_000);
    await becomes(docker, 'one', '.State.Status', 'exited');
    return { count: await inspect(docker, 'one', '.RestartCount'), code: await inspect(docker, 'one',
      '.State.ExitCode') };
  }),

  slowCase('run --restart always: comes again when killed, not when stopped', async (docker) => {
    await start(docker, 'one', ['--restart', 'always'], 'echo begun; exec sleep 1000');
    await logged(docker, 'one', 'begun');
    await onMachine(docker, `kill -9 ${String(await inspect(docker, 'one', '.State.Pid'))}`);
    await logged(docker, 'one', 'begun\nbegun');
    await becomes(docker, 'one', '.State.Running', true);
    await succeed(docker, ['stop', '--time', '0', 'one']);
    return { status: await inspect(docker, 'one', '.State.Status'), count: await inspect(docker, 'one',
      '.RestartCount') };
  }),

  slowCase('wait: several containers, in any order', async (docker) => {
    await start(docker, 'one', [], 'while [ ! -e /go ]; do sleep 0.05; done; exit 1');
    await start(docker, 'two', [], 'exit 2');
    const waiting = startClient(docker, ['wait', 'one', 'two']);
    await inside(docker, 'one', 'touch /go');
    return answerOf(await waiting.ended);
  }),

  slowCase('twenty containers at once', async (docker) => {
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const runs = await Promise.all(numbers.map((each) => tryBox(docker, [], 'sh', '-c', `echo ${each}; exit ${each}`)));
    expect(runs.map(({ status }) => status)).toEqual(numbers);
    return runs;
  }, { timeout: 120_000 }),
];
