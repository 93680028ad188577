// linux.resources: not supported yet, and said so, property by property.

import type { BundleSpec } from '../bundle.ts';
import type { Property } from './property.ts';

type Resources = NonNullable<BundleSpec['linux']['resources']>;

/** One property, or one entry of a list, by the pointer that the refusal names. */
function refused(pointer: string, resources: Resources, keys: readonly string[] = []): Property {
  const name = `linux.resources.${pointer.replaceAll('/', '.')}`;
  return {
    names: keys.length === 0 ? [name] : keys.map((key) => `${name}${key}`),
    set: (spec) => void (spec.linux.resources = structuredClone(resources)),
    refused: new RegExp(`^not supported yet: /linux/resources/${pointer}$`),
    needs: ['nunc'],
  };
}

/** What means nothing at create, or can't be kept yet but does no harm. */
function accepted(names: readonly string[], resources: Resources): Property {
  return {
    names: names.map((name) => `linux.resources.${name}`),
    set: (spec) => void (spec.linux.resources = structuredClone(resources)),
    inside: ['echo made', 'made'],
  };
}

const DISK = { major: 8, minor: 0 };
const THROTTLES = [
  'throttleReadBpsDevice', 'throttleWriteBpsDevice', 'throttleReadIOPSDevice', 'throttleWriteIOPSDevice',
] as const;

export const resourceProperties: readonly Property[] = [
  accepted(
    ['devices[].allow', 'devices[].type', 'devices[].major', 'devices[].minor', 'devices[].access'],
    { devices: [{ allow: false, access: 'rwm' }, { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' }] },
  ),
  accepted(
    ['memory.useHierarchy', 'memory.checkBeforeUpdate'],
    { memory: { useHierarchy: true, checkBeforeUpdate: true } },
  ),
  ...(['limit', 'reservation', 'swap', 'kernel', 'kernelTCP', 'swappiness'] as const).map((key) =>
    refused(`memory/${key}`, { memory: { [key]: 60 } })),
  refused('memory/disableOOMKiller', { memory: { disableOOMKiller: true } }),
  ...(['shares', 'quota', 'burst', 'period', 'realtimeRuntime', 'realtimePeriod', 'idle'] as const).map((key) =>
    refused(`cpu/${key}`, { cpu: key === 'burst' ? { burst: 1 } : { [key]: 1 } })),
  refused('cpu/cpus', { cpu: { cpus: '0' } }),
  refused('cpu/mems', { cpu: { mems: '0' } }),
  refused('blockIO/weight', { blockIO: { weight: 500 } }),
  refused('blockIO/leafWeight', { blockIO: { leafWeight: 500 } }),
  refused(
    'blockIO/weightDevice',
    { blockIO: { weightDevice: [{ ...DISK, weight: 500, leafWeight: 300 }] } },
    ['[].major', '[].minor', '[].weight', '[].leafWeight'],
  ),
  ...THROTTLES.map((key) =>
    refused(`blockIO/${key}`, { blockIO: { [key]: [{ ...DISK, rate: 600 }] } }, ['[].major', '[].minor', '[].rate'])),
  refused('hugepageLimits', { hugepageLimits: [{ pageSize: '2MB', limit: 0 }] }, ['[].pageSize', '[].limit']),
  refused('network/classID', { network: { classID: 1 } }),
  refused('network/priorities', { network: { priorities: [{ name: 'lo', priority: 1 }] } }, ['[].name', '[].priority']),
  refused('pids/limit', { pids: { limit: 100 } }),
  refused('rdma', { rdma: { mlx: { hcaHandles: 3, hcaObjects: 4 } } }, ['.*.hcaHandles', '.*.hcaObjects']),
  refused('unified', { unified: { 'memory.high': '1' } }, ['.*']),
];
