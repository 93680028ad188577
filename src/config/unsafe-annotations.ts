// Annotations that reach the host: which there are, and what is left of a config's when they are not to be obeyed.
// Knows nothing of what they do.

import { lineOf } from '../finding.ts';

/** As `features` has them; one that ends in a dot is a prefix. A file of the host that CRIU obeys; settings of the
 * container's scope. */
export const UNSAFE_ANNOTATIONS: readonly string[] = ['org.criu.config', 'org.systemd.property.'];

export interface AnnotationChoice {
  /** --no-unsafe-annotations: whoever wrote the config is not trusted with the host. */
  readonly ignoreUnsafeAnnotations?: boolean;
  /** Told what was ignored, a sentence each. */
  readonly warn: (message: string) => void;
}

/** The annotations that the runtime itself may obey. All of them are still told to hooks, and by `state`. */
export function obeyedAnnotations(
  annotations: Readonly<Record<string, string>> = {},
  { ignoreUnsafeAnnotations = false, warn }: AnnotationChoice,
): Readonly<Record<string, string>> {
  if (!ignoreUnsafeAnnotations) return annotations;
  const obeyed: Record<string, string> = {};
  for (const [key, value] of Object.entries(annotations)) {
    if (!isUnsafe(key)) obeyed[key] = value;
    else warn(lineOf({ pointer: '/annotations', text: `${JSON.stringify(key)} is ignored: --no-unsafe-annotations` }));
  }
  return obeyed;
}

function isUnsafe(key: string): boolean {
  return UNSAFE_ANNOTATIONS.some((name) => (name.endsWith('.') ? key.startsWith(name) : key === name));
}
