import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { configTemplate } from '../../../src/config/template.ts';
import type { Spec } from '../../../src/config/types.ts';

const hasRunc = spawnSync('runc', ['--version']).status === 0;
const cgroup2 = existsSync('/sys/fs/cgroup/cgroup.controllers');

function runcSpec(...options: string[]): Spec {
  const bundle = mkdtempSync(join(tmpdir(), 'nunc-spec-'));
  try {
    execFileSync('runc', ['spec', '--bundle', bundle, ...options]);
    return JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as Spec;
  } finally {
    rmSync(bundle, { recursive: true });
  }
}

/** What differs from Debian's runc 1.1 on purpose: the version and the name; ambient capabilities (runc gives none any
 * more, they would survive the execve of a user that is not root); paths that newer runcs mask. */
function comparable(spec: Spec): unknown {
  const { ambient: _, ...capabilities } = spec.process?.capabilities ?? {};
  const maskedPaths = spec.linux?.maskedPaths?.filter((path) => path !== '/sys/devices/virtual/tpm');
  return {
    ...spec,
    ociVersion: '',
    hostname: '',
    process: { ...spec.process, capabilities },
    linux: { ...spec.linux, maskedPaths },
  };
}

describe('configTemplate()', () => {
  const root = configTemplate({ rootless: false, uid: 0, gid: 0, cgroup2 });
  const rootless = configTemplate({ rootless: true, uid: 1000, gid: 1001, cgroup2 });

  test.each([
    ['for root', root],
    ['rootless', rootless],
    ['on cgroup v2', configTemplate({ rootless: true, uid: 0, gid: 0, cgroup2: true })],
  ])('%s is a valid config', (_name, spec) => {
    expect(parseConfig(JSON.stringify(spec))).toEqual({ spec, warnings: [], exact: new Map() });
  });

  test('has the version that nunc implements', () => {
    expect(root.ociVersion).toBe('1.3.0');
  });

  test("maps the caller's ids to root", () => {
    expect(rootless.linux?.uidMappings).toEqual([{ containerID: 0, hostID: 1000, size: 1 }]);
    expect(rootless.linux?.gidMappings).toEqual([{ containerID: 0, hostID: 1001, size: 1 }]);
  });

  test('has a cgroup namespace on cgroup v2 only', () => {
    const types = (on: boolean): unknown =>
      configTemplate({ rootless: false, uid: 0, gid: 0, cgroup2: on }).linux?.namespaces?.map(({ type }) => type);
    expect(types(true)).toEqual(['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup']);
    expect(types(false)).toEqual(['pid', 'network', 'ipc', 'uts', 'mount']);
  });

  test.skipIf(!hasRunc)("is runc's, as root", () => {
    expect(comparable(root)).toEqual(comparable(runcSpec()));
  });

  test.skipIf(!hasRunc)("is runc's, rootless", () => {
    const ids = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    expect(comparable(configTemplate({ rootless: true, ...ids, cgroup2 }))).toEqual(comparable(runcSpec('--rootless')));
  });
});
