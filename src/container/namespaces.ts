// The namespaces that a container joins by path: opened once, and their kind asked of the kernel.

import { closeSync, openSync } from 'node:fs';
import type { Namespace } from '../config/types.ts';
import { ConfigError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { namespaceType } from '../ffi/system-calls.ts';
import type { Finding } from '../finding.ts';
import type { JoinedNamespace } from '../plan/descriptors.ts';
import { namespaceFlag } from '../plan/namespaces.ts';

/** Opens every namespace. @throws ConfigError for all that can't be opened or are of another kind */
export function openNamespaces(ffi: Ffi, joined: readonly JoinedNamespace[]): number[] {
  const opened: number[] = [];
  const problems: Finding[] = [];
  for (const namespace of joined) {
    try {
      const descriptor = openSync(namespace.path, 'r');
      opened.push(descriptor);
      const type = namespace.type as Namespace['type'];
      if (namespaceType(ffi, descriptor) === namespaceFlag(type)) continue;
      problems.push(describe(namespace, `is not a ${type} namespace`));
    } catch (error) {
      problems.push(describe(namespace, `cannot be opened: ${reasonOf(error)}`));
    }
  }
  if (problems.length === 0) return opened;
  for (const descriptor of opened) closeSync(descriptor);
  throw new ConfigError(problems);
}

function describe(namespace: JoinedNamespace, problem: string): Finding {
  return { pointer: `${namespace.origin}/path`, text: `${JSON.stringify(namespace.path)} ${problem}` };
}
