// That a manager, once it is closed, has left nothing on the host.

import { type HostState, hostState, type Scope, settledDifference } from '../support/host-state.ts';

/** @throws Error that lists what is left of a manager's things, when it stays for more than 20 s */
export async function nothingRemains(marks: readonly string[]): Promise<void> {
  const scope: Scope = { belongs: marks };
  const left = await settledDifference(nothing, scope);
  if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
}

const nothing: HostState = {
  mounts: [], cgroups: [], processes: [], networkNamespaces: [], networkDevices: [], keyrings: [], files: [],
};

/** What shows one of the marks now, for a message or a check within a case. */
export function remaining(marks: readonly string[]): HostState {
  return hostState({ belongs: marks });
}
