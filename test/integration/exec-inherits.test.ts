// exec: what confines and places the container's own process confines and places every other one: seccomp, AppArmor,
// limits, scores, priorities; and what process.json has of its own goes before it.

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { Process } from '../../src/config/types.ts';
import { loadProfile } from '../support/apparmor.ts';
import { proc } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import {
  exec, execAsk, execDetached, execRefusal, fileAsk, processFile, startHost,
} from '../support/exec.ts';
import { stateOf, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { type Running, runProgram, runtimeName, startProgram } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const numaTest = requires('root', 'cgroups', 'busybox', 'nunc', 'numa');
const notifyTest = requires('root', 'cgroups', 'busybox', 'nunc', 'python3');
const appArmorTest = requires('root', 'cgroups', 'busybox', 'apparmor');
const support = join(import.meta.dirname, '../support');

/** Starts a process by a process.json. @returns its pid on the host */
function fromFile(bundle: Bundle, changes: Partial<Process> = {}): Promise<number> {
  return execDetached(bundle, [], { options: ['-p', processFile(bundle, { args: ['sleep', '1000'], ...changes })] });
}

const denied = (noNewPrivileges: boolean) => (spec: BundleSpec): void => {
  spec.process.noNewPrivileges = noNewPrivileges;
  spec.linux.seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }],
  };
};

describe('seccomp', () => {
  for (const noNewPrivileges of [true, false]) {
    const how = noNewPrivileges ? 'with' : 'without';
    test(`one filter, that of the container, ${how} no_new_privs, for root and for a user`, async () => {
      const bundle = await startHost(denied(noNewPrivileges));
      const script = 'grep -E "^Seccomp|^NoNewPrivs" /proc/self/status | cut -f 2; mkdir /tmp/x 2>&1; true';
      const failure = "mkdir: can't create directory '/tmp/x': Function not implemented";
      const wanted = `${Number(noNewPrivileges)}\n2\n1\n${failure}`;
      expect(await execAsk(bundle, script)).toBe(wanted);
      expect(await fileAsk(bundle, script, { noNewPrivileges })).toBe(wanted);
      if (noNewPrivileges) expect(await execAsk(bundle, script, { options: ['-u', '1000'] })).toBe(wanted);
    });
  }

  nuncTest('asks the profile to allow nothing but execve', async () => {
    const bundle = await startHost((spec) => void (spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['capset', 'setgroups', 'close_range', 'chroot'], action: 'SCMP_ACT_KILL' }],
    }));
    expect(await exec(bundle, ['true'], { options: ['-u', '5'] })).toMatchObject({ status: 0 });
  });

  notifyTest('SCMP_ACT_NOTIFY: the agent gets a listener of the new process\'s own', async () => {
    const names = ['mkdir', 'mkdirat'];
    const bundle = await startHost(async (spec, made) => {
      await startAgent(made, 'continue');
      spec.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW', listenerPath: agentSocket(made), listenerMetadata: 'meta',
        syscalls: [{ names, action: 'SCMP_ACT_NOTIFY' }],
      };
    });
    const { pid: init } = await stateOf(bundle.id);
    // The container's own has taken its one connection.
    rmSync(agentSocket(bundle));
    const agent = await startAgent(bundle, '17');
    const file = join(bundle.directory, 'exec-pid');
    const result = await exec(bundle, ['mkdir', '/tmp/made'], { options: ['--pid-file', file] });
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('File exists') as string });
    const [, received = '', ...calls] = (await agent.ended).stdout.trim().split('\n');
    const pid = Number(readFileSync(file, 'utf8'));
    expect(JSON.parse(received)).toMatchObject({
      descriptors: 1,
      message: { pid, fds: ['seccompFd'], metadata: 'meta', state: { id: bundle.id, status: 'running', pid: init } },
    });
    expect(calls).toEqual(['83', 'end']);
  });

  notifyTest('SCMP_ACT_NOTIFY: without an agent exec fails', async () => {
    const bundle = await startHost(async (spec, made) => {
      await startAgent(made, 'continue');
      const syscalls = [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' as const }];
      spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: agentSocket(made), syscalls };
    });
    const watch = watchHost(bundle);
    rmSync(agentSocket(bundle));
    expect(await execRefusal(bundle, ['true'])).toMatch(/^cannot connect to ".*": no such file or directory; the seccomp agent has to listen there$/);
    await watch.nothingLeft();
  });
});

