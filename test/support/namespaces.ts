// Namespaces and mounts for tests to hand to containers: held by processes of the running test, gone when it ends.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** Options of unshare(1), such as `--net`. */
export type UnshareOptions = readonly string[];

/**
 * Starts a process in new namespaces, with a process 1 if there is a new pid namespace.
 *
 * @returns the pid, on the host, of a process in all of them
 */
export async function holdNamespaces(options: UnshareOptions): Promise<number> {
  const forks = options.includes('--pid');
  const extra = forks ? ['--fork', '--kill-child'] : [];
  const script = 'echo ready; exec sleep 1000';
  const holder = spawn('unshare', [...options, ...extra, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  onTestFinished(async () => {
    holder.kill('SIGKILL');
    await ended;
  });
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => {
      throw new Error(`unshare ${options.join(' ')} failed`);
    }),
  ]);
  const pid = holder.pid ?? 0;
  return forks ? onlyChild(pid) : pid;
}

async function onlyChild(pid: number): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (children !== '') return Number(children.split(' ')[0]);
    await delay(5);
  }
}

/** Runs a shell script in the mount namespace of a held process. */
export function inMountNamespace(pid: number, script: string): string {
  return execFileSync('nsenter', [`--mount=/proc/${pid}/ns/mnt`, 'sh', '-ec', script], { encoding: 'utf8' });
}

/** In a held mount namespace: a mount at `path`, made when missing, and one at <path>/below, with these options. */
export function makeTree(pid: number, path: string, options: string): void {
  inMountNamespace(pid, `
    mkdir -p ${path}
    mount -t tmpfs top ${path}
    mkdir ${path}/below
    mount -t tmpfs bottom ${path}/below
    echo content >${path}/below/file
    mount -o remount,bind,${options} ${path}/below
    mount -o remount,bind,${options} ${path}`);
}
