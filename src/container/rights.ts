// What a config asks for and the caller has no right to, as far as it can be told before anything is made.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Spec } from '../config/types.ts';
import type { Finding } from '../finding.ts';
import type { HostFacts } from '../host/facts.ts';
import { forbidsSetgroups } from '../launch/id-maps.ts';

/** One for each; the words are those of runc. */
export function rightsProblems(spec: Spec, facts: HostFacts): Finding[] {
  const user = namespaceSource(spec, 'user');
  if (user === 'inherited' && !facts.capabilities.includes('CAP_SYS_ADMIN')) {
    return [{ pointer: '/linux/namespaces', text: 'rootless container requires user namespaces' }];
  }
  const groups = spec.process?.user?.additionalGids ?? [];
  if (user === 'new' && groups.length > 0 && forbidsSetgroups(spec.linux?.gidMappings ?? [], facts)) {
    return [{
      pointer: '/process/user/additionalGids',
      text: 'cannot set any additional groups in a rootless container that maps no group but its own',
    }];
  }
  return [];
}
