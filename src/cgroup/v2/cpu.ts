// cpu → v2's cpu controller (admin-guide/cgroup-v2.rst). Pure.

import type { CpuResources, LinuxResources } from '../../config/types.ts';
import { asked, type Draft, NO_EQUIVALENT, refuse, wish } from '../draft.ts';

/** v1's range of cpu.shares. */
const FEWEST_SHARES = 2;
const MOST_SHARES = 262_144;

/**
 * cpu.weight for cpu.shares: a curve through both ends (2 → 1, 262144 → 10000) and through the defaults
 * (1024 → 100), which is what runc and crun have since 2025. The straight line that they had before made 39 of 1024.
 */
export function weightOfShares(shares: number): number {
  if (shares <= FEWEST_SHARES) return 1;
  if (shares >= MOST_SHARES) return 10_000;
  const magnitude = Math.log2(shares);
  return Math.ceil(10 ** ((magnitude * magnitude + 125 * magnitude) / 612 - 7 / 34));
}

export function planCpu({ cpu }: LinuxResources, draft: Draft): void {
  if (cpu === undefined) return;
  const { shares = 0, idle } = cpu;
  // First: it decides whether there can be a weight.
  if (idle !== undefined) {
    const value = idle === 0 ? { value: '0', isDefault: true as const } : { value: String(idle) };
    wish(draft, 'cpu/idle', { file: 'cpu.idle', ...value });
  }
  // An idle cgroup has no weight, and the kernel refuses one.
  if (shares > 0 && idle !== 1) {
    wish(draft, 'cpu/shares', { file: 'cpu.weight', value: String(weightOfShares(shares)) });
  }
  planBandwidth(cpu, draft);
  for (const key of ['realtimeRuntime', 'realtimePeriod'] as const) {
    if (asked(draft, `cpu/${key}`, cpu[key]) !== undefined) refuse(draft, `cpu/${key}`, NO_EQUIVALENT);
  }
}

/** Quota before burst, which may not be above it. */
function planBandwidth({ quota, period, burst }: CpuResources, draft: Draft): void {
  const file = 'cpu.max';
  const exactQuota = asked(draft, 'cpu/quota', quota);
  const exactPeriod = asked(draft, 'cpu/period', period);
  if (exactPeriod !== undefined) {
    const property = exactQuota === undefined ? 'cpu/period' : 'cpu/quota';
    wish(draft, property, { file, value: `${quotaWord(exactQuota) ?? presentQuota(draft)} ${exactPeriod}` });
  } else if (exactQuota !== undefined) {
    // A quota alone leaves the period.
    const value = quotaWord(exactQuota) ?? 'max';
    wish(draft, 'cpu/quota', { file, value, ...(value === 'max' ? { isDefault: true } : {}) });
  }
  if (burst === undefined) return;
  const value = String(asked(draft, 'cpu/burst', burst) ?? 0);
  wish(draft, 'cpu/burst', { file: 'cpu.max.burst', value, ...(burst === 0 ? { isDefault: true } : {}) });
}

function quotaWord(quota: bigint | undefined): string | undefined {
  if (quota === undefined) return undefined;
  return quota < 0n ? 'max' : String(quota);
}

function presentQuota({ present }: Draft): string {
  return present?.cpuMax.split(' ')[0] || 'max';
}
