// linux.sysctl, written through a procfs of the plan's own that is mounted nowhere: a container can't have put another
// one in its place (CVE-2025-52881).

import { sysctlPath } from '../config/rules/sysctl.ts';
import * as L from '../linux/constants.ts';
import type { CreateDraft } from './create-draft.ts';
import { byteLength, call, close, newSlot, tell } from './draft.ts';
import type { Value } from './operation.ts';

export function planSysctls(draft: CreateDraft): void {
  const sysctls = Object.entries(draft.input.spec.linux?.sysctl ?? {});
  if (sysctls.length === 0) return;
  const proc = newSlot(draft);
  tell(draft, '/linux/sysctl', 'mount a private procfs');
  openPrivateProcfs(draft, proc);
  for (const [name, value] of sysctls) {
    tell(draft, `/linux/sysctl/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, `set the sysctl "${name}"`);
    const path = { text: `sys/${sysctlPath(name) ?? name}` };
    const file: Value = { slot: draft.target };
    call(draft, 'openat', [{ slot: proc }, path, L.O_WRONLY | L.O_CLOEXEC], { result: draft.target });
    call(draft, 'write', [file, { text: value }, byteLength(value)]);
    close(draft, file);
  }
  close(draft, { slot: proc });
}

function openPrivateProcfs(draft: CreateDraft, result: CreateDraft['root']): void {
  const context: Value = { slot: draft.context };
  call(draft, 'fsopen', [{ text: 'proc' }, L.FSOPEN_CLOEXEC], { result: draft.context });
  call(draft, 'fsconfig', [context, L.FSCONFIG_CMD_CREATE, 0, 0, 0]);
  call(draft, 'fsmount', [context, L.FSMOUNT_CLOEXEC, 0], { result });
  close(draft, context);
}
