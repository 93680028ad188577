// memory of linux.resources.

import { has, MB, missing, NO_EQUIVALENT, type ResourceCase, V1_UNLIMITED, where } from './case.ts';

const countsSwap = has('memory', 'memory.memsw.limit_in_bytes') || has('memory', 'memory.swap.max');
const noSwap = missing('memory/swap', 'the kernel does not count swap: it has no swap accounting');
const belowLimit = /^cannot set .*\/swap: write .*memsw.*: invalid argument; it must not be below the limit of memory alone/;

export const memoryCases: readonly ResourceCase[] = [
  {
    name: 'memory.limit', properties: ['memory.limit'], controller: 'memory',
    resources: { memory: { limit: 64 * MB } },
    v1: { 'memory.limit_in_bytes': '67108864', 'memory.soft_limit_in_bytes': V1_UNLIMITED },
    v2: { 'memory.max': '67108864', 'memory.low': '0' },
  },
  {
    name: 'memory.limit that is not whole pages', controller: 'memory',
    resources: { memory: { limit: 64 * MB + 5000 } },
    v1: { 'memory.limit_in_bytes': '67112960' },
    v2: { 'memory.max': '67112960' },
  },
  {
    name: 'memory.limit -1', controller: 'memory',
    resources: { memory: { limit: -1 } },
    v1: { 'memory.limit_in_bytes': V1_UNLIMITED },
    v2: { 'memory.max': 'max' },
  },
  {
    name: 'memory.limit as v1 prints no limit', controller: 'memory',
    resources: { memory: { limit: 9223372036854771712, reservation: 4096 } },
    v1: { 'memory.limit_in_bytes': V1_UNLIMITED, 'memory.soft_limit_in_bytes': '4096' },
    v2: { 'memory.max': 'max', 'memory.low': '4096' },
  },
  {
    name: 'memory.swap', properties: ['memory.swap'], controller: 'memory',
    resources: { memory: { limit: 64 * MB, swap: 80 * MB } },
    v1: where(countsSwap, { 'memory.limit_in_bytes': '67108864', 'memory.memsw.limit_in_bytes': '83886080' }, noSwap),
    v2: where(countsSwap, { 'memory.max': '67108864', 'memory.swap.max': '16777216' }, noSwap),
  },
  {
    name: 'memory.swap that is the limit', controller: 'memory',
    resources: { memory: { limit: 64 * MB, swap: 64 * MB } },
    v1: where(countsSwap, { 'memory.memsw.limit_in_bytes': '67108864' }, noSwap),
    v2: { 'memory.max': '67108864', ...(countsSwap ? { 'memory.swap.max': '0' } : {}) },
  },
  {
    name: 'memory.swap -1', controller: 'memory',
    resources: { memory: { limit: 64 * MB, swap: -1 } },
    v1: { 'memory.limit_in_bytes': '67108864', ...(countsSwap ? { 'memory.memsw.limit_in_bytes': V1_UNLIMITED } : {}) },
    v2: { 'memory.max': '67108864', ...(countsSwap ? { 'memory.swap.max': 'max' } : {}) },
  },
  {
    name: 'memory.swap without a limit', controller: 'memory',
    resources: { memory: { swap: 80 * MB } },
    v1: where(countsSwap, belowLimit, noSwap),
    v2: /memory\/swap: unable to set swap limit without memory limit$/,
  },
  {
    name: 'memory.reservation', properties: ['memory.reservation'], controller: 'memory',
    resources: { memory: { reservation: 32 * MB } },
    v1: { 'memory.soft_limit_in_bytes': '33554432' },
    v2: { 'memory.low': '33554432' },
  },
  {
    name: 'memory.kernel', properties: ['memory.kernel'], controller: 'memory',
    resources: { memory: { kernel: 32 * MB } },
    v1: /^cannot set .*memory\/kernel: .* operation not supported; Linux 5\.16 and later do not limit kernel memory$/,
    v2: NO_EQUIVALENT,
  },
  {
    name: 'memory.kernelTCP', properties: ['memory.kernelTCP'], controller: 'memory',
    resources: { memory: { kernelTCP: 32 * MB } },
    v1: { 'memory.kmem.tcp.limit_in_bytes': '33554432' },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'memory.swappiness', properties: ['memory.swappiness'], controller: 'memory',
    resources: { memory: { swappiness: 17 } },
    v1: { 'memory.swappiness': '17' },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'memory.disableOOMKiller', properties: ['memory.disableOOMKiller'], controller: 'memory',
    resources: { memory: { disableOOMKiller: true } },
    v1: { 'memory.oom_control': /^oom_kill_disable 1$/m },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'memory.useHierarchy and checkBeforeUpdate', controller: 'memory',
    properties: ['memory.useHierarchy', 'memory.checkBeforeUpdate'],
    resources: { memory: { useHierarchy: true, checkBeforeUpdate: true, limit: 64 * MB } },
    v1: { 'memory.use_hierarchy': '1', 'memory.limit_in_bytes': '67108864' },
    v2: { 'memory.max': '67108864' },
  },
];
