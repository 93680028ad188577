// network → v1's net_cls and net_prio controllers (admin-guide/cgroup-v1/net_cls.rst, net_prio.rst). Pure.

import type { LinuxResources } from '../../config/types.ts';
import { type Draft, wish } from '../draft.ts';

export function planClass({ network }: LinuxResources, draft: Draft): void {
  const { classID = 0 } = network ?? {};
  if (classID !== 0) wish(draft, 'network/classID', { file: 'net_cls.classid', value: String(classID) });
}

/** One interface a write. */
export function planPriorities({ network }: LinuxResources, draft: Draft): void {
  for (const [i, { name, priority }] of (network?.priorities ?? []).entries()) {
    wish(draft, `network/priorities/${i}`, { file: 'net_prio.ifpriomap', value: `${name} ${priority}` });
  }
}
