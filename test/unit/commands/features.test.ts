// What `nunc features` claims, against what the rest of nunc does with it.

import { describe, expect, test } from 'vitest';
import type { Invocation } from '../../../src/commands/command.ts';
import { run } from '../../../src/commands/features.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { Features, LinuxFeatures, Spec } from '../../../src/config/types.ts';
import { validate } from '../../../src/config/validate-features.js';
import type { Ffi } from '../../../src/ffi/port.ts';
import type { Finding } from '../../../src/finding.ts';
import { errno } from '../../../src/linux/errno.ts';
import { parseMountOptions } from '../../../src/plan/mount-options.ts';
import { changed, smallConfig } from '../config/configs.ts';

/** What it prints on a kernel whose seccomp(2) knows these flags. */
function printed(kernelFlags = 0xff, ignoreUnsafeAnnotations = false): Features {
  let text = '';
  const ffi: Ffi = {
    syscall: (_number, _operation, flags) => -((Number(flags) & ~kernelFlags) === 0 ? errno.EFAULT : errno.EINVAL),
    spawn: () => -errno.ENOSYS,
    address: () => 0,
  };
  const print = (more: string): void => { text += more; };
  const options = { boolean: () => false };
  const globals = { ignoreUnsafeAnnotations };
  expect(run({ ffi: () => ffi, globals, options, print } as unknown as Invocation)).toBe(0);
  const document: unknown = JSON.parse(text);
  expect(text).toBe(`${JSON.stringify(document, undefined, 4)}\n`);
  expect([validate(document), validate.errors ?? []]).toEqual([true, []]);
  return document as Features;
}

function linux(): LinuxFeatures {
  return printed().linux ?? {};
}

/** What nunc says of smallConfig() with these changes. */
function verdict(changes: Readonly<Record<string, unknown>>): { spec: Spec; warnings: readonly Finding[] } {
  return parseConfig(changed(smallConfig(), changes));
}

describe('features', () => {
  test('both versions are accepted as the ociVersion of a config, and no warning is due', () => {
    const { ociVersionMin, ociVersionMax } = printed();
    expect([ociVersionMin, ociVersionMax]).toEqual(['1.0.0', '1.3.0']);
    for (const version of [ociVersionMin, ociVersionMax]) {
      expect(verdict({ '/ociVersion': version }).warnings).toEqual([]);
    }
  });

  test('has every property of the structure', () => {
    expect(Object.keys(printed()).sort()).toEqual([
      'annotations', 'hooks', 'linux', 'mountOptions', 'ociVersionMax', 'ociVersionMin',
      'potentiallyUnsafeConfigAnnotations',
    ]);
    expect(Object.keys(linux()).sort()).toEqual([
      'apparmor', 'capabilities', 'cgroup', 'intelRdt', 'memoryPolicy', 'mountExtensions', 'namespaces', 'netDevices',
      'seccomp', 'selinux',
    ]);
  });

  test('hooks: all six', () => {
    const hooks = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'];
    expect(printed().hooks).toEqual(hooks);
    const lists = Object.fromEntries(hooks.map((name) => [name, [{ path: '/bin/true' }]]));
    expect(() => verdict({ '/hooks': lists })).not.toThrow();
  });

  test('mountOptions: sorted, each with a meaning of its own, none left to the file system', () => {
    const options = printed().mountOptions ?? [];
    expect(options).toEqual([...options].sort());
    expect(options).toEqual(expect.arrayContaining(['rbind', 'ro', 'rro', 'rslave', 'nosymfollow']));
    for (const option of options) expect([option, parseMountOptions([option]).data]).toEqual([option, []]);
  });

  test('namespaces: all eight, each accepted', () => {
    const { namespaces = [] } = linux();
    expect(namespaces).toEqual(['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts']);
    for (const type of namespaces) {
      const mappings = [{ containerID: 0, hostID: 1000, size: 1 }];
      const ids = type === 'user' ? { '/linux/uidMappings': mappings, '/linux/gidMappings': mappings } : {};
      const list = type === 'mount' ? [{ type }] : [{ type: 'mount' }, { type }];
      expect(() => verdict({ '/linux/namespaces': list, ...ids })).not.toThrow();
    }
  });

  test('capabilities: none that is warned of', () => {
    const { capabilities = [] } = linux();
    expect(capabilities).toHaveLength(41);
    expect(verdict({ '/process/capabilities': { bounding: capabilities } }).warnings).toEqual([]);
  });

  test('cgroup: both versions, with systemd and without', () => {
    expect(linux().cgroup).toMatchObject({ v1: true, v2: true, systemd: true, systemdUser: true });
  });

  test('seccomp: every word is accepted in a config; flags that the kernel lacks are known, not supported', () => {
    const { seccomp = {} } = linux();
    const { enabled, actions = [], operators = [], archs = [], knownFlags = [], supportedFlags = [] } = seccomp;
    const rules = actions.map((action) => ({ names: ['getcwd'], action }));
    const args = operators.map((op) => ({ index: 0, value: 1, op }));
    const syscalls = [...rules, { names: ['chmod'], action: 'SCMP_ACT_ERRNO', args }];
    const listener = { listenerPath: '/run/agent.sock' };
    const profile = { defaultAction: 'SCMP_ACT_ERRNO', architectures: archs, flags: knownFlags, ...listener, syscalls };
    expect(() => verdict({ '/linux/seccomp': profile })).not.toThrow();
    expect(supportedFlags).toEqual(knownFlags);
    expect(enabled).toBe(true);
    expect(printed(1 | 2).linux?.seccomp?.supportedFlags).toEqual([
      'SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_TSYNC',
    ]);
  });

  test('all else is enabled', () => {
    const { apparmor, selinux, intelRdt, netDevices, mountExtensions, cgroup } = linux();
    const enabled = { enabled: true };
    expect({ apparmor, selinux, intelRdt, netDevices, mountExtensions, rdma: cgroup?.rdma }).toEqual({
      apparmor: enabled,
      selinux: enabled,
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      netDevices: enabled,
      mountExtensions: { idmap: enabled },
      rdma: true,
    });
  });

  test('memoryPolicy: every word is accepted in a config', () => {
    const { modes = [], flags = [] } = linux().memoryPolicy ?? {};
    for (const mode of modes) {
      const nodes = mode === 'MPOL_DEFAULT' || mode === 'MPOL_LOCAL' ? {} : { nodes: '0' };
      expect(() => verdict({ '/linux/memoryPolicy': { mode, ...nodes } })).not.toThrow();
    }
    for (const flag of flags) {
      expect(() => verdict({ '/linux/memoryPolicy': { mode: 'MPOL_BIND', nodes: '0', flags: [flag] } })).not.toThrow();
    }
  });

  test('annotations are its own, and where clients look for checkpoints; those that reach the host are told', () => {
    const { annotations = {}, potentiallyUnsafeConfigAnnotations } = printed();
    expect(Object.keys(annotations)).toEqual([
      'dev.nunc.version', 'dev.nunc.commit', 'org.opencontainers.runc.checkpoint.enabled',
    ]);
    expect(potentiallyUnsafeConfigAnnotations).toEqual(['org.criu.config', 'org.systemd.property.']);
    // With --no-unsafe-annotations.
    expect(printed(0xff, true).potentiallyUnsafeConfigAnnotations).toEqual([]);
  });
});
