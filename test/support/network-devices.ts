// Virtual network devices for tests to hand to containers: pairs with names that nobody else has, gone when the test
// ends. Never touches a device that it did not make.

import { execFileSync, spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

let made = 0;

/** Runs a program in the network namespace of a process. @returns what it prints */
export function inNetwork(pid: number | 'self', argv: readonly string[]): string {
  return execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, ...argv], { encoding: 'utf8' });
}

/** Runs ip(8) with some words. @returns what it prints */
export function ip(command: string, pid: number | 'self' = 'self'): string {
  return inNetwork(pid, ['ip', ...command.split(' ')]);
}

/** Makes a pair of devices that are up. @returns the name of the one to move */
export function makeDevice(options = ''): string {
  const name = `nu${process.pid}x${made++}`;
  ip(`link add name ${name}${options === '' ? '' : ` ${options}`} type veth peer name ${name}p`);
  onTestFinished(() => {
    // Deleting one end deletes both; the other has gone with a container's namespace, at some time.
    for (const end of [name, `${name}p`]) spawnSync('ip', ['link', 'delete', end]);
  });
  for (const end of [name, `${name}p`]) ip(`link set dev ${end} up`);
  return name;
}

interface AddressInfo {
  readonly local: string;
  readonly [property: string]: unknown;
}

export interface DeviceInfo {
  readonly ifname: string;
  readonly ifindex: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly AddressInfo[];
  readonly [property: string]: unknown;
}

/** A link-local address that the kernel has not made. */
export const OURS = 'fe80::77';

/** What `ip address` knows of all devices, by name; without link-local addresses that the kernel has made. */
export function devices(pid?: number): Record<string, DeviceInfo> {
  const list = JSON.parse(ip('-json -details address', pid)) as DeviceInfo[];
  return Object.fromEntries(list.map((device) => {
    const addresses = device.addr_info.filter(({ local }) => !local.startsWith('fe80::') || local === OURS);
    return [device.ifname, { ...device, addr_info: addresses }];
  }));
}

/** The seconds of a limited life are fewer every time. */
function withoutLifetimes(address: AddressInfo): AddressInfo {
  const { valid_life_time: valid, preferred_life_time: preferred, ...others } = address;
  const limited = [valid, preferred].map((seconds) => (seconds === FOR_EVER || seconds === 0 ? seconds : 'limited'));
  return { ...others, limited };
}

const FOR_EVER = 0xffffffff;

/** All that is the device's own, and should be the same wherever it is. */
export function identity(device: DeviceInfo | undefined): Record<string, unknown> {
  if (device === undefined) return {};
  const { ifname, ifindex, mtu, address, txqlen, addr_info, flags } = device;
  const lasting = flags.filter((flag) => flag !== 'NO-CARRIER' && flag !== 'LOWER_UP' && flag !== 'M-DOWN');
  return { ifname, ifindex, mtu, address, txqlen, flags: lasting, addresses: addr_info.map(withoutLifetimes) };
}
