// What config.json may ask for but nunc can't do yet: it fails, never silently. Later work shrinks this file until it
// is gone. Knows nothing of whether values are valid.

import { askedLimits } from './limits.ts';
import { at } from './report.ts';
import type { Spec } from './types.ts';

/** One line `not supported yet: /linux/…` for each property that nunc would have to ignore. */
export function unsupportedProperties(spec: Spec): string[] {
  return askedLimits(spec.linux?.resources).map((pointer) => `not supported yet: ${pointer}`);
}

/**
 * Warnings for what is ignored for now: device rules, because every engine and `runc spec` ask for them, and without
 * them a container still gets no device node that it was not given, unless it may mknod.
 */
export function unenforcedProperties({ linux }: Spec): string[] {
  if ((linux?.resources?.devices ?? []).length === 0) return [];
  return [at('/linux/resources/devices', 'not enforced yet')];
}

