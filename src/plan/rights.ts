// What the runtime's rights and the container's user namespace mean for the plan: where the host's mounts are cloned,
// and whether devices can be made. An ordinary user gets every right that it needs with its own user namespace, so what
// root does before the init is born, the init does itself then.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Spec } from '../config/types.ts';
import type { CreateDraft, CreateInput } from './create-draft.ts';

/** Whether the container's user namespace, new or joined, is another than the runtime's. */
export function inUserNamespace(spec: Spec): boolean {
  return namespaceSource(spec, 'user') !== 'inherited';
}

/** Whether the container's user namespace is another than the host's: what the kernel gives to the host's root alone
 * is out of reach then. */
export function isConfined({ spec, facts }: Pick<CreateInput, 'spec' | 'facts'>): boolean {
  return inUserNamespace(spec) || !facts.initialUserNamespace;
}

function mayMount({ facts }: CreateInput): boolean {
  return facts.capabilities.includes('CAP_SYS_ADMIN');
}

/** Stage 0 clones the rootfs, the sources and the devices: where the container's root might not reach them. */
export function clonesInStageZero({ input }: CreateDraft): boolean {
  return inUserNamespace(input.spec) && mayMount(input);
}

/** The init clones them, as the runtime's user, who may not do it anywhere else. */
export function clonesInInit({ input }: CreateDraft): boolean {
  return inUserNamespace(input.spec) && !mayMount(input);
}

/** mknod(2) of devices needs CAP_MKNOD over the host; otherwise the host's devices are bound. */
export function makesDevices({ input }: CreateDraft): boolean {
  return !isConfined(input) && input.facts.capabilities.includes('CAP_MKNOD');
}
