// linux of config.json, but for its resources and seccomp.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { BundleSpec } from '../bundle.ts';
import { holdNamespaces } from '../namespaces.ts';
import { devices, makeDevice } from '../network-devices.ts';
import { type Property, setNamespace, statusField, TOO_NEW } from './property.ts';

type Linux = BundleSpec['linux'];

/** Changes properties of linux. */
const linux = (values: Partial<Linux>) => (spec: BundleSpec): void => void Object.assign(spec.linux, values);

const namespaceOf = (pid: number | 'self', name: string): string => readlinkSync(`/proc/${pid}/ns/${name}`);

let holder = 0;
let device = '';

function mapping(kind: 'uidMappings' | 'gidMappings', file: string): Property {
  return {
    names: ['containerID', 'hostID', 'size'].map((key) => `linux.${kind}[].${key}`),
    set: (spec, { directory, rootfs }) => {
      chmodSync(directory, 0o755);
      execFileSync('chown', ['-Rh', '100000:100000', rootfs]);
      setNamespace(spec, { type: 'user' });
      const mappings = [
        { containerID: 0, hostID: 100000, size: 1000 }, { containerID: 65534, hostID: 165534, size: 1 },
      ];
      spec.linux.uidMappings = structuredClone(mappings);
      spec.linux.gidMappings = structuredClone(mappings);
    },
    inside: [`cat /proc/self/${file} | tr -s ' '`, /^ 0 100000 1000\n 65534 165534 1$/],
    outside: (pid) => expect(statusField(pid, kind === 'uidMappings' ? 'Uid' : 'Gid').split(' ')[0]).toBe('100000'),
  };
}

const DEVICE = { type: 'c', path: '/dev/made/full', major: 1, minor: 7, fileMode: 0o640, uid: 3, gid: 4 } as const;

const hasNoResctrl = !existsSync('/sys/fs/resctrl/schemata');

const MPOL: Property = {
  names: ['mode', 'nodes', 'flags[]'].map((name) => `linux.memoryPolicy.${name}`),
  set: linux({ memoryPolicy: { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] } }),
  inside: ['head -1 /proc/self/numa_maps', /^\S+ bind=static:0 /],
  outside: (pid) => expect(readFileSync(`/proc/${pid}/numa_maps`, 'utf8')).toMatch(/^\S+ bind=static:0 /),
  needs: ['numa'],
  notInRunc: TOO_NEW,
};

