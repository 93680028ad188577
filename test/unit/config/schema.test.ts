// That spec/*.schema.json knows every property of runtime-spec 1.3, with its type and range. The lists are read from
// the specification's text, not from the schemas.

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { allPointers, changed, fullConfig, smallConfig } from './configs.ts';
import { problemsOf } from './problems.ts';

const WRONG = {
  string: [7, '7 is not a string'],
  integer: ['7', '"7" is not an integer'],
  boolean: ['true', '"true" is not true or false'],
  array: [{}, 'an object is not an array'],
  object: [[], 'an array is not an object'],
} as const;

/** config.md, config-linux.md: properties by their type, `#` being an entry of the one list or map of fullConfig(). */
const PROPERTIES: Readonly<Record<keyof typeof WRONG, string>> = {
  string: `
    /ociVersion /root/path /hostname /domainname /annotations/org.example.key
    /mounts/0/destination /mounts/0/type /mounts/0/source /mounts/0/options/0
    /process/cwd /process/env/0 /process/args/0 /process/rlimits/0/type /process/apparmorProfile /process/selinuxLabel
    /process/capabilities/effective/0 /process/capabilities/bounding/0 /process/capabilities/permitted/0
    /process/capabilities/ambient/0 /process/scheduler/policy /process/scheduler/flags/0 /process/ioPriority/class
    /process/execCPUAffinity/initial /process/execCPUAffinity/final
    /hooks/prestart/0/path /hooks/prestart/0/args/0 /hooks/prestart/0/env/0 /hooks/createRuntime/0/path
    /hooks/createContainer/0/path /hooks/startContainer/0/path /hooks/poststart/0/path /hooks/poststop/0/path
    /linux/namespaces/0/type /linux/namespaces/1/path /linux/devices/0/type /linux/devices/0/path
    /linux/netDevices/eth0/name /linux/cgroupsPath /linux/rootfsPropagation /linux/sysctl/net.ipv4.ip_forward
    /linux/maskedPaths/0 /linux/readonlyPaths/0 /linux/mountLabel
    /linux/intelRdt/closID /linux/intelRdt/schemata/0 /linux/intelRdt/l3CacheSchema /linux/intelRdt/memBwSchema
    /linux/memoryPolicy/mode /linux/memoryPolicy/nodes /linux/memoryPolicy/flags/0 /linux/personality/domain
    /linux/resources/devices/0/type /linux/resources/devices/0/access /linux/resources/cpu/cpus
    /linux/resources/cpu/mems /linux/resources/hugepageLimits/0/pageSize /linux/resources/network/priorities/0/name
    /linux/resources/unified/memory.high
    /linux/seccomp/defaultAction /linux/seccomp/architectures/0 /linux/seccomp/flags/0 /linux/seccomp/listenerPath
    /linux/seccomp/listenerMetadata /linux/seccomp/syscalls/0/names/0 /linux/seccomp/syscalls/0/action
    /linux/seccomp/syscalls/0/args/0/op`,
  integer: `
    /process/consoleSize/height /process/consoleSize/width /process/user/uid /process/user/gid /process/user/umask
    /process/user/additionalGids/0 /process/rlimits/0/soft /process/rlimits/0/hard /process/oomScoreAdj
    /process/scheduler/nice /process/scheduler/priority /process/scheduler/runtime /process/scheduler/deadline
    /process/scheduler/period /process/ioPriority/priority /hooks/prestart/0/timeout
    /mounts/0/uidMappings/0/containerID /mounts/0/uidMappings/0/hostID /mounts/0/uidMappings/0/size
    /mounts/0/gidMappings/0/containerID /mounts/0/gidMappings/0/hostID /mounts/0/gidMappings/0/size
    /linux/uidMappings/0/containerID /linux/uidMappings/0/hostID /linux/uidMappings/0/size
    /linux/gidMappings/0/containerID /linux/gidMappings/0/hostID /linux/gidMappings/0/size
    /linux/timeOffsets/monotonic/secs /linux/timeOffsets/monotonic/nanosecs /linux/timeOffsets/boottime/secs
    /linux/devices/0/major /linux/devices/0/minor /linux/devices/0/fileMode /linux/devices/0/uid /linux/devices/0/gid
    /linux/resources/devices/0/major /linux/resources/devices/0/minor
    /linux/resources/memory/limit /linux/resources/memory/reservation /linux/resources/memory/swap
    /linux/resources/memory/kernel /linux/resources/memory/kernelTCP /linux/resources/memory/swappiness
    /linux/resources/cpu/shares /linux/resources/cpu/quota /linux/resources/cpu/burst /linux/resources/cpu/period
    /linux/resources/cpu/realtimeRuntime /linux/resources/cpu/realtimePeriod /linux/resources/cpu/idle
    /linux/resources/blockIO/weight /linux/resources/blockIO/leafWeight
    /linux/resources/blockIO/weightDevice/0/major /linux/resources/blockIO/weightDevice/0/minor
    /linux/resources/blockIO/weightDevice/0/weight /linux/resources/blockIO/weightDevice/0/leafWeight
    /linux/resources/blockIO/throttleReadBpsDevice/0/major /linux/resources/blockIO/throttleReadBpsDevice/0/minor
    /linux/resources/blockIO/throttleReadBpsDevice/0/rate /linux/resources/blockIO/throttleWriteBpsDevice/0/rate
    /linux/resources/blockIO/throttleReadIOPSDevice/0/rate /linux/resources/blockIO/throttleWriteIOPSDevice/0/rate
    /linux/resources/hugepageLimits/0/limit /linux/resources/network/classID
    /linux/resources/network/priorities/0/priority /linux/resources/pids/limit
    /linux/resources/rdma/mlx5_1/hcaHandles /linux/resources/rdma/mlx5_1/hcaObjects
    /linux/seccomp/defaultErrnoRet /linux/seccomp/syscalls/0/errnoRet /linux/seccomp/syscalls/0/args/0/index
    /linux/seccomp/syscalls/0/args/0/value /linux/seccomp/syscalls/0/args/0/valueTwo`,
  boolean: `
    /root/readonly /process/terminal /process/noNewPrivileges /linux/intelRdt/enableMonitoring
    /linux/resources/devices/0/allow /linux/resources/memory/disableOOMKiller /linux/resources/memory/useHierarchy
    /linux/resources/memory/checkBeforeUpdate`,
  array: `
    /mounts /mounts/0/options /mounts/0/uidMappings /mounts/0/gidMappings
    /process/env /process/args /process/rlimits /process/user/additionalGids /process/scheduler/flags
    /process/capabilities/effective /process/capabilities/bounding /process/capabilities/inheritable
    /process/capabilities/permitted /process/capabilities/ambient
    /hooks/prestart /hooks/prestart/0/args /hooks/prestart/0/env /hooks/createRuntime /hooks/createContainer
    /hooks/startContainer /hooks/poststart /hooks/poststop
    /linux/namespaces /linux/uidMappings /linux/gidMappings /linux/devices /linux/maskedPaths /linux/readonlyPaths
    /linux/intelRdt/schemata /linux/memoryPolicy/flags /linux/personality/flags
    /linux/resources/devices /linux/resources/blockIO/weightDevice /linux/resources/blockIO/throttleReadBpsDevice
    /linux/resources/blockIO/throttleWriteBpsDevice /linux/resources/blockIO/throttleReadIOPSDevice
    /linux/resources/blockIO/throttleWriteIOPSDevice /linux/resources/hugepageLimits
    /linux/resources/network/priorities
    /linux/seccomp/architectures /linux/seccomp/flags /linux/seccomp/syscalls /linux/seccomp/syscalls/0/names
    /linux/seccomp/syscalls/0/args`,
  object: `
    /root /mounts/0 /process /process/consoleSize /process/user /process/rlimits/0 /process/capabilities
    /process/scheduler /process/ioPriority /process/execCPUAffinity /hooks /hooks/prestart/0 /annotations /linux
    /mounts/0/uidMappings/0 /mounts/0/gidMappings/0
    /linux/namespaces/0 /linux/uidMappings/0 /linux/gidMappings/0 /linux/timeOffsets /linux/timeOffsets/monotonic
    /linux/timeOffsets/boottime /linux/resources/blockIO/throttleReadBpsDevice/0
    /linux/devices/0 /linux/netDevices /linux/netDevices/eth0 /linux/sysctl /linux/intelRdt /linux/memoryPolicy
    /linux/personality /linux/resources /linux/resources/devices/0 /linux/resources/memory /linux/resources/cpu
    /linux/resources/blockIO /linux/resources/blockIO/weightDevice/0 /linux/resources/hugepageLimits/0
    /linux/resources/network /linux/resources/network/priorities/0 /linux/resources/pids /linux/resources/rdma
    /linux/resources/rdma/mlx5_1 /linux/resources/unified /linux/seccomp /linux/seccomp/syscalls/0
    /linux/seccomp/syscalls/0/args/0`,
};

