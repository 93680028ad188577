// Each kind of advice by an example, and that none is given where there is nothing to be said.

import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ADVICE } from '../../../src/container/advice.ts';
import type { BundleSpec } from '../../support/bundle.ts';
import { elfHeader, makeDirectory, plainConfig, verdictOn, writeProgram } from '../../support/validated.ts';

interface Example {
  readonly kind: string;
  readonly change: (spec: BundleSpec, directory: string) => void;
  /** `<pointer>: <a part of the text>`. */
  readonly told: string;
}

function addMount(spec: BundleSpec, mount: BundleSpec['mounts'][number]): void {
  spec.mounts.push(mount);
}

const FOREIGN = process.arch === 'arm64' ? { machine: 62, name: 'x86_64' } : { machine: 183, name: 'aarch64' };

const EXAMPLES: readonly Example[] = [
  {
    kind: 'unknown-property', told: '/hostnam: unknown property "hostnam", ignored',
    change: (spec) => { Object.assign(spec, { hostnam: 'x' }); },
  },
  {
    kind: 'unknown-property', told: '/linux/rlimits: unknown property "rlimits", ignored',
    change: (spec) => { Object.assign(spec.linux, { rlimits: [] }); },
  },
  {
    kind: 'rootfs-empty', told: '/root/path: "rootfs" is empty',
    change: (_, directory) => { rmSync(join(directory, 'rootfs/bin'), { recursive: true }); },
  },
  {
    kind: 'program-missing', told: '/process/args/0: "none" is not in any directory of $PATH',
    change: (spec) => { spec.process.args = ['none']; },
  },
  {
    kind: 'program-missing', told: '/process/args/0: "/bin/none" is not in the rootfs',
    change: (spec) => { spec.process.args = ['/bin/none']; },
  },
  {
    kind: 'program-missing', told: '/process/args/0: nobody may execute "/bin/sh"',
    change: (_, directory) => { chmodSync(join(directory, 'rootfs/bin/sh'), 0o644); },
  },
  {
    kind: 'program-missing', told: '/process/args/0: "/bin" is a directory',
    change: (spec) => { spec.process.args = ['/bin']; },
  },
  {
    kind: 'program-format', told: '/process/args/0: "/bin/sh" is neither an ELF program nor a script',
    change: (_, directory) => { writeProgram(directory, '/bin/sh', 'echo\n'); },
  },
  {
    kind: 'program-interpreter', told: 'its interpreter "/bin/bash" is not in the rootfs',
    change: (_, directory) => { writeProgram(directory, '/bin/sh', '#!/bin/bash\n'); },
  },
  {
    kind: 'program-architecture', told: `"/bin/sh" is a program for ${FOREIGN.name}`,
    change: (_, directory) => { writeProgram(directory, '/bin/sh', elfHeader(FOREIGN.machine)); },
  },
  {
    kind: 'working-directory', told: '/process/cwd: "/work" is not in the rootfs: it is made, and is empty',
    change: (spec) => { spec.process.cwd = '/work'; },
  },
  {
    kind: 'working-directory', told: '/process/cwd: "/bin/sh" is not a directory',
    change: (spec) => { spec.process.cwd = '/bin/sh'; spec.process.args = ['/bin/sh']; },
  },
  {
    kind: 'capability-sets', told: '/process/capabilities/effective: CAP_KILL is not in permitted and is left out',
    change: (spec) => { spec.process.capabilities = { effective: ['CAP_KILL'], bounding: ['CAP_KILL'] }; },
  },
  {
    kind: 'duplicate-variable', told: '/process/env/0: "A" is set again by /process/env/2, which counts',
    change: (spec) => { spec.process.env = ['A=1', 'PATH=/bin', 'A=2']; },
  },
  {
    kind: 'terminal-devpts', told: '/process/terminal: there is no devpts',
    change: (spec) => {
      spec.process.terminal = true;
      spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev/pts');
    },
  },
  {
    kind: 'mount-option', told: 'options/0: "nosuuid" is neither a general option nor one of tmpfs',
    change: (spec) => { addMount(spec, { destination: '/t', type: 'tmpfs', options: ['nosuuid'] }); },
  },
  {
    kind: 'mount-option', told: 'options/0: "noatim" is no general option',
    change: (spec) => { addMount(spec, { destination: '/t', type: 'ext4', options: ['noatim'] }); },
  },
  {
    kind: 'mount-source', told: 'source: "/none/such" does not exist on this host',
    change: (spec) => { addMount(spec, { destination: '/t', source: '/none/such', options: ['bind'] }); },
  },
  {
    kind: 'mount-duplicate', told: '"/proc" covers what /mounts/0 has mounted there',
    change: (spec) => { addMount(spec, { destination: '/proc/', type: 'proc', source: 'proc' }); },
  },
  {
    kind: 'mount-order', told: '/mounts/1/destination: "/dev" hides "/dev/shm" (/mounts/0), mounted before it',
    change: (spec) => {
      spec.mounts = [{ destination: '/dev/shm', type: 'tmpfs' }, { destination: '/dev', type: 'tmpfs' }];
    },
  },
  {
    kind: 'mount-over-kernel', told: 'hides what the kernel shows in "/sys/firmware"',
    change: (spec) => { addMount(spec, { destination: '/sys/firmware', type: 'tmpfs' }); },
  },
  {
    kind: 'mount-over-kernel', told: '/mounts/0: shows the host\'s processes in the container',
    change: (spec) => { spec.mounts[0] = { destination: '/proc', source: '/proc', options: ['rbind'] }; },
  },
  {
    kind: 'shared-namespace',
    told: '/linux/namespaces: without a pid namespace the container has the host\'s processes',
    change: (spec) => { spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'pid') ?? []; },
  },
  {
    kind: 'privileged', told: '/process/capabilities: CAP_SYS_ADMIN without a user namespace',
    change: (spec) => {
      const all = ['CAP_SYS_ADMIN'];
      spec.process.capabilities = { bounding: all, permitted: all, effective: all };
    },
  },
  {
    kind: 'protected-without-proc', told: '/linux/maskedPaths/0: there is no "/proc/kcore"',
    change: (spec) => {
      spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/proc');
      spec.linux.maskedPaths = ['/proc/kcore'];
      spec.linux.readonlyPaths = [];
    },
  },
  {
    kind: 'memory-limit', told: '/linux/resources/memory/limit: 4096 bytes are too few',
    change: (spec) => { spec.linux.resources = { memory: { limit: 4096 } }; },
  },
  {
    kind: 'pids-limit', told: '/linux/resources/pids/limit: with 1 the program can start no other process',
    change: (spec) => { spec.linux.resources = { pids: { limit: 1 } }; },
  },
  {
    kind: 'cpu-limit', told: '/linux/resources/cpu/quota: the kernel refuses 10',
    change: (spec) => { spec.linux.resources = { cpu: { quota: 10 } }; },
  },
  {
    kind: 'seccomp-start', told: '/linux/seccomp: forbids execve',
    change: (spec) => {
      spec.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names: ['exit_group'], action: 'SCMP_ACT_ALLOW' }],
      };
    },
  },
  {
    kind: 'seccomp-start', told: '/linux/seccomp: forbids exit_group and exit',
    change: (spec) => {
      spec.linux.seccomp = {
        defaultAction: 'SCMP_ACT_KILL', syscalls: [{ names: ['execve'], action: 'SCMP_ACT_ALLOW' }],
      };
    },
  },
  {
    kind: 'hook-program', told: '/hooks/createRuntime/0/path: "/none/such" does not exist on this host',
    change: (spec) => { spec.hooks = { createRuntime: [{ path: '/none/such' }] }; },
  },
  {
    kind: 'deprecated', told: '/hooks/prestart: deprecated by the specification',
    change: (spec) => { spec.hooks = { prestart: [{ path: '/bin/sh' }] }; },
  },
  {
    kind: 'sysctl-unsupported', told: '/linux/sysctl/net.none.such: this kernel has no sysctl',
    change: (spec) => { spec.linux.sysctl = { 'net.none.such': '1' }; },
  },
];