const agentSocket = ({ directory }: Bundle): string => join(directory, 'agent.sock');

/** Starts test/support/seccomp-agent.py. @param answer an errno or "continue" */
async function startAgent(bundle: Bundle, answer: string): Promise<Running> {
  const script = join(support, 'seccomp-agent.py');
  const agent = startProgram(['python3', script, agentSocket(bundle), answer, '-1'], { timeout: 60_000 });
  onTestFinished(() => void agent.child.kill('SIGKILL'));
  await new Promise((ready) => agent.child.stdout?.once('data', ready));
  return agent;
}

describe('AppArmor', () => {
  appArmorTest('the container\'s profile, also by a process.json, and another where it is asked for', async () => {
    const own = loadProfile('deny /secret r,');
    const other = loadProfile();
    const bundle = await startHost((spec) => {
      spec.process.apparmorProfile = own;
      spec.process.noNewPrivileges = false;
    });
    const read = 'cat /proc/self/attr/current';
    expect(await execAsk(bundle, read)).toBe(`${own} (enforce)`);
    expect(await fileAsk(bundle, read)).toBe(`${own} (enforce)`);
    expect(await execAsk(bundle, read, { options: ['--apparmor', other] })).toBe(`${other} (enforce)`);
    expect(await fileAsk(bundle, read, { apparmorProfile: other })).toBe(`${other} (enforce)`);
    const pid = await execDetached(bundle, ['sleep', '1000']);
    expect(proc(pid, 'attr/current').trim()).toBe(`${own} (enforce)`);
  });

  appArmorTest('a profile that is not loaded fails exec', async () => {
    const bundle = await startHost();
    const message = await execRefusal(bundle, ['true'], { options: ['--apparmor', 'nunc-no-such'] });
    expect(message).toMatch(/nunc-no-such|no such file/);
  });
});

requires('root', 'cgroups', 'busybox', 'nunc', 'no-apparmor', 'no-selinux')(
  '--apparmor and --process-label need their security module',
  async () => {
    const bundle = await startHost();
    expect(await execRefusal(bundle, ['true'], { options: ['--apparmor', 'x'] }))
      .toBe('process: /apparmorProfile: "x" can\'t be applied: AppArmor is not enabled on this host');
    expect(await execRefusal(bundle, ['true'], { options: ['--process-label', 'x'] }))
      .toBe('process: /selinuxLabel: "x" can\'t be applied: SELinux is not enabled on this host');
  },
);

const limitsOf = (pid: number): string[] => proc(pid, 'limits').split('\n').map((line) => line.trimEnd());

test('rlimits: the container\'s to the digit; those of a process.json instead, if it has any', async () => {
  const bundle = await startHost((spec) => {
    spec.process.rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }, { type: 'RLIMIT_CORE', soft: 0, hard: 1 << 30 },
      { type: 'RLIMIT_NPROC', soft: 4000, hard: 4000 }, { type: 'RLIMIT_AS', soft: 2 ** 40 + 4097, hard: 2 ** 53 - 1 },
    ];
  });
  const { pid: init } = await stateOf(bundle.id);
  expect(limitsOf(await execDetached(bundle, ['sleep', '1000']))).toEqual(limitsOf(init));
  // runc 1.1.5 leaves such a process the caller's.
  if (runtimeName === 'nunc') expect(limitsOf(await fromFile(bundle))).toEqual(limitsOf(init));
  const own = await fromFile(bundle, { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 55, hard: 66 }] });
  expect(proc(own, 'limits')).toMatch(/^Max open files +55 +66 /m);
});

nuncTest('rlimits: numbers that are not exact in JavaScript, of the container\'s and of a process.json', async () => {
  const bundle = await startHost((spec) => {
    spec.process.rlimits = [{ type: 'RLIMIT_AS', soft: 2 ** 60, hard: 2 ** 60 }];
  });
  const path = processFile(bundle, { args: ['sleep', '1000'], rlimits: [{ type: 'RLIMIT_AS', soft: 7, hard: 8 }] });
  const text = readFileSync(path, 'utf8').replace('"soft":7', '"soft":9007199254740993')
    .replace('"hard":8', '"hard":9007199254740995');
  execFileSync('tee', [path], { input: text, stdio: ['pipe', 'ignore', 'inherit'] });
  const pid = await execDetached(bundle, [], { options: ['-p', path] });
  expect(proc(pid, 'limits')).toMatch(/^Max address space +9007199254740993 +9007199254740995 /m);
});

