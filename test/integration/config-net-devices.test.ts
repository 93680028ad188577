// linux.netDevices of config.json, asked of the kernel from both sides. Debian's runc and crun are older than the
// property.

import { expect } from 'vitest';
import { bundleFor, refusal, startedPid } from '../support/ask.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { holdings, remainsOf, tryLife } from '../support/library.ts';
import { type Watch, watchHost } from '../support/lifecycle.ts';
import { holdNamespaces } from '../support/namespaces.ts';
import { devices, identity, inNetwork, ip, makeDevice, OURS } from '../support/network-devices.ts';
import { requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';
import { failingAtTheEnd } from '../support/tampering.ts';

const test = requires('root', 'busybox', 'nunc', 'veth');

type NetDevices = NonNullable<BundleSpec['linux']['netDevices']>;

/** Starts a container with these devices. @returns its pid on the host */
async function started(netDevices: NetDevices, change: (spec: BundleSpec) => void = () => undefined): Promise<number> {
  return startedPid(await bundleFor('sleep 1000', (spec) => {
    spec.linux.netDevices = netDevices;
    change(spec);
  }));
}

function joinNetwork(spec: BundleSpec, path: string): void {
  const network = spec.linux.namespaces?.find(({ type }) => type === 'network');
  if (network === undefined) throw new Error('the bundle has no network namespace');
  network.path = path;
}

/** Addresses of every kind on a device. */
function addAddresses(name: string): void {
  ip(`address add 10.77.0.1/24 broadcast 10.77.0.127 dev ${name} label ${name}:a metric 77`);
  ip(`address add 10.77.0.2/24 dev ${name}`);
  ip(`address add 10.78.0.1 peer 10.78.0.2/32 dev ${name} noprefixroute`);
  ip(`address add 10.79.0.1/24 dev ${name} scope link`);
  ip(`address add 10.80.0.1/24 dev ${name} valid_lft 4000 preferred_lft 3000`);
  ip(`address add fd77::1/64 dev ${name} nodad`);
  ip(`address add fd78::1/64 dev ${name} nodad preferred_lft 0`);
  ip(`address add fd79::1/64 dev ${name} nodad valid_lft 4000 preferred_lft 3000`);
  ip(`address add ${OURS}/64 dev ${name} nodad`);
}

test('a device is in the container, up, and no longer on the host', async () => {
  const name = makeDevice();
  ip(`link set dev ${name} down mtu 1400 txqueuelen 77`);
  const before = identity(devices()[name]);
  const pid = await started({ [name]: {} });
  const inside = identity(devices(pid)[name]);
  expect(inside).toEqual({ ...before, flags: ['BROADCAST', 'MULTICAST', 'UP'], ifindex: inside['ifindex'] });
  expect(devices()).not.toHaveProperty(name);
});

test('permanent addresses with global scope go with it as they are, and no others', async () => {
  const name = makeDevice();
  addAddresses(name);
  const before = devices()[name]?.addr_info ?? [];
  const lasting = before.filter(({ local }) => /^(10\.77\.0\..|10\.78\.0\.1|fd7[78]::1)$/.test(local));
  expect(lasting).toHaveLength(5);
  const pid = await started({ [name]: {} });
  expect(devices(pid)[name]?.addr_info).toEqual(lasting);
});

test('name: the device has it inside, and its labels too', async () => {
  const name = makeDevice();
  ip(`address add 10.77.0.1/24 dev ${name} label ${name}:a`);
  ip(`address add 10.77.0.2/24 dev ${name}`);
  const pid = await started({ [name]: { name: 'inner' } });
  const { inner, [name]: old } = devices(pid);
  expect(old).toBeUndefined();
  expect(inner?.addr_info.map(({ label }) => label)).toEqual(['inner:a', 'inner']);
});

test('name: with %d the kernel finds one that is free', async () => {
  const [one, other, third] = [makeDevice(), makeDevice(), makeDevice()];
  ip(`address add 10.77.0.1/24 dev ${one}`);
  const holder = await holdNamespaces(['--net']);
  ip('link add name eth1 type veth peer name eth7', holder);
  const netDevices = { [one]: { name: 'eth%d' }, [other]: { name: 'eth%d' }, [third]: { name: 'x%d' } };
  const pid = await started(netDevices, (spec) => joinNetwork(spec, `/proc/${holder}/ns/net`));
  const inside = devices(pid);
  expect(Object.keys(inside).sort()).toEqual(['eth0', 'eth1', 'eth2', 'eth7', 'lo', 'x0']);
  expect(inside['eth0']?.addr_info).toMatchObject([{ local: '10.77.0.1' }]);
  expect(inside['eth2']?.flags).toContain('UP');
});

test('name: that of a device in the container is refused, and nothing has happened to the device', async () => {
  const name = makeDevice();
  addAddresses(name);
  const before = identity(devices()[name]);
  const holder = await holdNamespaces(['--net']);
  ip('link add name taken type veth peer name taken2', holder);
  const message = await refusal((spec) => {
    spec.linux.netDevices = { [name]: { name: 'taken' } };
    joinNetwork(spec, `/proc/${holder}/ns/net`);
  });
  const reason = 'there is a device "taken" in it already';
  expect(message).toBe(
    `cannot move the network device "${name}" into the container: ${reason} (/linux/netDevices/${name})`,
  );
  expect(identity(devices()[name])).toEqual(before);
});

test('an index that is taken in the container is no obstacle', async () => {
  const index = 70_000 + process.pid % 10_000;
  const name = makeDevice(`index ${index}`);
  ip(`address add 10.77.0.1/24 dev ${name}`);
  const holder = await holdNamespaces(['--net']);
  ip(`link add name other index ${index} type veth peer name other2`, holder);
  const pid = await started({ [name]: {} }, (spec) => {
    joinNetwork(spec, `/proc/${holder}/ns/net`);
  });
  const inside = devices(pid);
  expect(inside['other']?.ifindex).toBe(index);
  expect(inside[name]).toMatchObject({ addr_info: [{ local: '10.77.0.1' }] });
});

test('a new user namespace has it too', async () => {
  const name = makeDevice();
  addAddresses(name);
  const pid = await started({ [name]: { name: 'inner' } }, (spec) => {
    spec.linux.namespaces?.push({ type: 'user' });
    spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
    spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
  });
  expect(devices(pid)['inner']?.addr_info.map(({ local }) => local)).toContain('fd77::1');
});

test('sysctls find the device', async () => {
  const name = makeDevice();
  const pid = await started({ [name]: { name: 'inner' } }, (spec) => {
    spec.linux.sysctl = { 'net.ipv4.conf.inner.forwarding': '1', 'net.ipv6.conf.inner.accept_ra': '0' };
  });
  const read = (key: string): string => inNetwork(pid, ['cat', `/proc/sys/net/${key}`]).trim();
  expect(read('ipv4/conf/inner/forwarding')).toBe('1');
  expect(read('ipv6/conf/inner/accept_ra')).toBe('0');
});

test('the end of the container does not bring the device back', async () => {
  const name = makeDevice();
  const bundle = await bundleFor('true', (spec) => void (spec.linux.netDevices = { [name]: {} }));
  const outcome = await tryLife({ bundle, root: stateRoot() });
  expect(outcome).toEqual({});
  expect(devices()).not.toHaveProperty(name);
});

test('a create that fails later gives the devices back as they were', async () => {
  const [up, down] = [makeDevice(), makeDevice()];
  addAddresses(up);
  ip(`link set dev ${down} down`);
  const before = devices();
  let watch: Watch | undefined;
  const message = await refusal((spec, bundle) => {
    watch = watchHost(bundle);
    spec.linux.netDevices = { [up]: { name: 'inner' }, [down]: {} };
    spec.process.args = ['/no/such/program'];
  });
  expect(message).toMatch(/^exec: "\/no\/such\/program": stat \/no\/such\/program: no such file or directory /);
  const after = devices();
  for (const name of [up, down]) {
    expect(identity(after[name])).toEqual(identity(before[name]));
  }
  await watch?.nothingLeft();
});

test('a device that cannot be moved leaves the others where they were', async () => {
  const name = makeDevice();
  addAddresses(name);
  const before = identity(devices()[name]);
  const cases: readonly (readonly [string, string, string])[] = [
    ['nosuchdevice', '', 'no such device'],
    ['lo', 'inner', '[a-z ]+( \\(.*\\))?'],
    ['lo', '', 'there is a device "lo" in it already'],
  ];
  for (const [other, rename, reason] of cases) {
    const message = await refusal((spec) => {
      spec.linux.netDevices = { [name]: {}, [other]: { name: rename } };
    });
    const action = `move the network device "${other}" into the container`;
    expect(message).toMatch(new RegExp(`^cannot ${action}: ${reason} \\(/linux/netDevices/${other}\\)$`));
    expect(identity(devices()[name])).toEqual(before);
  }
});

test('a name that the kernel refuses after the move leaves the device where it was', async () => {
  const name = makeDevice();
  addAddresses(name);
  const before = identity(devices()[name]);
  const message = await refusal((spec) => void (spec.linux.netDevices = { [name]: { name: 'a%db%d' } }));
  expect(message).toMatch(/^cannot move the network device ".*" into the container: invalid argument/);
  expect(identity(devices()[name])).toEqual(before);
});

test("the runtime's own network namespace is no place to move to: nothing is renamed", async () => {
  const name = makeDevice();
  const before = identity(devices()[name]);
  const message = await refusal((spec) => {
    spec.linux.netDevices = { [name]: { name: `${name}r` } };
    joinNetwork(spec, `/proc/${process.pid}/ns/net`);
  });
  expect(message).toBe("cannot move network devices into the container: the container is in the runtime's network " +
    'namespace (/linux/netDevices)');
  expect(identity(devices()[name])).toEqual(before);
});

test('without a network namespace it is a problem of the config', async () => {
  const message = await refusal((spec) => {
    spec.linux.netDevices = { nosuchdevice: {} };
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'network') ?? [];
  });
  expect(message).toContain('/linux/netDevices: allowed only with a network namespace in /linux/namespaces');
});

test('the runtime keeps no descriptor and no child, whether it succeeds or fails', async () => {
  for (const fails of [false, true]) {
    const name = makeDevice();
    const bundle = await bundleFor('true', (spec) => void (spec.linux.netDevices = { [name]: {} }));
    const trial = { bundle, root: stateRoot(), ...(fails ? { alterPlan: failingAtTheEnd } : {}) };
    const before = holdings();
    const outcome = await tryLife(trial);
    expect(Object.keys(outcome)).toEqual(fails ? ['create'] : []);
    expect(remainsOf(trial, before)).toEqual([]);
    expect(devices()[name] === undefined).toBe(!fails);
  }
});
