// What a runtime that believes too much would kill, remove or write to: a process in a cgroup of its own, an empty
// directory, a file. And what the engine's own words in an error would show.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { PlacedCgroup } from '../../../src/cgroup/driver.ts';
import { probeHost } from '../../../src/host/probe.ts';
import { cgroupParent } from '../bundle.ts';
import { INTERNALS } from '../lifecycle.ts';
import { type Result, runtime } from '../runtime.ts';

export interface Canaries {
  readonly pid: number;
  readonly startTime: number;
  /** The process's cgroups, as a state file has them. */
  readonly cgroups: readonly PlacedCgroup[];
  readonly directory: string;
  readonly file: string;
  /** What has become of them: nothing, as long as all are well. */
  harm(): string[];
  [Symbol.asyncDispose](): Promise<void>;
}

const CONTENT = 'untouched';

export function makeCanaries(): Canaries {
  const child = spawn('sleep', ['1000000'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const root = mkdtempSync(join(tmpdir(), 'nunc-canaries-'));
  const [directory, file] = [join(root, 'directory'), join(root, 'file')];
  mkdirSync(directory);
  writeFileSync(file, CONTENT);
  const cgroups = probeHost().hierarchies.map((hierarchy) => ({
    ...hierarchy, path: `${hierarchy.mountpoint}${cgroupParent}-canary`,
  }));
  for (const { path } of cgroups) enter(path, pid);
  const startTime = Number(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /, '').split(' ')[19]);
  const harm = (): string[] => [
    ...(child.exitCode === null && child.signalCode === null && readFileSync(`/proc/${pid}/stat`, 'latin1') !== ''
      ? [] : ['the canary process has ended']),
    ...cgroups.filter(({ path }) => !readFileSync(`${path}/cgroup.procs`, 'utf8').split('\n').includes(String(pid)))
      .map(({ path }) => `the canary is not in ${path} any more`),
    ...(readFileSync(file, 'utf8') === CONTENT ? [] : ['the canary file is changed']),
    ...(readdirSync(root).length === 2 ? [] : ['the canary directory is gone']),
  ];
  const end = (): Promise<void> => remove(child, { root, cgroups });
  return { pid, startTime, cgroups, directory, file, harm, [Symbol.asyncDispose]: end };
}

function enter(path: string, pid: number): void {
  mkdirSync(path, { recursive: true });
  // A new cgroup of v1's cpuset takes no process before it has CPUs and memory.
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    try {
      writeFileSync(`${path}/${name}`, readFileSync(`${path}/../${name}`, 'utf8'), { flag: 'r+' });
    } catch {
      // Another hierarchy.
    }
  }
  writeFileSync(`${path}/cgroup.procs`, String(pid), { flag: 'r+' });
}

async function remove(child: ChildProcess, made: { root: string; cgroups: readonly PlacedCgroup[] }): Promise<void> {
  child.kill('SIGKILL');
  for (let tries = 0; child.exitCode === null && child.signalCode === null && tries < 200; tries++) await delay(10);
  for (const { path } of made.cgroups) rmdirSync(path);
  rmSync(made.root, { recursive: true, force: true });
}

/** What is wrong with how a command has ended: it may succeed, or say in one line why not. */
export function disorder({ status, signal, stderr }: Result): string | undefined {
  if (signal !== null || status === null) return `ended by ${String(signal)}`;
  if (INTERNALS.test(stderr)) return `shows the engine: ${stderr}`;
  const errors = stderr.split('\n').filter((line) => line.includes('level=error')).length;
  if (status === 0) return errors === 0 ? undefined : `succeeds and says ${stderr}`;
  if (status !== 1 && status !== 255) return `exit status ${status}: ${stderr}`;
  return errors === 1 ? undefined : `says ${errors} errors: ${stderr}`;
}

/** Runs a command that must end in an orderly way. @param what the case, for a message */
export async function orderly(args: readonly string[], root: string, what: string): Promise<Result> {
  const result = await runtime(args, { root, timeout: 20_000 });
  expect(disorder(result), `${args.join(' ')} on ${what}`).toBeUndefined();
  return result;
}
