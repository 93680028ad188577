// cpu → v1's cpu controller (scheduler/sched-bwc.rst, sched-rt-group.rst). Pure.

import type { CpuResources, LinuxResources } from '../../config/types.ts';
import { asked, type Draft, refuse, wish } from '../draft.ts';

/** MIN_SHARES and MAX_SHARES: the kernel would take others for these. */
const FEWEST_SHARES = 2;
const MOST_SHARES = 262_144;

export function planCpu({ cpu }: LinuxResources, draft: Draft): void {
  if (cpu === undefined) return;
  // First: it decides whether there can be shares.
  if (cpu.idle !== undefined) {
    const value = cpu.idle === 0 ? { value: '0', isDefault: true as const } : { value: String(cpu.idle) };
    wish(draft, 'cpu/idle', { file: 'cpu.idle', ...value });
  }
  planShares(cpu, draft);
  planBandwidth(cpu, draft);
  planRealtime(cpu, draft);
}

function planShares({ shares = 0, idle }: CpuResources, draft: Draft): void {
  if (shares === 0) return;
  if (shares < FEWEST_SHARES) refuse(draft, 'cpu/shares', `the minimum allowed cpu-shares is ${FEWEST_SHARES}`);
  if (shares > MOST_SHARES) refuse(draft, 'cpu/shares', `the maximum allowed cpu-shares is ${MOST_SHARES}`);
  // An idle cgroup has no shares, and the kernel refuses them.
  if (idle !== 1) wish(draft, 'cpu/shares', { file: 'cpu.shares', value: String(shares) });
}

/** Quota before burst, which may not be above it. */
function planBandwidth({ period, quota, burst }: CpuResources, draft: Draft): void {
  const exactPeriod = asked(draft, 'cpu/period', period);
  if (exactPeriod !== undefined) wish(draft, 'cpu/period', { file: 'cpu.cfs_period_us', value: String(exactPeriod) });
  const exactQuota = asked(draft, 'cpu/quota', quota);
  if (exactQuota !== undefined) {
    const value = exactQuota < 0n ? { value: '-1', isDefault: true as const } : { value: String(exactQuota) };
    wish(draft, 'cpu/quota', { file: 'cpu.cfs_quota_us', ...value });
  }
  if (burst === undefined) return;
  const value = { value: String(asked(draft, 'cpu/burst', burst) ?? 0) };
  wish(draft, 'cpu/burst', { file: 'cpu.cfs_burst_us', ...value, ...(burst === 0 ? { isDefault: true } : {}) });
}

/** Period before runtime, which may not be above it. */
function planRealtime({ realtimePeriod, realtimeRuntime }: CpuResources, draft: Draft): void {
  const period = asked(draft, 'cpu/realtimePeriod', realtimePeriod);
  if (period !== undefined) wish(draft, 'cpu/realtimePeriod', { file: 'cpu.rt_period_us', value: String(period) });
  const runtime = asked(draft, 'cpu/realtimeRuntime', realtimeRuntime);
  if (runtime !== undefined) wish(draft, 'cpu/realtimeRuntime', { file: 'cpu.rt_runtime_us', value: String(runtime) });
}