/** They take another host: test/integration/validate.test.ts, and test/unit/container/advice/. */
const ELSEWHERE = ['capability-unsupported', 'apparmor-profile'];

function told(change: Example['change']): string[] {
  const directory = makeDirectory();
  const spec = plainConfig();
  change(spec, directory);
  return verdictOn(directory, spec).warnings.map(({ kind, pointer, text }) => `${kind ?? ''} ${pointer}: ${text}`);
}

describe('adviceOn()', () => {
  test('says nothing of a config without fault', () => {
    expect(told(() => undefined)).toEqual([]);
  });

  test.each(EXAMPLES.map((example) => [example.told, example] as const))('warns: %s', (_, example) => {
    const warnings = told(example.change);
    expect(warnings.filter((warning) => warning.startsWith(`${example.kind} `)).join('\n')).toContain(example.told);
  });

  test('has an example of each kind', () => {
    const kinds = ['unknown-property', ...ADVICE.map(({ kind }) => kind)];
    expect([...new Set([...EXAMPLES.map(({ kind }) => kind), ...ELSEWHERE])].sort()).toEqual([...kinds].sort());
  });

  test('is in the guide, every kind', () => {
    const guide = readFileSync(join(import.meta.dirname, '../../../docs/validate.md'), 'utf8');
    const listed = [...guide.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, kind]) => kind);
    expect(listed.sort()).toEqual(['unknown-property', ...ADVICE.map(({ kind }) => kind)].sort());
  });
});

