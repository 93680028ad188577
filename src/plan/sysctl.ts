// linux.sysctl: each is a file of procfs.

import { sysctlPath } from '../config/rules/sysctl.ts';
import type { CreateDraft } from './create-draft.ts';
import { tell } from './draft.ts';
import type { Value } from './operation.ts';
import { writeProcfs } from './procfs.ts';

export function planSysctls(draft: CreateDraft, procfs: Value): void {
  for (const [name, content] of Object.entries(draft.input.spec.linux?.sysctl ?? {})) {
    tell(draft, `/linux/sysctl/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, `set the sysctl "${name}"`);
    writeProcfs(draft, procfs, { path: `sys/${sysctlPath(name) ?? name}`, content });
  }
}