function pointers(type: keyof typeof WRONG): string[] {
  return PROPERTIES[type].trim().split(/\s+/);
}

test('the config with every property is accepted', () => {
  expect(parseConfig(JSON.stringify(fullConfig()))).toEqual({ spec: fullConfig(), warnings: [], exact: new Map() });
});

describe.each(Object.keys(WRONG) as (keyof typeof WRONG)[])('a property of type %s refuses another type:', (type) => {
  const [value, words] = WRONG[type];
  test.each(pointers(type))('%s', (pointer) => {
    expect(problemsOf(changed(fullConfig(), { [pointer]: value }))).toContain(`config.json: ${pointer}: ${words}`);
  });
});

test('no property of the config with every property is missing in the list', () => {
  const listed = new Set((Object.keys(WRONG) as (keyof typeof WRONG)[]).flatMap(pointers).map(general));
  const missing = allPointers(fullConfig(), '')
    .map(general)
    .filter((pointer) => !listed.has(pointer));
  expect([...new Set(missing)]).toEqual([]);
});

/** Entries of one list have one type, so have the four lists of throttled devices. */
function general(pointer: string): string {
  return pointer
    .replace(/\/\d+(?=\/|$)/g, '/#')
    .replace(/throttle\w+Device\/#/, 'throttleDevice/#')
    .replace(/\/hooks\/\w+\/#/, '/hooks/list/#');
}

describe('ranges are those of the Go types or of the kernel', () => {
  test.each([
    ['/process/user/uid', 0, 4294967295],
    ['/process/user/gid', 0, 4294967295],
    ['/process/user/umask', 0, 4294967295],
    ['/process/user/additionalGids/0', 0, 4294967295],
    ['/process/oomScoreAdj', -1000, 1000],
    ['/process/scheduler/nice', -2147483648, 2147483647],
    ['/process/scheduler/priority', -2147483648, 2147483647],
    ['/process/ioPriority/priority', 0, 7],
    ['/linux/uidMappings/0/hostID', 0, 4294967295],
    ['/linux/timeOffsets/monotonic/nanosecs', 0, 999999999],
    ['/linux/devices/0/fileMode', 0, 4294967295],
    ['/linux/devices/0/uid', 0, 4294967295],
    ['/linux/resources/blockIO/weight', 0, 65535],
    ['/linux/resources/blockIO/weightDevice/0/leafWeight', 0, 65535],
    ['/linux/resources/network/classID', 0, 4294967295],
    ['/linux/resources/rdma/mlx5_1/hcaHandles', 0, 4294967295],
    ['/linux/seccomp/syscalls/0/args/0/index', 0, 5],
    ['/linux/seccomp/defaultErrnoRet', 0, 4294967295],
  ])('%s: %d to %d', (pointer, least, most) => {
    const full = fullConfig();
    expect(problemsOf(changed(full, { [pointer]: least - 1 }))).toContain(
      `config.json: ${pointer}: ${least - 1} is less than ${least}`,
    );
    expect(problemsOf(changed(full, { [pointer]: most + 1 }))).toContain(
      `config.json: ${pointer}: ${most + 1} is more than ${most}`,
    );
    // Rules may still object to a value in range; the schema does not.
    for (const value of [least, most]) {
      expect(problemsOf(changed(full, { [pointer]: value })).join()).not.toMatch(/is (less|more) than -?\d+$/);
    }
  });

  test.each([
    ['/process/rlimits/0/hard', '18446744073709551615', true],
    ['/process/rlimits/0/hard', '18446744073709560000', false],
    ['/process/rlimits/0/hard', '-1', false],
    ['/linux/resources/memory/limit', '9223372036854775807', true],
    ['/linux/resources/memory/limit', '-9223372036854775808', true],
    ['/linux/resources/memory/limit', '9223372036854780000', false],
    ['/linux/resources/memory/limit', '-9223372036854780000', false],
    ['/linux/resources/memory/limit', '0.5', false],
    ['/linux/timeOffsets/monotonic/secs', '9223372036854775807', true],
    ['/hooks/prestart/0/timeout', '0', false],
    ['/hooks/prestart/0/timeout', '1', true],
  ])('%s: %s', (pointer, literal, accepted) => {
    const text = changed(fullConfig(), { [pointer]: 'LITERAL' }).replace('"LITERAL"', literal);
    expect(problemsOf(text).length).toBe(accepted ? 0 : 1);
  });

  test('bounds of 64 bits are named in full', () => {
    const text = changed(fullConfig(), { '/process/rlimits/0/hard': 1e20, '/linux/resources/memory/limit': -1e19 });
    expect(problemsOf(text)).toEqual([
      'config.json: /process/rlimits/0/hard: 100000000000000000000 is more than 18446744073709551615',
      'config.json: /linux/resources/memory/limit: -10000000000000000000 is less than -9223372036854775808',
    ]);
  });
});

describe('required properties', () => {
  test.each([
    '/ociVersion',
    '/root',
    '/root/path',
    '/mounts/0/destination',
    '/process/cwd',
    '/process/args',
    '/process/user/uid',
    '/process/user/gid',
    '/process/consoleSize/height',
    '/process/consoleSize/width',
    '/process/rlimits/0/type',
    '/process/rlimits/0/soft',
    '/process/rlimits/0/hard',
    '/process/scheduler/policy',
    '/process/ioPriority/class',
    '/process/ioPriority/priority',
    '/hooks/poststop/0/path',
    '/linux/namespaces/0/type',
    '/linux/uidMappings/0/containerID',
    '/linux/uidMappings/0/hostID',
    '/linux/gidMappings/0/size',
    '/linux/devices/0/type',
    '/linux/devices/0/path',
    '/linux/memoryPolicy/mode',
    '/linux/personality/domain',
    '/linux/resources/devices/0/allow',
    '/linux/resources/blockIO/weightDevice/0/major',
    '/linux/resources/blockIO/throttleReadBpsDevice/0/minor',
    '/linux/resources/blockIO/throttleReadBpsDevice/0/rate',
    '/linux/resources/hugepageLimits/0/pageSize',
    '/linux/resources/hugepageLimits/0/limit',
    '/linux/resources/network/priorities/0/name',
    '/linux/resources/network/priorities/0/priority',
    '/linux/seccomp/defaultAction',
    '/linux/seccomp/syscalls/0/names',
    '/linux/seccomp/syscalls/0/action',
    '/linux/seccomp/syscalls/0/args/0/index',
    '/linux/seccomp/syscalls/0/args/0/value',
    '/linux/seccomp/syscalls/0/args/0/op',
  ])('%s', (pointer) => {
    expect(problemsOf(changed(fullConfig(), { [pointer]: undefined }))[0]).toMatch(
      new RegExp(`^config\\.json: ${pointer}: missing, but required`),
    );
  });

  test('nothing but version and root', () => {
    expect(problemsOf('{"ociVersion": "1.0.0", "root": {"path": "rootfs"}}')).toEqual([]);
  });
});

describe('what the schema leaves alone', () => {
  test('unknown properties everywhere', () => {
    const changes: Record<string, unknown> = { '/unknown': 1 };
    for (const pointer of pointers('object')) {
      // In these every key is a name of the user's.
      if (/\/(annotations|timeOffsets|netDevices|sysctl|rdma|unified)$/.test(pointer)) continue;
      changes[`${pointer}/unknown`] = [{ a: null }];
    }
    expect(problemsOf(changed(fullConfig(), changes))).toEqual([]);
  });

  test.each(['windows', 'solaris', 'freebsd', 'zos', 'vm'])('the section %s', (section) => {
    expect(problemsOf(changed(smallConfig(), { [`/${section}`]: { process: 3 } }))).toEqual([]);
  });

  test.each(['/process/user/username', '/process/commandLine'])("%s, another platform's", (pointer) => {
    expect(problemsOf(changed(smallConfig(), { [pointer]: 3 }))).toEqual([]);
  });
});

test('the generated files are what scripts/generate-config.ts generates', () => {
  execFileSync('node_modules/.bin/bun', ['scripts/generate-config.ts', '--check'], { stdio: 'pipe' });
});
