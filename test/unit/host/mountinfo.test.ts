import { describe, expect, test } from 'vitest';
import type { Hierarchy } from '../../../src/host/facts.ts';
import { parseMountinfoHierarchies } from '../../../src/host/mountinfo.ts';
import { cgroupModeOf } from '../../../src/host/probe.ts';

interface Host {
  readonly name: string;
  readonly text: string;
  readonly mode: string;
  readonly hierarchies: readonly Hierarchy[];
}

const v1 = (mountpoint: string, ...controllers: string[]): Hierarchy => ({ version: 1, mountpoint, controllers });
const v2 = (mountpoint: string): Hierarchy => ({ version: 2, mountpoint, controllers: [] });

const hosts: readonly Host[] = [
  {
    name: 'a hybrid host with one controller a hierarchy',
    text: `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
    mode: 'hybrid',
    hierarchies: [
      v1('/sys/fs/cgroup/cpu', 'cpu'),
      v1('/sys/fs/cgroup/cpuacct', 'cpuacct'),
      v1('/sys/fs/cgroup/systemd', 'name=systemd'),
      v2('/sys/fs/cgroup/unified'),
    ],
  },
  {
    name: 'Debian with systemd in hybrid mode (propagation fields, co-mounts, xattr, nsdelegate)',
    text: `24 18 0:21 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
25 24 0:22 / /sys/fs/cgroup/unified rw,nosuid,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate
26 24 0:23 / /sys/fs/cgroup/systemd rw,nosuid,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd
30 24 0:27 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid,relatime shared:15 - cgroup cgroup rw,net_cls,net_prio
31 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,relatime shared:16 - cgroup cgroup rw,cpu,cpuacct
32 24 0:29 / /sys/fs/cgroup/cpuset rw,nosuid,relatime shared:17 - cgroup cgroup rw,cpuset,clone_children
`,
    mode: 'hybrid',
    hierarchies: [
      v2('/sys/fs/cgroup/unified'),
      v1('/sys/fs/cgroup/systemd', 'name=systemd'),
      v1('/sys/fs/cgroup/net_cls,net_prio', 'net_cls', 'net_prio'),
      v1('/sys/fs/cgroup/cpu,cpuacct', 'cpu', 'cpuacct'),
      v1('/sys/fs/cgroup/cpuset', 'cpuset'),
    ],
  },
  {
    name: 'a v2 host',
    text: `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
29 23 0:26 / /sys/fs/cgroup rw,nosuid,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`,
    mode: 'v2',
    hierarchies: [v2('/sys/fs/cgroup')],
  },
  {
    name: 'a v1 host with co-mounts and a release agent',
    text: `20 15 0:17 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
21 20 0:18 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd
22 20 0:19 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpuacct,cpu
`,
    mode: 'v1',
    hierarchies: [
      v1('/sys/fs/cgroup/systemd', 'name=systemd'),
      v1('/sys/fs/cgroup/cpu,cpuacct', 'cpuacct', 'cpu'),
    ],
  },
  {
    name: 'WSL2 before systemd',
    text: `100 85 0:38 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime - cgroup2 cgroup2 rw,nsdelegate
101 85 0:39 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime - cgroup cgroup rw,cpuset
112 85 0:50 / /sys/fs/cgroup/misc rw,nosuid,nodev,noexec,relatime - cgroup cgroup rw,misc
120 80 0:60 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\;uid=1000
`,
    mode: 'hybrid',
    hierarchies: [
      v2('/sys/fs/cgroup/unified'),
      v1('/sys/fs/cgroup/cpuset', 'cpuset'),
      v1('/sys/fs/cgroup/misc', 'misc'),
    ],
  },
  {
    name: 'a container of docker on v1, which sees only its own part of each hierarchy',
    text: `620 600 0:52 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b
630 620 0:60 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
631 630 0:27 /docker/0123abcd /sys/fs/cgroup/systemd ro,nosuid - cgroup cgroup rw,xattr,name=systemd
632 630 0:30 /docker/0123abcd /sys/fs/cgroup/memory ro,nosuid master:17 - cgroup cgroup rw,memory
`,
    mode: 'v1',
    hierarchies: [v1('/sys/fs/cgroup/systemd', 'name=systemd'), v1('/sys/fs/cgroup/memory', 'memory')],
  },
  {
    name: 'a host where one hierarchy has several mounts',
    text: `40 20 0:30 /docker/part /srv/jail/memory rw - cgroup cgroup rw,memory
41 20 0:31 / /srv/jail/pids rw - cgroup cgroup rw,pids
42 20 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
43 20 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
44 20 0:31 / /srv/other/pids rw - cgroup cgroup rw,pids
`,
    mode: 'v1',
    hierarchies: [v1('/sys/fs/cgroup/memory', 'memory'), v1('/sys/fs/cgroup/pids', 'pids')],
  },
  {
    name: 'a host with strange names',
    text: `40 20 0:30 / /mnt/my\\040cgroups\\134x rw - cgroup cgroup rw,memory
50 20 0:40 / /mnt/a\\040-\\040cgroup rw - ext4 cgroup rw
51 20 0:41 / /mnt/b rw - cgroupish cgroup rw,pids`,
    mode: 'v1',
    hierarchies: [v1('/mnt/my cgroups\\x', 'memory')],
  },
  { name: 'a host without cgroups', text: '27 1 254:0 / / rw - ext4 /dev/vda rw\n', mode: 'none', hierarchies: [] },
];

describe('parseMountinfoHierarchies()', () => {
  test.each(hosts)('finds the hierarchies of $name', ({ text, mode, hierarchies }) => {
    const found = parseMountinfoHierarchies(text);
    expect(found).toEqual(hierarchies);
    expect(cgroupModeOf(found)).toBe(mode);
  });

  test('stays quick on a host with thousands of mounts', () => {
    const line = '900 27 0:99 / /var/lib/docker/overlay2/merged rw,relatime - overlay overlay rw,lowerdir=/l/A:/l/B\n';
    const text = `${line.repeat(20_000)}40 20 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n`;
    const start = process.cpuUsage();
    expect(parseMountinfoHierarchies(text)).toHaveLength(1);
    // What looks at the rest of the text for each line takes minutes.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(5);
  });
});
