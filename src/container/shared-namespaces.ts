// Namespaces that a config joins by path and that are the runtime's own: what is set in them changes the host, as it
// would without such a path.

import { statSync } from 'node:fs';
import { token } from '../config/report.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import { sysctlNamespace, sysctlPath } from '../config/rules/sysctl.ts';
import type { NamespaceType, Spec } from '../config/types.ts';
import type { Finding } from '../finding.ts';

/** One for each host name and sysctl that would be set on the host. */
export function sharedNamespaceProblems(spec: Spec): Finding[] {
  const problems: Finding[] = [];
  const check = (type: NamespaceType | undefined, pointer: string): void => {
    if (type === undefined || !isShared(spec, type)) return;
    const text = `would change the host: the ${type} namespace to join (/linux/namespaces) is the runtime's own`;
    problems.push({ pointer, text });
  };
  if ((spec.hostname ?? '') !== '') check('uts', '/hostname');
  if ((spec.domainname ?? '') !== '') check('uts', '/domainname');
  for (const name of Object.keys(spec.linux?.sysctl ?? {})) {
    check(sysctlNamespace(sysctlPath(name) ?? ''), `/linux/sysctl/${token(name)}`);
  }
  return problems;
}

function isShared(spec: Spec, type: NamespaceType): boolean {
  if (namespaceSource(spec, type) !== 'joined') return false;
  const path = spec.linux?.namespaces?.find((namespace) => namespace.type === type)?.path ?? '';
  try {
    const joined = statSync(path);
    const own = statSync(`/proc/self/ns/${type === 'network' ? 'net' : type}`);
    return joined.ino === own.ino && joined.dev === own.dev;
  } catch {
    // What can't be looked at can't be joined: opening it will say why.
    return false;
  }
}
