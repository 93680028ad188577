// Files and mounts that the scenarios' containers need, below the benchmark's directory:
//
//   rootfs/                  busybox, shared by all
//   etc/ mnt/                what is bound into it
//   overlay/{1..12,upper,work,merged}
//   <runtime>/state, pid     how the runtime is called
//   <runtime>/<name>/        bundles

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Spec } from '../../src/config/types.ts';
import type { Ffi } from '../../src/ffi/port.ts';
import { DOCKER_FILES, mountTargets } from './configs.ts';
import { mountFileSystem } from './isolation.ts';
import { makeRootfs, type Runtime } from './runtimes.ts';

const LAYERS = 12;

/** A process that stays until it is killed, and one that ends at once. */
export const SLEEP = ['/bin/sleep', '1000000'] as const;
const TRUE = ['/bin/true'] as const;

/** Makes the root file system with all that is mounted on, so that no runtime has to make it. */
export function makeFiles(directory: string, busybox: string): void {
  makeRootfs(`${directory}/rootfs`, busybox);
  for (const base of [directory, `${directory}/rootfs`]) {
    for (const target of mountTargets()) mkdirSync(base + target, { recursive: true });
    mkdirSync(`${base}/etc`, { recursive: true });
    for (const file of DOCKER_FILES) writeFileSync(base + file, '127.0.0.1\tlocalhost\n');
  }
}

/**
 * Mounts the root file system of the scenario `overlay`, in this process's mount namespace. The program is in the
 * lowest layer and every layer has the directories, so that a look-up goes through all of them.
 */
export function mountOverlay(ffi: Ffi, directory: string, busybox: string): void {
  const base = `${directory}/overlay`;
  makeRootfs(`${base}/1`, busybox);
  const layers = Array.from({ length: LAYERS }, (_, i) => `${base}/${LAYERS - i}`);
  for (const layer of layers) {
    for (const part of ['bin', 'dev', 'etc', 'proc', 'sys']) mkdirSync(`${layer}/${part}`, { recursive: true });
    writeFileSync(`${layer}/etc/changed`, layer);
  }
  const own = { upperdir: `${base}/upper`, workdir: `${base}/work` };
  const target = `${base}/merged`;
  for (const part of [...Object.values(own), target]) mkdirSync(part);
  const options = `lowerdir=${layers.join(':')},upperdir=${own.upperdir},workdir=${own.workdir}`;
  mountFileSystem(ffi, { type: 'overlay', target, options });
}

interface BundleRequest {
  readonly config: Spec;
  readonly args: readonly string[];
  readonly cgroup: string;
}

/** What every bundle has. */
export function completeConfig({ config, args, cgroup }: BundleRequest): Spec {
  return {
    ...config,
    // crun 1.8 refuses 1.3.0; nothing here is newer than this.
    ociVersion: '1.0.2',
    process: { cwd: '/', ...config.process, args },
    linux: { ...config.linux, cgroupsPath: cgroup },
  };
}

/** Writes a bundle. @returns its directory, as given */
export function makeBundle(bundle: string, request: BundleRequest): string {
  mkdirSync(bundle, { recursive: true });
  writeFileSync(`${bundle}/config.json`, JSON.stringify(completeConfig(request), undefined, '\t'));
  return bundle;
}

/** A runtime's bundles, by what their process does. */
export interface Bundles {
  readonly true: string;
  readonly sleep: string;
}

/** Makes a runtime's bundles of a config. */
export function makeBundles({ directory, cgroup }: Runtime, name: string, config: Spec): Bundles {
  return {
    true: makeBundle(`${directory}/${name}-true`, { config, args: TRUE, cgroup: `${cgroup}/own` }),
    sleep: makeBundle(`${directory}/${name}-sleep`, { config, args: SLEEP, cgroup: `${cgroup}/own` }),
  };
}

/** Makes the file that is nunc's container of a bundle. @returns its path */
export function compileBundle({ call: [executable = ''] }: Runtime, bundle: string): string {
  const file = `${bundle}/compiled`;
  execFileSync(executable, ['compile', '--bundle', bundle, '--output', file]);
  return file;
}
