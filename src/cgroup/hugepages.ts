// hugepageLimits → the hugetlb controller: v1 and v2 differ in names alone. Pure.

import type { HugepageLimit, LinuxResources } from '../config/types.ts';
import { type Draft, exactly, isUnlimited, wish } from './draft.ts';

/** The end of a file's name, and the word for no limit. */
interface Names {
  readonly ending: 'limit_in_bytes' | 'max';
  readonly unlimited: '-1' | 'max';
}

export function planHugepagesV1({ hugepageLimits }: LinuxResources, draft: Draft): void {
  plan(hugepageLimits ?? [], draft, { ending: 'limit_in_bytes', unlimited: '-1' });
}

export function planHugepagesV2({ hugepageLimits }: LinuxResources, draft: Draft): void {
  plan(hugepageLimits ?? [], draft, { ending: 'max', unlimited: 'max' });
}

/** Reservations and use: what is mapped without a reservation is counted as used only. Kernels before 5.7 do not limit
 * reservations. */
function plan(limits: readonly HugepageLimit[], draft: Draft, { ending, unlimited }: Names): void {
  for (const [i, { pageSize, limit }] of limits.entries()) {
    const bytes = exactly(draft, `hugepageLimits/${i}/limit`, limit);
    const value = isUnlimited(bytes) ? { value: unlimited, isDefault: true as const } : { value: String(bytes) };
    wish(draft, `hugepageLimits/${i}`, { file: `hugetlb.${pageSize}.${ending}`, ...value });
    wish(draft, `hugepageLimits/${i}`, { file: `hugetlb.${pageSize}.rsvd.${ending}`, ...value, optional: true });
  }
}
