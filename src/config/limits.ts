// What of linux.resources asks for a cgroup with limits. Device rules are not among it: they forbid, and an ordinary
// user can't set them. Knows nothing of whether values are valid.

import type { BlockIoResources, LinuxResources } from './types.ts';

// Managers write zeros for what they don't limit, and -1 is what a new cgroup has anyway. Both mean that nothing is
// asked.
function isLimit(value: number | undefined): boolean {
  return value !== undefined && value > 0;
}

/** The JSON pointer of each limit that asks for something. */
export function askedLimits(resources: LinuxResources | undefined): string[] {
  const pointers: string[] = [];
  if (resources === undefined) return pointers;
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
  return pointers;
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

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== '';
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
