// Properties whose files are the same in v1 and v2: pids, cpuset, rdma. Pure.

import { token } from '../config/report.ts';
import type { LinuxResources, RdmaLimit } from '../config/types.ts';
import { type Draft, exactly, wish } from './draft.ts';

/** PID_MAX_LIMIT of 64-bit kernels: they refuse a higher limit, and there never are more tasks. */
const MOST_PIDS = 4_194_304n;

/** The init, and what keeps systemd's scope in being until it is there. */
const TASKS_AT_START = 2n;

/** 0 is a limit (config-linux.md, "PIDs"). It is written as 1, which is the same to a cgroup with a process in it, and
 * which systemd can set too: what one of the two has set the other does not change. */
export function planPids({ pids }: LinuxResources, draft: Draft): void {
  if (pids?.limit === undefined) return;
  const limit = exactly(draft, 'pids/limit', pids.limit);
  const unlimited = limit < 0n || limit > MOST_PIDS;
  const value = unlimited ? { value: 'max', isDefault: true as const } : { value: String(limit || 1n) };
  const late = !unlimited && limit < TASKS_AT_START ? { late: true as const } : {};
  wish(draft, 'pids/limit', { file: 'pids.max', ...value, ...late });
}

export function planCpuset({ cpu }: LinuxResources, draft: Draft): void {
  const { cpus = '', mems = '' } = cpu ?? {};
  if (cpus !== '') wish(draft, 'cpu/cpus', { file: 'cpuset.cpus', value: cpus });
  if (mems !== '') wish(draft, 'cpu/mems', { file: 'cpuset.mems', value: mems });
}

/** One device a write. */
export function planRdma({ rdma = {} }: LinuxResources, draft: Draft): void {
  for (const [device, limit] of Object.entries(rdma)) {
    wish(draft, `rdma/${token(device)}`, { file: 'rdma.max', value: `${device}${describe(limit)}` });
  }
}

function describe({ hcaHandles, hcaObjects }: RdmaLimit): string {
  const handles = hcaHandles === undefined ? '' : ` hca_handle=${hcaHandles}`;
  return hcaObjects === undefined ? handles : `${handles} hca_object=${hcaObjects}`;
}