test('oomScoreAdj: the container\'s, and that of a process.json', async () => {
  const bundle = await startHost((spec) => void (spec.process.oomScoreAdj = 321));
  const read = 'cat /proc/self/oom_score_adj';
  expect(await execAsk(bundle, read)).toBe('321');
  expect(await fileAsk(bundle, read)).toBe('321');
  // Which runc 1.1.5 does not look at.
  if (runtimeName === 'nunc') expect(await fileAsk(bundle, read, { oomScoreAdj: 400 })).toBe('400');
});

nuncTest('umask: the container\'s, and that of a process.json', async () => {
  const bundle = await startHost((spec) => void (spec.process.user = { uid: 0, gid: 0, umask: 0o27 }));
  expect(await execAsk(bundle, 'umask')).toBe('0027');
  expect(await fileAsk(bundle, 'umask')).toBe('0027');
  expect(await fileAsk(bundle, 'umask', { user: { uid: 0, gid: 0, umask: 0o77 } })).toBe('0077');
  expect(await fileAsk(await startHost(), 'umask')).toBe('0022');
});

nuncTest('scheduler and ioPriority: the container\'s, and those of a process.json', async () => {
  const bundle = await startHost((spec) => {
    spec.process.scheduler = { policy: 'SCHED_BATCH', nice: 3 };
    spec.process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 6 };
  });
  const seen = async (pid: number): Promise<string[]> => {
    const [policy, priority] = await Promise.all([
      runProgram(['chrt', '--pid', String(pid)]), runProgram(['ionice', '-p', String(pid)]),
    ]);
    const nice = proc(pid, 'stat').split(') ')[1]?.split(' ')[16] ?? '';
    return [/policy: (\w+)/.exec(policy.stdout)?.[1] ?? '', nice, priority.stdout.trim()];
  };
  const inherited = ['SCHED_BATCH', '3', 'best-effort: prio 6'];
  expect(await seen(await execDetached(bundle, ['sleep', '1000']))).toEqual(inherited);
  expect(await seen(await fromFile(bundle))).toEqual(inherited);
  const own = await fromFile(bundle, {
    scheduler: { policy: 'SCHED_IDLE' }, ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 },
  });
  expect(await seen(own)).toEqual(['SCHED_IDLE', '0', 'idle']);
});

numaTest('memoryPolicy: the container\'s', async () => {
  const bundle = await startHost((spec) => void (spec.linux.memoryPolicy = { mode: 'MPOL_BIND', nodes: '0' }));
  expect(proc(await execDetached(bundle, ['sleep', '1000']), 'numa_maps')).toMatch(/^\w+ bind:0 /m);
});

// runc 1.1.5 has none.
nuncTest('personality: the container\'s', async () => {
  const bundle = await startHost((spec) => void (spec.linux.personality = { domain: 'LINUX32' }));
  expect(await execAsk(bundle, 'uname -m')).toBe(await runProgram(['setarch', 'linux32', 'uname', '-m'])
    .then(({ stdout }) => stdout.trim()));
});

nuncTest('execCPUAffinity: initial on the way in, final in the end; that of a process.json goes first', async () => {
  const allowed = /^Cpus_allowed_list:\t(.*)$/m;
  const all = allowed.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  const last = /\d+$/.exec(all)?.[0] ?? '0';
  const bundle = await startHost((spec) => void (spec.process.execCPUAffinity = { initial: '0', final: last }));
  const { pid: init } = await stateOf(bundle.id);
  expect(allowed.exec(proc(init, 'status'))?.[1]).toBe(all);
  const read = 'grep Cpus_allowed_list /proc/self/status | cut -f 2';
  expect(await execAsk(bundle, read)).toBe(last);
  expect(await fileAsk(bundle, read)).toBe(last);
  expect(await fileAsk(bundle, read, { execCPUAffinity: { final: '0' } })).toBe('0');
  expect(await fileAsk(bundle, read, { execCPUAffinity: { initial: '0' } })).toBe('0');
  expect(await fileAsk(await startHost(), read)).toBe(all);
});
