// Bundles that validate is asked about in the test's own process: an almost empty rootfs with one program, and the
// config of bundles/busybox, changed.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import { validateBundle, type Verdict } from '../../src/container/validate.ts';
import { openFfi } from '../../src/ffi/napi.ts';
import type { BundleSpec } from './bundle.ts';

export const ffi = openFfi();

const project = resolve(import.meta.dirname, '../..');

/** What `uname -m` is for an ELF header: x86_64 and aarch64. */
const MACHINE = process.arch === 'arm64' ? 183 : 62;

/** The start of a static program; nobody runs it. */
export function elfHeader(machine = MACHINE): Uint8Array {
  const file = new Uint8Array(128);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  new DataView(file.buffer).setUint16(16, 2, true);
  new DataView(file.buffer).setUint16(18, machine, true);
  return file;
}

/** A bundle for the running test, with `sh` in its rootfs. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-validate-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'rootfs/bin'), { recursive: true });
  writeProgram(directory, '/bin/sh', elfHeader());
  return directory;
}

/** Puts a program into the rootfs. */
export function writeProgram(directory: string, path: string, content: string | Uint8Array): void {
  writeFileSync(join(directory, 'rootfs', path), content);
  chmodSync(join(directory, 'rootfs', path), 0o755);
}

export function plainConfig(): BundleSpec {
  const spec = JSON.parse(readFileSync(join(project, 'bundles/busybox/config.json'), 'utf8')) as BundleSpec;
  spec.process.args = ['sh'];
  return spec;
}

/** The verdict on a bundle whose config is this. */
export function verdictOn(directory: string, config: unknown): Verdict {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  writeFileSync(join(directory, 'config.json'), text);
  return validateBundle(ffi, { bundle: directory, rootless: 'auto', cgroupDriver: cgroupfs(ffi) });
}
