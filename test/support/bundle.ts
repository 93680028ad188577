// Makes bundles for tests: a private root filesystem of busybox and the config of bundles/busybox, changed as the test
// wants. All in a directory that goes when the test ends, with the cgroups that a runtime left.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Spec } from '../../src/config/types.ts';
import { probeHost } from '../../src/host/probe.ts';
import { isSystemdManaged } from './runtime.ts';

const project = resolve(import.meta.dirname, '../..');

/** A type whose properties can be set, to change a config in place. */
export type Draft<T> = T extends object ? { -readonly [Key in keyof T]: Draft<T[Key]> } : T;

/** A config with the parts that makeBundle() fills in. */
export type BundleSpec = Draft<Spec> & Required<Pick<Draft<Spec>, 'root' | 'mounts' | 'process' | 'linux'>>;

export interface Bundle {
  readonly directory: string;
  readonly rootfs: string;
  /** What config.json holds. */
  readonly spec: BundleSpec;
  /** An id that no other bundle has; nothing forces its use. */
  readonly id: string;
}

export interface BundleOptions {
  /** The container's program; `sh`, which reads standard input, by default. */
  readonly args?: readonly string[];
  /** Changes the config before it is written. */
  readonly mutate?: (spec: BundleSpec) => void;
}

/** The cgroup below which this file's bundles are, whatever the runtime. Not shared with other files: nunc removes a
 * parent that it made when it is empty, and runc does not make it again when that happens under its hands. */
export const cgroupParent = isSystemdManaged ? `/nunc_test_${process.pid}.slice` : `/nunc-test-${process.pid}`;

/** Where a container's cgroups are: what systemd calls a scope where it manages them. */
export function cgroupPlace(name: string): string {
  return isSystemdManaged ? `${cgroupParent}/nunc-${name}.scope` : `${cgroupParent}/${name}`;
}

/** The same place as systemd's driver wants it: slice:prefix:name. */
function systemdForm(place: string): string {
  return place.replace(/^\/(?:.*\/)?([^/]*\.slice)\/([^-/]*)-([^/]*)\.scope$/, '$1:$2:$3');
}

function isComplete(spec: Draft<Spec>): spec is BundleSpec {
  return spec.root !== undefined && spec.mounts !== undefined && spec.process !== undefined && spec.linux !== undefined;
}

function defaultSpec(): BundleSpec {
  const spec = JSON.parse(readFileSync(join(project, 'bundles/busybox/config.json'), 'utf8')) as Draft<Spec>;
  if (!isComplete(spec)) throw new Error('bundles/busybox/config.json lacks root, mounts, process or linux');
  return spec;
}

/** Makes a busybox root filesystem: a tree of hard links around one binary, some 30 ms. */
export function makeRootfs(directory: string): void {
  const script = join(project, 'scripts/make-busybox-rootfs.sh');
  execFileSync(script, [directory], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** runc leaves the parents that it made. Only ours are touched, and only when they are empty. */
function removeLeftCgroups(cgroupsPath: string): void {
  for (const { mountpoint } of probeHost().hierarchies) {
    for (const path of [cgroupsPath, cgroupParent]) {
      try {
        rmdirSync(mountpoint + path);
      } catch {
        // Gone, or in use by another test.
      }
    }
  }
}

/** Makes a bundle for the running test, which may write into it as it likes. */
export function makeBundle({ args, mutate }: BundleOptions = {}): Bundle {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-bundle-'));
  const id = basename(directory);
  const cgroupsPath = cgroupPlace(id);
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
    removeLeftCgroups(cgroupsPath);
  });
  const rootfs = join(directory, 'rootfs');
  makeRootfs(rootfs);
  const spec = defaultSpec();
  spec.linux.cgroupsPath = cgroupsPath;
  if (args !== undefined) spec.process.args = [...args];
  mutate?.(spec);
  const bundle: Bundle = { directory, rootfs, spec, id };
  writeConfig(bundle);
  return bundle;
}

/** Writes a bundle's config again, after a change of `spec`. Whose cgroupsPath stays the place of the cgroups. */
export function writeConfig({ directory, spec }: Bundle): void {
  const { cgroupsPath } = spec.linux;
  const written = isSystemdManaged && cgroupsPath !== undefined
    ? { ...spec, linux: { ...spec.linux, cgroupsPath: systemdForm(cgroupsPath) } }
    : spec;
  writeFileSync(join(directory, 'config.json'), JSON.stringify(written, null, 2));
}

/** A user namespace of the container's own. */
export function mapUsers(spec: BundleSpec): void {
  spec.linux.namespaces?.push({ type: 'user' });
  spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
}
