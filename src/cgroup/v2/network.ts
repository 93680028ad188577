// network: v2 has no controllers for it, iptables and eBPF do that by path (admin-guide/cgroup-v2.rst). Pure.

import type { LinuxResources } from '../../config/types.ts';
import { type Draft, NO_EQUIVALENT, refuse } from '../draft.ts';

export function refuseClass({ network }: LinuxResources, draft: Draft): void {
  if ((network?.classID ?? 0) !== 0) refuse(draft, 'network/classID', NO_EQUIVALENT);
}

export function refusePriorities({ network }: LinuxResources, draft: Draft): void {
  if ((network?.priorities ?? []).length > 0) refuse(draft, 'network/priorities', NO_EQUIVALENT);
}
