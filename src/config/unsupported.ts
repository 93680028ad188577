// What config.json may ask for but nunc can't do yet: it fails, never silently. Later work shrinks this file until it
// is gone. Knows nothing of whether values are valid.

import { at } from './report.ts';
import type { BlockIoResources, LinuxResources, Spec } from './types.ts';

/** One line `not supported yet: /linux/…` for each property that nunc would have to ignore. */
export function unsupportedProperties(spec: Spec): string[] {
  const pointers: string[] = [];
  addResources(spec.linux?.resources, pointers);
  return pointers.map((pointer) => `not supported yet: ${pointer}`);
}

/**
 * Warnings for what is ignored for now: device rules, because every engine and `runc spec` ask for them, and without
 * them a container still gets no device node that it was not given, unless it may mknod.
 */
export function unenforcedProperties({ linux }: Spec): string[] {
  if ((linux?.resources?.devices ?? []).length === 0) return [];
  return [at('/linux/resources/devices', 'not enforced yet')];
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

// Managers write zeros for what they don't limit, and -1 is what a new cgroup has anyway. Both mean that nothing is
// asked.
function isLimit(value: number | undefined): boolean {
  return value !== undefined && value > 0;
}

function addResources(resources: LinuxResources | undefined, pointers: string[]): void {
  if (resources === undefined) return;
  const base = '/linux/resources';
  addMemory(resources, pointers);
  addCpu(resources, pointers);
  addBlockIo(resources.blockIO, pointers);
  if (isLimit(resources.pids?.limit)) pointers.push(`${base}/pids/limit`);
  if ((resources.hugepageLimits ?? []).length > 0) pointers.push(`${base}/hugepageLimits`);
  if (isLimit(resources.network?.classID)) pointers.push(`${base}/network/classID`);
  if ((resources.network?.priorities ?? []).length > 0) pointers.push(`${base}/network/priorities`);
  if (Object.keys(resources.rdma ?? {}).length > 0) pointers.push(`${base}/rdma`);
  if (Object.keys(resources.unified ?? {}).length > 0) pointers.push(`${base}/unified`);
}

// useHierarchy is what every kernel of today does, checkBeforeUpdate is for updates.
function addMemory({ memory }: LinuxResources, pointers: string[]): void {
  if (memory === undefined) return;
  for (const key of ['limit', 'reservation', 'swap', 'kernel', 'kernelTCP'] as const) {
    if (isLimit(memory[key])) pointers.push(`/linux/resources/memory/${key}`);
  }
  // 0 means something here; -1 as an unsigned number is what old managers write for absent.
  const { swappiness } = memory;
  if (swappiness !== undefined && swappiness < 2 ** 64) pointers.push('/linux/resources/memory/swappiness');
  if (memory.disableOOMKiller === true) pointers.push('/linux/resources/memory/disableOOMKiller');
}

function addCpu({ cpu }: LinuxResources, pointers: string[]): void {
  if (cpu === undefined) return;
  for (const key of ['shares', 'quota', 'burst', 'period', 'realtimeRuntime', 'realtimePeriod', 'idle'] as const) {
    if (isLimit(cpu[key])) pointers.push(`/linux/resources/cpu/${key}`);
  }
  if (isSet(cpu.cpus)) pointers.push('/linux/resources/cpu/cpus');
  if (isSet(cpu.mems)) pointers.push('/linux/resources/cpu/mems');
}

function addBlockIo(blockIO: BlockIoResources | undefined, pointers: string[]): void {
  if (blockIO === undefined) return;
  for (const key of ['weight', 'leafWeight'] as const) {
    if (isLimit(blockIO[key])) pointers.push(`/linux/resources/blockIO/${key}`);
  }
  const lists = [
    'weightDevice',
    'throttleReadBpsDevice',
    'throttleWriteBpsDevice',
    'throttleReadIOPSDevice',
    'throttleWriteIOPSDevice',
  ] as const;
  for (const key of lists) {
    if ((blockIO[key] ?? []).length > 0) pointers.push(`/linux/resources/blockIO/${key}`);
  }
}
