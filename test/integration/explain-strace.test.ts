// What explain prints is what happens: its operations are followed along what strace sees of the init of a real run.

import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { Explanation } from '../../src/container/explain/document.ts';
import type { Operation, Plan } from '../../src/plan/operation.ts';
import { makeBundle } from '../support/bundle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, runProgram, runtime, stateRoot } from '../support/runtime.ts';
import type { TracedCall } from '../support/trace.ts';
import { findInit, follow, splitAtExecve, traceRun } from '../support/trace-run.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc', 'strace');
const bundles = join(import.meta.dirname, '../../bundles');

/** Hexadecimal bytes → bytes, as in a plan. */
function revive(key: string, value: unknown): unknown {
  return key === 'bytes' ? Uint8Array.from(Buffer.from(value as string, 'hex')) : value;
}

/** The plan, of nothing but what `explain --format json` has printed. */
function planOf(document: Explanation): Plan {
  const operations = document.stages.flatMap(({ name, operations }) => operations.map((explained) => (
    { ...explained.raw, kind: explained.kind, origin: explained.origin, action: explained.action, stage: name }
  ) as unknown as Operation));
  return { operations, memory: 0, report: document.descriptors[0]?.number ?? 0 };
}

/** The cgroup directories that a run has made, and what it has written into files there, in order. */
function cgroupWork(trace: string, name: string): { made: string[]; written: string[] } {
  const [made, written]: [string[], string[]] = [[], []];
  const open = new Map<string, string>();
  const engine = /^\d+/.exec(trace)?.[0] ?? '';
  for (const line of trace.split('\n').filter((candidate) => candidate.startsWith(`${engine} `))) {
    const closed = /\bclose\((\d+)\)/.exec(line)?.[1];
    if (closed !== undefined) open.delete(closed);
    const directory = /mkdirat\(AT_FDCWD, "([^"]+)", \S+ *= 0$/.exec(line)?.[1];
    if (directory?.endsWith(`/${name}`) === true) made.push(directory);
    const opened = /openat\(AT_FDCWD, "([^"]+)", O_RDWR[^)]*\) += (\d+)/.exec(line);
    if (opened !== null) open.set(opened[2] ?? '', opened[1] ?? '');
    const [, descriptor = '', value = ''] = /\b(?:write|pwrite64)\((\d+), "([^"]*)"/.exec(line) ?? [];
    const path = open.get(descriptor) ?? '';
    if (path.startsWith('/sys/') && path.includes(`/${name}/`) && !/subtree_control|cpuset\./.test(path)) written.push(`${path} ${value}`);
  }
  return { made, written };
}

describe('explain', () => {
  requires('root', 'cgroups', 'busybox', 'nunc', 'strace', 'not-systemd-managed')(
    'prints the cgroups that are made and the values that are written, in order', async () => {
      const bundle = makeBundle({ args: ['true'], mutate: ({ linux }) => {
        linux.resources = {
          pids: { limit: 50 }, cpu: { shares: 512, quota: 40_000, period: 100_000 }, memory: { limit: 67_108_864 },
          devices: [{ allow: false, access: 'rwm' }, { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' }],
        };
      } });
      const explained = await runtime(['explain', '-b', bundle.directory, '--id', bundle.id, '--format', 'json']);
      const { cgroups } = JSON.parse(explained.stdout) as Explanation;
      const trace = join(bundle.directory, 'trace');
      const strace = ['strace', '-f', '-s', '200', '-o', trace, '-e', 'trace=mkdirat,openat,write,pwrite64,close'];
      const run = [...commandOf(), '--root', stateRoot(), 'run', '--bundle', bundle.directory, bundle.id];
      expect(await runProgram([...strace, ...run])).toMatchObject({ status: 0 });
      const { made, written } = cgroupWork(readFileSync(trace, 'utf8'), bundle.id);
      const state = `${stateRoot()}/${bundle.id}`;
      expect(made).toEqual([state, ...cgroups.directories.map(({ path }) => path)]);
      const files = [...cgroups.deviceFiles, ...cgroups.files.filter(({ when }) => when === undefined)];
      expect(written).toEqual(files.map(({ path, value }) => `${path} ${value}`));
      expect(cgroups.files.map(({ origin }) => origin)).toContain('/linux/resources/pids/limit');
    });

  for (const name of ['hello', 'shell', 'busybox']) {
    test(`prints the operations that a run of bundles/${name} does`, async () => {
      const parent = mkdtempSync(join(tmpdir(), 'nunc-explained-'));
      onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
      const bundle = join(parent, basename(parent));
      cpSync(join(bundles, name), bundle, { recursive: true, verbatimSymlinks: true });
      const id = basename(bundle);
      const { status, stdout } = await runtime(['explain', '--bundle', bundle, '--format', 'json']);
      expect(status).toBe(0);
      const document = JSON.parse(stdout, revive) as Explanation;
      expect(document.container.id).toBe(id);
      const plan = planOf(document);

      const calls = await traceRun(bundle, id, { terminal: name === 'shell' });
      const { stageZero, init } = findInit(calls);
      const of = (pid: number): TracedCall[] => calls.filter((call) => call.pid === pid);
      const birth = plan.operations.findIndex(({ kind }) => kind === 'clone3');
      const [, stageZeroCalls] = splitAtExecve(of(stageZero));
      const ofStageZero = follow(plan, stageZeroCalls, 0);
      expect(ofStageZero).toContain(birth);
      const [initCalls] = splitAtExecve(of(init));
      const ofInit = follow(plan, initCalls, birth + 1);
      expect(ofInit).toContain(plan.operations.findIndex(({ kind }) => kind === 'execve'));
      expect(ofInit.size).toBeGreaterThan(150);
      // Where explain says that the init waits it has waited, and for nothing else.
      const waits = document.waits.map(({ operation }) => operation);
      expect(waits.every((operation) => ofInit.has(operation))).toBe(true);
      // And what it says of a call's arguments is what strace has shown: a wrong one is noticed.
      const altered = initCalls.map((call) => (call.name === 'umask' ? { ...call, args: '0x99' } : call));
      expect(() => follow(plan, altered, birth + 1)).toThrow('umask');
    });
  }
});