test.each<[string, (spec: BundleSpec) => void, string]>([
  ['a misspelt property', (spec) => { Object.assign(spec.process, { capabilites: {} }); }, 'mean "capabilities"?'],
  ['other letter case', (spec) => { Object.assign(spec, { Hostname: 'x' }); }, 'did you mean "hostname"?'],
  ['a property of elsewhere', (spec) => { Object.assign(spec.linux, { rlimits: [] }); }, 'there is one in /process'],
  ['a capability', (spec) => { spec.process.capabilities = { bounding: ['SYS_ADMN'] }; }, '"CAP_SYS_ADMIN"?'],
  [
    'a mount option',
    (spec) => { addMount(spec, { destination: '/t', type: 'tmpfs', options: ['noexc'] }); },
    '"noexec"',
  ],
])('validateBundle() has a hint for %s', (_, change, hint) => {
  const spec = plainConfig();
  change(spec);
  const { warnings } = verdictOn(makeDirectory(), spec);
  expect(warnings.map((warning) => warning.hint ?? '').join('\n')).toContain(hint);
});

test.each<[string, (spec: BundleSpec) => void]>([
  ['what a bind mount may bring', (spec) => {
    spec.process.args = ['/opt/tool'];
    addMount(spec, { destination: '/opt', source: '/usr/bin', options: ['rbind', 'ro'] });
  }],
  ['sizes of a tmpfs', (spec) => {
    addMount(spec, { destination: '/t', type: 'tmpfs', options: ['size=1m', 'mode=755', 'noswap', 'mpol=bind:0'] });
  }],
  ['a remount', (spec) => { addMount(spec, { destination: '/proc', options: ['remount', 'ro'] }); }],
  ['options of a file system that nothing is known of', (spec) => {
    addMount(spec, { destination: '/t', type: 'nfs4', source: 'a:/b', options: ['vers=4.2', 'addr=1.2.3.4', 'hard'] });
  }],
  ['values that are no limits', (spec) => {
    spec.linux.resources = { memory: { limit: -1 }, pids: { limit: -1 }, cpu: { quota: -1, period: 0 } };
  }],
  ['other platforms', (spec) => { Object.assign(spec, { windows: { layerFolders: [] }, vm: {} }); }],
])('validateBundle() has nothing against %s', (_, change) => {
  const spec = plainConfig();
  change(spec);
  const { errors, warnings } = verdictOn(makeDirectory(), spec);
  expect(errors).toEqual([]);
  expect(warnings.map(({ kind }) => kind)).toEqual([]);
});
