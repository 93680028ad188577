// What a change of config changes in the plan: all of it, and nothing else.

import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../../src/config/types.ts';
import { compareBundles } from '../../../../src/container/explain/compare.ts';
import { bundleOf, factsOf, type HostName, requestFor } from '../../../support/explain.ts';
import { everything } from '../../../support/explained-config.ts';

type Deep<T> = T extends readonly (infer Item)[] ? Deep<Item>[]
  : T extends object ? { -readonly [Key in keyof T]: Deep<T[Key]> } : T;
type Draft = Deep<Spec> & { linux: Deep<NonNullable<Spec['linux']>>; process: Deep<NonNullable<Spec['process']>> };

/** The lines that differ, without the names of the two. */
async function compare(change: (spec: Draft) => void, host: HostName = 'v2'): Promise<string[]> {
  const changed = structuredClone(everything) as Draft;
  change(changed);
  const difference = await compareBundles(requestFor(bundleOf(everything), factsOf(host)), bundleOf(changed));
  return difference === '' ? [] : difference.trimEnd().split('\n').slice(2);
}

const changesIn = (lines: readonly string[]): string[] => lines.filter((line) => /^[+-]/.test(line));

describe('compareBundles()', () => {
  test('finds nothing between bundles at different places', async () => {
    expect(await compare(() => undefined)).toEqual([]);
  });

  test('shows every part of a mount that is added in front of others, and nothing of the others', async () => {
    const lines = await compare(({ mounts = [] }) => {
      mounts.unshift({ destination: '/first', type: 'tmpfs', source: 'tmpfs' });
    });
    expect(lines.slice(0, 2)).toEqual(['@@ init @@', '+# mount "tmpfs" at "/first"  [/mounts/0]']);
    expect(lines.slice(1).every((line) => line.startsWith('+'))).toBe(true);
    expect(lines.length).toBeGreaterThan(10);
  });

  test('shows an option that is changed within its mount', async () => {
    const lines = await compare(({ mounts = [] }) => {
      mounts[1] = { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=700'] };
    });
    expect(changesIn(lines)).toEqual([
      expect.stringMatching(/^-\d+ {2}fsconfig\(\$\d+, FSCONFIG_SET_STRING, "mode", "755", 0\)$/),
      expect.stringMatching(/^\+\d+ {2}fsconfig\(\$\d+, FSCONFIG_SET_STRING, "mode", "700", 0\)$/),
    ]);
    expect(lines[1]).toBe(' # mount "tmpfs" at "/dev"  [/mounts/1]');
  });

  test('tells strings apart that look like slots and labels', async () => {
    const lines = await compare(({ process }) => {
      process.env = ['PATH=/bin', 'HOME=/', 'X=$8', 'Y=found-1'];
    });
    const again = await compareBundles(
      requestFor(bundleOf({ ...everything, hostname: 'a$8' }), factsOf('v2')),
      bundleOf({ ...everything, hostname: 'a$9' }),
    );
    expect(changesIn(lines)).toHaveLength(2);
    expect(again).toContain('sethostname("a$8", 3)');
    expect(again).toContain('sethostname("a$9", 3)');
  });

  test('shows limits, device rules, id maps, hooks and network devices', async () => {
    const lines = await compare(({ linux, hooks = {} }) => {
      linux.resources = { ...linux.resources, pids: { limit: 200 }, devices: [] };
      linux.uidMappings = [{ containerID: 0, hostID: 300_000, size: 65_536 }];
      linux.netDevices = { eth1: { name: 'net0' } };
      hooks.poststop = [];
    });
    const changes = changesIn(lines).join('\n');
    for (const part of [
      '-write("/sys/fs/cgroup/test/everything/pids.max", "100")',
      '+write("/sys/fs/cgroup/test/everything/pids.max", "200")',
      '"0 300000 65536\\n" to the uid_map', 'as "net0"', '-run "/usr/bin/last"', '; minor 229?', '301000, -1)',
    ]) expect(changes).toContain(part);
  });

  test('compares filters by their answers', async () => {
    const lines = await compare(({ linux }) => {
      const [first, second, third] = linux.seccomp?.syscalls ?? [];
      if (linux.seccomp === undefined || first === undefined || second === undefined || third === undefined) return;
      linux.seccomp.syscalls = [
        { ...first, names: ['mount', 'pivot_root', 'getpid'] }, second,
        { ...third, args: [{ index: 0, value: 9, op: 'SCMP_CMP_EQ' }] },
      ];
    });
    const changes = changesIn(lines).filter((line) => line.slice(1).startsWith('x86_64'));
    expect(changes.sort()).toEqual([
      '+x86_64 getpid: ERRNO(EPERM)',
      expect.stringMatching(/^\+x86_64 personality: ld .*jeq #0x9, .*ERRNO\(EINVAL\)/),
      '+x86_64 umount2: ALLOW',
      '-x86_64 getpid: ALLOW',
      expect.stringMatching(/^-x86_64 personality: ld .*jeq #0x8, .*ERRNO\(EINVAL\)/),
      '-x86_64 umount2: ERRNO(EPERM)',
    ]);
  });

  test('shows a filter that is gone, or new, in few lines', async () => {
    const lines = await compare(({ linux }) => { delete linux.seccomp; });
    expect(lines).toContain('-ALLOW: the others, and those that are newer');
    expect(lines.length).toBeLessThan(40);
  });

  test('notices every entry of the config that matters to the plan', async () => {
    const changes: ((spec: Draft) => void)[] = [
      (spec) => { spec.hostname = 'x'; },
      (spec) => { spec.domainname = 'x'; },
      (spec) => { spec.root = { path: 'rootfs', readonly: true }; },
      ({ process }) => { process.args = ['/bin/true']; },
      ({ process }) => { process.cwd = '/tmp'; },
      ({ process }) => { process.user = { uid: 1, gid: 1000 }; },
      ({ process }) => { process.noNewPrivileges = false; },
      ({ process }) => { process.capabilities = { bounding: ['CAP_KILL'] }; },
      ({ process }) => { process.rlimits = [{ type: 'RLIMIT_CORE', soft: 1, hard: 1 }]; },
      ({ process }) => { process.oomScoreAdj = 100; },
      ({ linux }) => { linux.maskedPaths = ['/proc/kcore']; },
      ({ linux }) => { linux.readonlyPaths = ['/proc/sys']; },
      ({ linux }) => { linux.sysctl = { 'kernel.domainname': 'x' }; },
      ({ linux }) => { linux.cgroupsPath = '/test/other'; },
      ({ linux }) => { linux.devices = [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229 }]; },
      ({ linux }) => { linux.rootfsPropagation = 'private'; },
      ({ linux }) => { linux.namespaces?.push({ type: 'time' }); },
      ({ linux }) => { linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }]; },
    ];
    for (const change of changes) {
      expect((await compare(change)).length, change.toString()).toBeGreaterThan(0);
    }
  });
});
