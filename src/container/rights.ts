// What a config asks for and the caller has no right to, as far as it can be told before anything is made.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Spec } from '../config/types.ts';
import type { HostFacts } from '../host/facts.ts';
import { forbidsSetgroups } from '../launch/id-maps.ts';

/** One line for each; the words are those of runc. */
export function rightsProblems(spec: Spec, facts: HostFacts): string[] {
  const user = namespaceSource(spec, 'user');
  if (user === 'inherited' && !facts.capabilities.includes('CAP_SYS_ADMIN')) {
    return ['config.json: /linux/namespaces: rootless container requires user namespaces'];
  }
  const groups = spec.process?.user?.additionalGids ?? [];
  if (user === 'new' && groups.length > 0 && forbidsSetgroups(spec.linux?.gidMappings ?? [], facts)) {
    return ['config.json: /process/user/additionalGids: cannot set any additional groups in a rootless container that '
      + 'maps no group but its own'];
  }
  return [];
}