export const linuxProperties: readonly Property[] = [
  {
    names: ['linux.namespaces[].type'],
    set: (spec) => setNamespace(spec, { type: 'cgroup' }),
    outside: (pid) => {
      expect(namespaceOf(pid, 'cgroup')).not.toBe(namespaceOf('self', 'cgroup'));
      expect(namespaceOf(pid, 'user')).toBe(namespaceOf('self', 'user'));
    },
  },
  {
    names: ['linux.namespaces[].path'],
    set: async (spec) => {
      holder = await holdNamespaces(['--ipc']);
      setNamespace(spec, { type: 'ipc', path: `/proc/${holder}/ns/ipc` });
    },
    outside: (pid) => expect(namespaceOf(pid, 'ipc')).toBe(namespaceOf(holder, 'ipc')),
  },
  mapping('uidMappings', 'uid_map'),
  mapping('gidMappings', 'gid_map'),
  {
    names: ['linux.timeOffsets.*.secs', 'linux.timeOffsets.*.nanosecs'],
    set: (spec) => {
      setNamespace(spec, { type: 'time' });
      spec.linux.timeOffsets = { monotonic: { secs: -2, nanosecs: 5 }, boottime: { secs: 1_000_000, nanosecs: 6 } };
    },
    inside: ["tr -s ' ' </proc/self/timens_offsets; echo $(($(cut -d. -f1 /proc/uptime) > 1000000))",
      'monotonic -2 5\nboottime 1000000 6\n1'],
    outside: (pid) => expect(namespaceOf(pid, 'time')).not.toBe(namespaceOf('self', 'time')),
    notInRunc: TOO_NEW,
  },
  {
    names: ['type', 'path', 'major', 'minor', 'fileMode', 'uid', 'gid'].map((key) => `linux.devices[].${key}`),
    set: linux({ devices: [{ ...DEVICE }, { type: 'p', path: '/dev/pipe', fileMode: 0o600 }] }),
    inside: ["stat -c '%F %t:%T %a %u:%g' /dev/made/full /dev/pipe",
      'character special file 1:7 640 3:4\nfifo 0:0 600 0:0'],
  },
  {
    names: ['linux.netDevices.*.name'],
    set: (spec) => {
      device = makeDevice();
      spec.linux.netDevices = { [device]: { name: 'inner' } };
    },
    inside: ['ls /sys/class/net; cat /sys/class/net/inner/flags', 'inner\nlo\n0x1003'],
    outside: (pid) => {
      expect(devices(pid)).toHaveProperty('inner');
      expect(devices()).not.toHaveProperty(device);
    },
    needs: ['veth'],
    notInRunc: TOO_NEW,
  },
  {
    names: ['linux.cgroupsPath'],
    set: (spec) => expect(spec.linux.cgroupsPath).toMatch(/^\/nunc-test-/),
    outside: (pid, { spec }) => {
      expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(`:${spec.linux.cgroupsPath ?? ''}\n`);
    },
  },
  {
    names: ['linux.rootfsPropagation'],
    set: linux({ rootfsPropagation: 'shared' }),
    outside: (pid) => expect(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')).toMatch(/ \/ rw,\S* shared:\d+ - /),
    notInRunc: 'its rootfs is not shared, see compare.test.ts',
  },
  {
    names: ['linux.sysctl.*'],
    set: linux({ sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '4242' } }),
    inside: ['cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax', '1\n4242'],
    outside: () => expect(readFileSync('/proc/sys/kernel/msgmax', 'utf8')).not.toBe('4242\n'),
  },
  {
    names: ['linux.maskedPaths[]'],
    set: (spec, { rootfs }) => {
      writeFileSync(join(rootfs, 'var/file'), 'content\n');
      spec.linux.maskedPaths = ['/etc/group', '/var', '/nonexistent'];
    },
    inside: ['cat /etc/group; ls /var; echo empty', 'empty'],
  },
  {
    names: ['linux.readonlyPaths[]'],
    set: linux({ readonlyPaths: ['/var', '/proc/sys', '/nonexistent'] }),
    inside: ['touch /var/file 2>&1; (echo 1 >/proc/sys/kernel/msgmax) 2>&1',
      "touch: /var/file: Read-only file system\nsh: can't create /proc/sys/kernel/msgmax: Read-only file system"],
  },
  {
    names: ['linux.mountLabel'],
    set: linux({ mountLabel: 'system_u:object_r:container_file_t:s0' }),
    // Where there is no SELinux the kernel does not know the option.
    refused: /SELinux is not enabled|context=.*invalid argument/,
    needs: ['no-selinux'],
  },
  ...(hasNoResctrl
    ? [{
        names: ['closID', 'schemata[]', 'l3CacheSchema', 'memBwSchema', 'enableMonitoring']
          .map((key) => `linux.intelRdt.${key}`),
        set: linux({
          intelRdt: {
            closID: 'nunc', schemata: ['L3:0=f'], l3CacheSchema: 'L3:0=f', memBwSchema: 'MB:0=20',
            enableMonitoring: true,
          },
        }),
        refused: /intelRdt|resctrl|Intel RDT/,
      }]
    : []),
  MPOL,
  {
    names: ['linux.personality.domain'],
    set: linux({ personality: { domain: 'LINUX32' } }),
    inside: ['cat /proc/self/personality', '00000008'],
    outside: (pid) => expect(readFileSync(`/proc/${pid}/personality`, 'utf8')).toBe('00000008\n'),
    notInRunc: TOO_NEW,
  },
  {
    names: ['linux.personality.flags[]'],
    set: linux({ personality: { domain: 'LINUX', flags: ['ADDR_NO_RANDOMIZE'] } }),
    // None is defined, and config.md wants an error for what is not supported; runc ignores them.
    refused: /^config\.json: \/linux\/personality\/flags\/0: "ADDR_NO_RANDOMIZE" is not a known flag/,
    needs: ['nunc'],
  },
];
