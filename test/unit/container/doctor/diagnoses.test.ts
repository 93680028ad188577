// What doctor says of hosts that this one is not: trees of files that stand for them.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { diagnoseCgroups, diagnoseSystemd } from '../../../../src/container/doctor/cgroups.ts';
import type { Diagnosis, Files } from '../../../../src/container/doctor/diagnosis.ts';
import { filesBelow } from '../../../../src/container/doctor/files.ts';
import { diagnoseCriu, diagnoseIds } from '../../../../src/container/doctor/ids.ts';
import { diagnoseKernel, diagnoseModules, diagnoseSeccomp } from '../../../../src/container/doctor/kernel.ts';
import { NuncError } from '../../../../src/error.ts';
import type { HostFacts } from '../../../../src/host/facts.ts';
import { ffi } from '../../../support/validated.ts';

function tree(files: Readonly<Record<string, string>>): Files {
  const root = mkdtempSync(join(tmpdir(), 'nunc-doctor-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, content);
  }
  return filesBelow(root);
}

function lines(diagnoses: readonly Diagnosis[]): string[] {
  return diagnoses.map(({ severity, name, text }) => `${severity} ${name}: ${text}`);
}

describe('diagnoseKernel()', () => {
  const say = (major: number, minor: number): string[] => (
    lines(diagnoseKernel({ kernel: { major, minor }, architecture: 'x86_64', capabilities: [] })));

  test.each<[number, number, string]>([
    [5, 10, 'fail kernel: Linux 5.10 on x86_64: nunc needs 5.15 or newer'],
    [4, 19, 'fail kernel: Linux 4.19 on x86_64: nunc needs 5.15 or newer'],
    [6, 9, 'ok kernel: Linux 6.9 on x86_64'],
    [7, 0, 'ok kernel: Linux 7.0 on x86_64'],
    [6, 4, 'info kernel: Linux 6.4 on x86_64: without MPOL_WEIGHTED_INTERLEAVE (6.9)'],
  ])('of %d.%d', (major, minor, line) => {
    expect(say(major, minor)).toEqual([line]);
  });

  test('names what the oldest kernel lacks', () => {
    expect(say(5, 15)[0]).toContain('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (5.19), id-mapped overlayfs (5.19), ');
  });
});

test('diagnoseSeccomp() tells what there is', () => {
  const all = 'kill_process kill_thread trap errno user_notif trace log allow\n';
  const path = '/proc/sys/kernel/seccomp/actions_avail';
  expect(lines(diagnoseSeccomp(tree({})))[0]).toMatch(/^warn seccomp: this kernel has no seccomp filters/);
  expect(lines(diagnoseSeccomp(tree({ [path]: all })))[0]).toMatch(/^ok seccomp/);
  expect(lines(diagnoseSeccomp(tree({ [path]: all.replace(' user_notif', '') })))[0])
    .toBe('warn seccomp: the kernel has no user_notif');
  expect(lines(diagnoseSeccomp(tree({ [path]: all, '/proc/self/status': 'Name:\tx\nSeccomp:\t2\n' })))[0])
    .toMatch(/^info seccomp: .*nunc itself runs under one/);
});

test('diagnoseModules() tells what is on', () => {
  const files = tree({ '/sys/kernel/security/lsm': 'lockdown,capability,apparmor' });
  expect(lines(diagnoseModules(files, { apparmor: true, selinux: false }))).toEqual([
    'info security-modules: AppArmor is on, SELinux is off; active modules: lockdown, capability, apparmor',
  ]);
  expect(lines(diagnoseModules(tree({}), { apparmor: false, selinux: false }))[0]).toContain('are refused');
});

const USER = { facts: { effectiveUid: 1000, capabilities: [] }, path: '' };
const PASSWD = { '/etc/passwd': 'root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n' };

describe('diagnoseIds()', () => {
  const ranges = (files: Record<string, string>): string | undefined => (
    lines(diagnoseIds(ffi, tree({ ...PASSWD, ...files }), USER))[0]);

  test('finds ranges by name and by number', () => {
    expect(ranges({ '/etc/subuid': 'bob:1:2\nalice:100000:65536\n', '/etc/subgid': '1000:200000:10\n' }))
      .toBe('ok subordinate-ids: 100000-165535 of /etc/subuid; 200000-200009 of /etc/subgid');
  });

  test('tells what is missing', () => {
    expect(ranges({ '/etc/subuid': 'alice:100000:65536\n', '/etc/subgid': 'alice:100000:0\n' }))
      .toBe('warn subordinate-ids: no ids for alice in /etc/subgid: a container can have one id only');
    expect(ranges({})).toContain('in /etc/subuid and /etc/subgid');
  });

  test('has nothing to look for where any id can be mapped', () => {
    const root = { facts: { effectiveUid: 0, capabilities: ['CAP_SETUID', 'CAP_SETGID'] }, path: '' };
    expect(lines(diagnoseIds(ffi, tree({}), root))).toEqual(['ok id-maps: any id can be mapped']);
  });
});

type CgroupFacts = Pick<HostFacts, 'cgroupMode' | 'hierarchies' | 'effectiveUid' | 'initialUserNamespace'>;

const ROOT: CgroupFacts = {
  cgroupMode: 'v2', effectiveUid: 0, initialUserNamespace: true,
  hierarchies: [{ version: 2, mountpoint: '/sys/fs/cgroup', controllers: ['cpu', 'cpuset', 'io', 'memory', 'pids'] }],
};

describe('diagnoseCgroups()', () => {
  const files = (): Files => tree({ '/sys/fs/cgroup/cgroup.procs': '' });

  test('is content with all there is', () => {
    expect(lines(diagnoseCgroups(ROOT, files()))).toEqual([
      'ok cgroups: version 2', 'ok controllers: cpu, cpuset, io, memory, pids',
      'ok cgroup-rights: cgroups can be made everywhere',
    ]);
  });

  test('tells of controllers that are missing', () => {
    const hierarchies = ROOT.hierarchies.map((hierarchy) => ({ ...hierarchy, controllers: ['pids'] }));
    expect(lines(diagnoseCgroups({ ...ROOT, hierarchies }, files()))[1])
      .toBe('warn controllers: pids; without cpu, cpuset, memory, io: configs with such limits are refused');
  });

  test('tells of a tree that can\'t be written', () => {
    expect(lines(diagnoseCgroups(ROOT, tree({})))[2]).toMatch(/^fail cgroup-rights: no cgroup can be made in \/sys/);
  });

  test('tells of none', () => {
    const facts: CgroupFacts = { ...ROOT, cgroupMode: 'none', hierarchies: [] };
    expect(lines(diagnoseCgroups(facts, tree({})))).toEqual([
      'warn cgroups: no cgroup file system is mounted: containers have no limits, and can\'t be paused',
    ]);
  });
});

describe('diagnoseSystemd()', () => {
  const answers = { askVersion: () => '255', manager: 'cgroupfs' } as const;
  const silent = {
    askVersion: () => { throw new NuncError('host', 'cannot talk to systemd'); }, manager: 'cgroupfs',
  } as const;
  const booted = (): Files => tree({ '/run/systemd/system/x': '' });

  test.each<[string, () => string[], string]>([
    ['there is none', () => lines(diagnoseSystemd(ROOT, tree({}), answers)), 'info systemd: does not run this host: '],
    ['it answers', () => lines(diagnoseSystemd(ROOT, booted(), answers)), 'ok systemd: systemd 255 answers'],
    ['it is silent', () => lines(diagnoseSystemd(ROOT, booted(), silent)), 'warn systemd: cannot talk to systemd'],
    [
      'it is silent and wanted',
      () => lines(diagnoseSystemd(ROOT, booted(), { ...silent, manager: 'systemd' })),
      'fail systemd: cannot talk to systemd',
    ],
    [
      'a user has one',
      () => lines(diagnoseSystemd({ ...ROOT, effectiveUid: 1000 }, booted(), answers)),
      "ok systemd: the user's systemd 255 answers",
    ],
    [
      'a user has one without version 2',
      () => lines(diagnoseSystemd({ ...ROOT, effectiveUid: 1000, cgroupMode: 'hybrid' }, booted(), answers)),
      "info systemd: the user's systemd has cgroups for containers only where all are of version 2",
    ],
  ])('%s', (_, say, line) => {
    expect(say()[0]).toContain(line);
  });
});

test('diagnoseCriu() has its version, or the package that it is in', () => {
  const [found] = diagnoseCriu('/usr/sbin:/sbin', () => '3.17.1');
  if (found?.severity === 'ok') expect(found.text).toMatch(/\/criu, version 3\.17\.1$/);
  else expect(found?.remedy).toBe('it is in the package criu');
});
