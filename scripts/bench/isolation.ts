// Private namespaces for the benchmark, so that it can neither disturb the host nor leave anything on it:
//
//   bench (host)      makes a directory, runs ──▶ unshare ──▶ bench (inside), pid 1 of a pid namespace
//     │                                                         tmpfs on the directory: bundles and state
//     │ waits, whatever happens inside                          the v2 mount of a hybrid host is covered
//     │ removes the cgroups and the directory                   runs the runtimes
//
// When either end dies, the pid namespace takes every process with it and the mount namespace every mount; the cgroups
// are all that outlives them. The covered v2 mount is for crun 1.8, which refuses hybrid hosts.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ffi } from '../../src/ffi/port.ts';
import { must, numbers } from '../../src/ffi/system-calls.ts';
import { probeHost } from '../../src/host/probe.ts';

const CGROUP_PATIENCE_MS = 5000;

/**
 * Runs this program again inside. Interrupts end it early.
 *
 * @returns its exit status
 */
export async function runInside(script: string, argv: readonly string[]): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-bench-'));
  const cgroup = `/nunc-bench-${process.pid}`;
  const unshare = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const bench = [process.execPath, script, ...argv, '--inside-directory', directory, '--inside-cgroup', cgroup];
  try {
    return await runUntilEnd('unshare', [...unshare, ...bench]);
  } finally {
    await removeCgroups(cgroup);
    rmSync(directory, { recursive: true });
  }
}

function runUntilEnd(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    let interrupted = 0;
    const interrupt = (_: NodeJS.Signals, signal: number): void => {
      interrupted = signal;
      // unshare itself ignores gentler ones; its child goes with it (--kill-child).
      child.kill('SIGKILL');
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
    for (const signal of signals) process.on(signal, interrupt);
    child.on('error', reject);
    child.on('exit', (code) => {
      for (const signal of signals) process.off(signal, interrupt);
      resolve(interrupted === 0 ? (code ?? 1) : 128 + interrupted);
    });
  });
}

/** Removes a cgroup and those below it from every hierarchy; killed processes take a moment to leave. */
async function removeCgroups(cgroup: string): Promise<void> {
  for (const { mountpoint } of probeHost().hierarchies) {
    const deadline = Date.now() + CGROUP_PATIENCE_MS;
    while (!removeTree(mountpoint + cgroup)) {
      if (Date.now() > deadline) throw new Error(`cannot remove the cgroup "${mountpoint}${cgroup}"`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function removeTree(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(path, entry.name));
    }
    rmdirSync(path);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

/** Mounts what the inside needs. Only for a mount namespace of our own. @returns the cgroup version that is left */
export function mountInside(ffi: Ffi, directory: string): 'v1' | 'v2' {
  mountTmpfs(ffi, directory);
  const { cgroupMode, hierarchies } = probeHost();
  if (cgroupMode === 'v2') return 'v2';
  for (const { version, mountpoint } of hierarchies) {
    if (version === 2) mountTmpfs(ffi, mountpoint);
  }
  return 'v1';
}

function mountTmpfs(ffi: Ffi, target: string): void {
  mkdirSync(target, { recursive: true });
  mountFileSystem(ffi, { type: 'tmpfs', target, options: 'mode=755' });
}

interface MountRequest {
  readonly type: string;
  readonly target: string;
  readonly options: string;
}

/** mount(2) of a file system that needs no device. Only for a mount namespace of our own. */
export function mountFileSystem(ffi: Ffi, { type, target, options }: MountRequest): void {
  const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`);
  const result = ffi.syscall(numbers.mount, text(type), text(target), text(type), 0, text(options));
  must(result, `mount "${type}" at "${target}"`);
}
