// memory → v1's memory controller (admin-guide/cgroup-v1/memory.rst). Pure.

import type { LinuxResources, MemoryResources } from '../../config/types.ts';
import { asked, type Draft, isUnlimited, refuse, wish } from '../draft.ts';

/** Limit before swap: a new cgroup has no limits, and that of both may not be below that of memory. */
const FILES = {
  limit: 'memory.limit_in_bytes',
  swap: 'memory.memsw.limit_in_bytes',
  reservation: 'memory.soft_limit_in_bytes',
  kernel: 'memory.kmem.limit_in_bytes',
  kernelTCP: 'memory.kmem.tcp.limit_in_bytes',
} as const;

/** -1 as an unsigned number is what old managers write for absent. */
const ABSENT_SWAPPINESS = 2 ** 64;

export function planMemory({ memory }: LinuxResources, draft: Draft): void {
  if (memory === undefined) return;
  // Where a kernel has a choice (before 5.11) it must be made before there are limits.
  if (memory.useHierarchy === true) {
    wish(draft, 'memory/useHierarchy', { file: 'memory.use_hierarchy', value: '1', isDefault: true });
  }
  planLimits(memory, draft);
  const { swappiness = ABSENT_SWAPPINESS, disableOOMKiller } = memory;
  if (swappiness < ABSENT_SWAPPINESS) {
    wish(draft, 'memory/swappiness', { file: 'memory.swappiness', value: String(swappiness) });
  }
  if (disableOOMKiller === undefined) return;
  // Late: or an init that its limit is too low for would wait for memory for ever, and create with it.
  const value = disableOOMKiller ? { value: '1', late: true as const } : { value: '0', isDefault: true as const };
  wish(draft, 'memory/disableOOMKiller', { file: 'memory.oom_control', ...value });
}

function planLimits(memory: MemoryResources, draft: Draft): void {
  for (const key of ['limit', 'swap', 'reservation', 'kernel', 'kernelTCP'] as const) {
    const bytes = asked(draft, `memory/${key}`, memory[key]);
    if (bytes !== undefined) {
      const value = isUnlimited(bytes) ? { value: '-1', isDefault: true as const } : { value: String(bytes) };
      // Linux 5.16 and later limit kernel memory with the rest; newer ones take a limit all the same.
      const check = key === 'kernel' && !isUnlimited(bytes) ? { readBack: true as const } : {};
      wish(draft, `memory/${key}`, { file: FILES[key], ...value, ...check });
    }
  }
  checkSwap(memory, draft);
}

function checkSwap(memory: MemoryResources, draft: Draft): void {
  const limit = asked(draft, 'memory/limit', memory.limit);
  const swap = asked(draft, 'memory/swap', memory.swap);
  if (limit === undefined) return;
  // No limit of memory is none of memory and swap, as today's runtimes have it.
  if (swap === undefined && isUnlimited(limit)) {
    wish(draft, 'memory/limit', { file: FILES.swap, value: '-1', isDefault: true });
  }
  if (swap !== undefined && !isUnlimited(swap) && swap < limit) {
    refuse(draft, 'memory/swap', `${swap} for memory and swap together is less than the limit ${limit} of memory`);
  }
}
