// exec into a container that is hostile: its root lies in wait for the process that joins (CVE-2016-9962), for its
// executable (CVE-2019-5736), for a working directory outside (CVE-2024-21626).

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { waitProcess } from '../../src/ffi/system-calls.ts';
import { WNOHANG } from '../../src/linux/constants.ts';
import { type BundleSpec, mapUsers } from '../support/bundle.ts';
import { exec, execAsk, execFailure, startHost } from '../support/exec.ts';
import { execAsLibrary } from '../support/exec-library.ts';
import { kernel } from '../support/library.ts';
import { eventually, stateOf } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, configured, globalOptions, runProgram, stateRoot } from '../support/runtime.ts';
import { slowed } from '../support/tampering.ts';
import { grant, startTracer } from '../support/tracer.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const tracerTest = requires('root', 'cgroups', 'busybox', 'nunc', 'gcc');

const hosts: readonly { name: string; change: (spec: BundleSpec) => void; denied: boolean }[] = [
  { name: 'a root with the default capabilities', change: () => undefined, denied: true },
  {
    name: 'a root with every capability in a user namespace of its own',
    change: (spec) => {
      mapUsers(spec);
      grant(spec, 'CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_SYS_ADMIN', 'CAP_SETUID');
    },
    denied: true,
  },
  // Who has it may look into whatever it sees: nothing of the host's may be there.
  { name: 'a root with CAP_SYS_PTRACE', change: (spec) => grant(spec, 'CAP_SYS_PTRACE'), denied: false },
];

/** What a process that joins may show to who may trace it: what leads back to the container, and the way to exec. */
const HARMLESS = /^fd \d+ (pipe:\[\d+\]|socket:\[\d+\]|anon_inode:\[pidfd\]|pidfd:\[\d+\]|\/|\/etc\/passwd|\/sys\/fs\/cgroup\/.*\/tasks)$/;

describe('while a process joins', () => {
  for (const { name, change, denied } of hosts) {
    tracerTest(`${name} gets at nothing of the host's`, async () => {
      const { bundle, found } = await startTracer(change);
      for (let round = 0; round < 3; round++) {
        const pidFile = join(bundle.directory, 'joined');
        const request = { alterPlan: slowed(3), pidFile };
        await execAsLibrary({ bundle, args: ['sh', '-c', 'exit 5'], request });
        const pid = Number(readFileSync(pidFile, 'utf8'));
        const ended = await eventually(() => waitProcess(kernel(), pid, WNOHANG), ({ pid: found }) => found === pid);
        expect(ended.status >> 8).toBe(5);
      }
      const lines = found();
      const seen = new Set(lines.filter((line) => !/^(ready|denied)$/.test(line)));
      // When it has become the program meanwhile.
      const others = [...seen].filter((line) => !/^(memory|traced) \/bin\//.test(line));
      if (denied) {
        expect(others).toEqual([]);
        // Or it has looked at nothing.
        expect(lines.filter((line) => line === 'denied').length).toBeGreaterThan(100);
      } else {
        expect(others.filter((line) => line.startsWith('fd '))).not.toEqual([]);
        const harmless = (line: string): boolean => HARMLESS.test(line) || line.endsWith('/memfd:nunc-init (deleted)');
        expect(others.filter((line) => !harmless(line))).toEqual([]);
      }
    });
  }
});

/** A working directory that only a descriptor of the runtime's would lead to. */
describe('exec --cwd /proc/self/fd/N', () => {
  test('never leads out of the container', async () => {
    const bundle = await startHost();
    const command = [...commandOf(configured), ...globalOptions(stateRoot()), 'exec'];
    const script = 'exec 3</ 5</etc 9</tmp; exec "$@"';
    const root = await execAsk(bundle, 'ls /');
    for (let descriptor = 0; descriptor <= 20; descriptor++) {
      const argv = [...command, '--cwd', `/proc/self/fd/${descriptor}`, bundle.id, 'sh', '-c', 'pwd; ls ..'];
      const result = await runProgram(['sh', '-c', script, 'sh', ...argv]);
      // One may be the container's root itself.
      if (result.status === 0) expect(result.stdout, String(descriptor)).toBe(`/\n${root}\n`);
      else expect(execFailure(result), String(descriptor)).toMatch(/no such file|not a directory|permission denied/);
    }
  });

  nuncTest('nor does a preserved descriptor', async () => {
    const bundle = await startHost();
    const command = [...commandOf(configured), ...globalOptions(stateRoot()), 'exec', '--preserve-fds', '1'];
    const argv = [...command, '--cwd', '/proc/self/fd/3', bundle.id, 'pwd'];
    const result = await runProgram(['sh', '-c', 'exec 3</; exec "$@"', 'sh', ...argv]);
    expect(execFailure(result)).toMatch(/^cannot change to the working directory "\/proc\/self\/fd\/3"/);
  });

  test('nor does a symbolic link of the image', async () => {
    const bundle = await startHost((spec) => void (spec.root.readonly = false));
    await execAsk(bundle, 'ln -s /proc/self/fd/7 /link; ln -s /proc/1/cwd/../../../.. /up; ln -s / /root-link');
    for (const cwd of ['/link', '/up/..', '/root-link', '/../../..']) {
      const options = ['--cwd', cwd];
      const result = await exec(bundle, ['sh', '-c', 'readlink /proc/self/cwd; ls -d work'], { options });
      if (result.status === 255) execFailure(result);
      else expect(result.stdout).toMatch(/^\/\n$/);
    }
  });
});

const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('the runtime\'s executable', () => {
  test('is not to be had by a program that is /proc/self/exe', async () => {
    const bundle = await startHost((spec, { rootfs }) => {
      spec.root.readonly = false;
      for (const [name, target] of [['self', '/proc/self/exe'], ['first', '/proc/1/exe']] as const) {
        writeFileSync(join(rootfs, name), `#!${target}\n`, { mode: 0o755 });
      }
    });
    const before = existsSync(configured) ? hash(configured) : '';
    for (const program of ['/proc/self/exe', '/self', '/first']) {
      const script = 'echo overwritten >/proc/self/exe; readlink /proc/self/exe';
      const result = await exec(bundle, [program, 'sh', '-c', script]);
      expect(`${result.stdout}${result.stderr}`).not.toContain(configured);
    }
    if (before !== '') expect(hash(configured)).toBe(before);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });
});

test('inheritable capabilities are none, whatever the container\'s own are (CVE-2022-29162)', async () => {
  const bundle = await startHost((spec) => grant(spec, 'CAP_NET_RAW'));
  const read = 'grep -E "^Cap(Inh|Amb)" /proc/self/status | cut -f 2';
  const none = '0'.repeat(16);
  expect(await execAsk(bundle, read)).toBe(`${none}\n${none}`);
  expect(await execAsk(bundle, read, { options: ['--cap', 'CAP_SYS_ADMIN'] })).toBe(`${none}\n${none}`);
});
