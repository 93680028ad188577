// Asks a container which devices it may open and make, and says what it is to answer: the kernel beside the simulation
// of the devices cgroup.

import { DEFAULT_RULES } from '../../src/cgroup/devices/default-rules.ts';
import type { DeviceRule } from '../../src/config/types.ts';
import type { Bundle, BundleSpec } from './bundle.ts';
import { DeviceCgroup } from './device-cgroup.ts';
import { runProgram } from './runtime.ts';

const CAPABILITIES = ['CAP_MKNOD', 'CAP_SYS_ADMIN', 'CAP_SYSLOG', 'CAP_SYS_RAWIO', 'CAP_DAC_OVERRIDE'];

export type Rules = readonly DeviceRule[];

/** With whatever rights it takes, so that only the rules are in the way. */
export function withRules(spec: BundleSpec, rules: Rules | undefined): void {
  const sets = ['bounding', 'effective', 'permitted'] as const;
  spec.process.capabilities = Object.fromEntries(sets.map((set) => [set, CAPABILITIES]));
  if (rules === undefined) delete spec.linux.resources;
  else spec.linux.resources = { devices: rules.map((rule) => ({ ...rule })) };
}

// Character and block devices of numbers that no driver has ("local use" in admin-guide/devices.txt): opening one is
// ENXIO where the rules allow it. And real ones: null, kmsg, fuse.
const DEVICES = [
  'c 1 3', 'c 240 5', 'c 240 6', 'c 241 5', 'b 240 5', 'b 240 6', 'c 1 11', 'c 10 229', 'c 1 1',
] as const;
const ACCESSES = { m: 1, r: 2, w: 4, rw: 6 } as const;
const REDIRECTIONS = { r: '<', w: '>', rw: '<>' } as const;

type Access = keyof typeof ACCESSES;

interface Probe {
  readonly device: (typeof DEVICES)[number];
  readonly access: Access;
}

const PROBES: readonly Probe[] = DEVICES.flatMap((device) => {
  // mem is made, and never opened: what the kernel says of that depends on its configuration.
  const accesses: readonly Access[] = device === 'c 1 1' ? ['m'] : ['m', 'r', 'w', 'rw'];
  return accesses.map((access) => ({ device, access }));
});

/** Where the container has them. */
export const NODES = '/dev/nodes';

/** Prints a line for each probe, "yes" or "no". */
export function probeScript(directory = NODES): string {
  const lines = PROBES.map(({ device, access }) => {
    const node = `${directory}/${device.replaceAll(' ', '-')}`;
    const make = `mknod ${node}-made ${device} && rm ${node}-made`;
    const attempt = access === 'm' ? make : `: ${REDIRECTIONS[access]}${node}`;
    return `case $( (${attempt}) 2>&1) in *"not permitted"*) echo no;; *) echo yes;; esac`;
  });
  return lines.join('\n');
}

/** Makes the nodes to open, in a directory of the bundle's that the container has as NODES. */
export async function makeNodes({ spec, directory }: Bundle): Promise<void> {
  const nodes = `${directory}/nodes`;
  const list = DEVICES.map((device) => `mknod ${nodes}/${device.replaceAll(' ', '-')} ${device}`);
  spec.mounts.push({ destination: NODES, source: nodes, options: ['bind', 'dev'] });
  const { status, stderr } = await runProgram(['sh', '-ec', `mkdir ${nodes}; ${list.join('; ')}`]);
  if (status !== 0) throw new Error(stderr);
}

/** What each probe is to say. */
export function expected(rules: Rules): string[] {
  const cgroup = new DeviceCgroup();
  for (const rule of [...rules, ...DEFAULT_RULES]) cgroup.write(rule);
  return PROBES.map(({ device, access }) => {
    const [type, major, minor] = device.split(' ');
    const asked = { type: type as 'b' | 'c', major: Number(major), minor: Number(minor), access: ACCESSES[access] };
    return `${device} ${access}: ${cgroup.permits(asked) ? 'yes' : 'no'}`;
  });
}

/** What the script has printed, by probe. */
export function told(answers: readonly string[]): string[] {
  return PROBES.map(({ device, access }, i) => `${device} ${access}: ${answers[i] ?? 'nothing'}`);
}

