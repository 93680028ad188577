// Huge pages, by size. Which sizes there are is seen by the files: the kernel makes them for each one that it has.

import { readdirSync } from 'node:fs';
import { codeOf } from '../../error.ts';
import { cgroupError } from '../directory.ts';
import type { CgroupPlacement } from '../driver.ts';
import { cgroupFor } from '../placement.ts';
import { parseKeyed, readNumber, readText } from './files.ts';

/** In bytes. Reservations, since Linux 5.7, rather than faults: they are what the limit is set on. */
export interface HugetlbStatistics {
  readonly usage: bigint;
  /** v1 only. */
  readonly max: bigint;
  /** How often the limit was hit. */
  readonly failures: bigint;
}

/** By size, such as 2MB. @throws NuncError of kind `syscall` */
export function readHugetlb(placement: CgroupPlacement): Map<string, HugetlbStatistics> {
  const sizes = new Map<string, HugetlbStatistics>();
  const place = cgroupFor(placement, 'hugetlb');
  if (place === undefined) return sizes;
  const { version, path } = place;
  for (const size of pageSizes(namesIn(path))) {
    sizes.set(size, version === 1 ? readV1(path, `hugetlb.${size}`) : readV2(path, `hugetlb.${size}`));
  }
  return sizes;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cgroupError(`read "${path}"`, cause);
  }
}

/** Sorted. */
export function pageSizes(names: readonly string[]): string[] {
  const sizes: string[] = [];
  for (const name of names) {
    const size = /^hugetlb\.([^.]+)\.(?:current|usage_in_bytes)$/.exec(name)?.[1];
    if (size !== undefined) sizes.push(size);
  }
  return sizes.sort();
}

function readV1(path: string, name: string): HugetlbStatistics {
  const read = (file: string): bigint => {
    return readNumber(path, `${name}.rsvd.${file}`) ?? readNumber(path, `${name}.${file}`) ?? 0n;
  };
  return { usage: read('usage_in_bytes'), max: read('max_usage_in_bytes'), failures: read('failcnt') };
}

function readV2(path: string, name: string): HugetlbStatistics {
  const usage = readNumber(path, `${name}.rsvd.current`) ?? readNumber(path, `${name}.current`) ?? 0n;
  const events = parseKeyed(readText(path, `${name}.events`) ?? '');
  return { usage, max: 0n, failures: events.get('max') ?? 0n };
}
