// Memory and swap. What v2 has is put into v1's terms, as runc does: "swap" is memory and swap together.

import type { CgroupPlacement } from '../driver.ts';
import { cgroupFor } from '../placement.ts';
import { parseKeyed, readNumber, readText, unifiedOf,UNLIMITED } from './files.ts';
import { type Pressure, readPressure } from './pressure.ts';

/** In bytes. */
export interface MemoryCounter {
  /** 2^64-1 on v2, and a number near 2^63 on v1, is none. */
  readonly limit: bigint;
  readonly usage: bigint;
  /** The most that usage has been: on v2 since Linux 5.19. */
  readonly max: bigint;
  /** How often the limit was hit; v1 only. */
  readonly failures: bigint;
}

export interface MemoryStatistics {
  /** Bytes of the page cache. */
  readonly cache: bigint;
  readonly memory: MemoryCounter;
  /** Memory and swap. */
  readonly swap: MemoryCounter;
  /** v1 only, as is the next. */
  readonly kernel: MemoryCounter;
  readonly kernelTcp: MemoryCounter;
  /** memory.stat as it is. */
  readonly raw: ReadonlyMap<string, bigint>;
  readonly pressure: Pressure | undefined;
}

const NONE: MemoryCounter = { limit: 0n, usage: 0n, max: 0n, failures: 0n };

/** @throws NuncError of kind `syscall` */
export function readMemory(placement: CgroupPlacement): MemoryStatistics {
  const place = cgroupFor(placement, 'memory');
  const raw = parseKeyed(readText(place?.path, 'memory.stat') ?? '');
  const pressure = readPressure(unifiedOf(placement), 'memory.pressure');
  // A cgroup without the controller has none of its files.
  if (place === undefined || raw.size === 0) {
    return { cache: 0n, memory: NONE, swap: NONE, kernel: NONE, kernelTcp: NONE, raw, pressure };
  }
  return { ...(place.version === 1 ? readV1(place.path, raw) : readV2(place.path, raw)), raw, pressure };
}

type Counters = Omit<MemoryStatistics, 'raw' | 'pressure'>;

function readV1(path: string, raw: ReadonlyMap<string, bigint>): Counters {
  return {
    cache: raw.get('cache') ?? 0n,
    memory: readCounterV1(path, 'memory'),
    swap: readCounterV1(path, 'memory.memsw'),
    kernel: readCounterV1(path, 'memory.kmem'),
    kernelTcp: readCounterV1(path, 'memory.kmem.tcp'),
  };
}

function readCounterV1(path: string, name: string): MemoryCounter {
  return {
    limit: readNumber(path, `${name}.limit_in_bytes`) ?? 0n,
    usage: readNumber(path, `${name}.usage_in_bytes`) ?? 0n,
    max: readNumber(path, `${name}.max_usage_in_bytes`) ?? 0n,
    failures: readNumber(path, `${name}.failcnt`) ?? 0n,
  };
}

function readV2(path: string, raw: ReadonlyMap<string, bigint>): Counters {
  const memory = readCounterV2(path, 'memory');
  const swap = readCounterV2(path, 'memory.swap');
  return { cache: raw.get('file') ?? 0n, memory, swap: together(memory, swap), kernel: NONE, kernelTcp: NONE };
}

function readCounterV2(path: string, name: string): MemoryCounter {
  return {
    limit: readNumber(path, `${name}.max`) ?? 0n,
    usage: readNumber(path, `${name}.current`) ?? 0n,
    max: readNumber(path, `${name}.peak`) ?? 0n,
    failures: 0n,
  };
}

/** Memory and swap as one. Their peaks need not have come at the same time: there is no common one. */
export function together(memory: MemoryCounter, swap: MemoryCounter): MemoryCounter {
  const unlimited = memory.limit === UNLIMITED || swap.limit === UNLIMITED;
  return {
    limit: unlimited ? UNLIMITED : memory.limit + swap.limit,
    usage: memory.usage + swap.usage,
    max: 0n,
    failures: 0n,
  };
}
