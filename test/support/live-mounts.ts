// Containers whose mounts are changed while they run, and what the kernel says of them: the init's mountinfo, and its
// files as /proc/<pid>/root shows them.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../../src/config/types.ts';
import { type AskOptions, startedPid } from './ask.ts';
import { type Bundle, type BundleSpec, makeBundle, writeConfig } from './bundle.ts';
import { type MountEntry, readMountinfo } from './inside.ts';
import { refusalOf } from './lifecycle.ts';
import { commandOf, globalOptions, type Result, runProgram, stateRoot } from './runtime.ts';

export interface LiveContainer {
  readonly bundle: Bundle;
  readonly pid: number;
  /** A directory of the host's, with a `file` that holds `content`. */
  readonly source: string;
  /** Put before the runtime: `nsenter …`. */
  readonly prefix: readonly string[];
  /** Where a path of the container is, seen from the host. */
  at(path: string): string;
  /** The mounts at a destination, the uppermost last. */
  mountsAt(destination: string): MountEntry[];
}

type Change = (spec: BundleSpec, bundle: Bundle) => void;

/** A writable bundle with a source for bind mounts. */
export function liveBundle(change?: Change, script = 'exec sleep 1000'): Bundle {
  const bundle = makeBundle({ args: ['sh', '-c', script] });
  const source = join(bundle.directory, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'file'), 'content');
  bundle.spec.root.readonly = false;
  change?.(bundle.spec, bundle);
  writeConfig(bundle);
  return bundle;
}

export function mountsOf(pid: number): MountEntry[] {
  return readMountinfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
}

export function liveContainer(bundle: Bundle, pid: number, prefix: readonly string[] = []): LiveContainer {
  return {
    bundle,
    pid,
    source: join(bundle.directory, 'source'),
    prefix,
    at: (path) => `/proc/${pid}/root${path}`,
    mountsAt: (destination) => mountsOf(pid).filter(({ point }) => point === destination),
  };
}

/** Creates and starts. */
export async function startLive(change?: Change, script?: string, options: AskOptions = {}): Promise<LiveContainer> {
  const bundle = liveBundle(change, script);
  return liveContainer(bundle, await startedPid(bundle, options), options.prefix);
}

export function useUserNamespace(spec: BundleSpec, { directory, rootfs }: Bundle): void {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  chmodSync(directory, 0o711);
  execFileSync('chown', ['-hR', '100000:100000', rootfs]);
  spec.linux.namespaces?.push({ type: 'user' });
  spec.linux.uidMappings = map;
  spec.linux.gidMappings = map;
}

export type Given = Partial<Mount> & Pick<Mount, 'destination'>;

export function bind(destination: string, source: string, ...options: string[]): Given {
  return { destination, source, options: ['bind', ...options] };
}

export function tmpfs(destination: string, ...options: string[]): Given {
  return { destination, type: 'tmpfs', source: 'tmpfs', options };
}

const nunc = process.env['RUNTIME'] ?? join(import.meta.dirname, '../../dist/nunc');

/** Runs `mounts add` or `mounts remove`, with what is not text as JSON. */
export function changeMounts(container: LiveContainer, action: 'add' | 'remove', mounts: unknown): Promise<Result> {
  const { bundle, prefix } = container;
  const command = [...prefix, ...commandOf(nunc), ...globalOptions(stateRoot()), 'mounts', action, bundle.id, '-'];
  return runProgram(command, { input: typeof mounts === 'string' ? mounts : JSON.stringify(mounts) });
}

async function succeed(container: LiveContainer, action: 'add' | 'remove', mounts: readonly Given[]): Promise<void> {
  const { status, stdout, stderr } = await changeMounts(container, action, mounts);
  if (status === 0 && stdout === '') return;
  throw new Error(`mounts ${action} failed with ${String(status)}: ${stderr}${stdout}`);
}

export function add(container: LiveContainer, ...mounts: readonly Given[]): Promise<void> {
  return succeed(container, 'add', mounts);
}

export function remove(container: LiveContainer, ...destinations: readonly string[]): Promise<void> {
  return succeed(container, 'remove', destinations.map((destination) => ({ destination })));
}

/** @returns the message */
export async function refuseToAdd(container: LiveContainer, mounts: unknown): Promise<string> {
  return refusalOf(await changeMounts(container, 'add', mounts));
}

/** @returns the message */
export async function refuseToRemove(container: LiveContainer, ...destinations: readonly string[]): Promise<string> {
  return refusalOf(await changeMounts(container, 'remove', destinations.map((destination) => ({ destination }))));
}
