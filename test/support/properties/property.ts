// What an entry of the table of all properties looks like: a change to a config that works, and what the kernel says of
// it then. See test/integration/properties.test.ts.

import { readFileSync } from 'node:fs';
import type { Bundle, BundleSpec } from '../bundle.ts';
import type { Requirement } from '../requires.ts';

export interface Property {
  /** The properties that it shows. */
  readonly names: readonly string[];
  readonly set: (spec: BundleSpec, bundle: Bundle) => void | Promise<void>;
  /** A script for a shell in the container, and all that it prints. */
  readonly inside?: readonly [script: string, answer: string | RegExp];
  /** The script runs at a user's terminal, which shows the answer. */
  readonly atTerminal?: boolean;
  /** What can be seen on the host of the container's process, which waits meanwhile. */
  readonly outside?: (pid: number, bundle: Bundle) => void | Promise<void>;
  /** What is left of a container that was run and is gone, whatever its exit status. */
  readonly afterwards?: (bundle: Bundle, result: { readonly status: number | null; readonly stderr: string }) => void;
  /** The container can't be made, and the message says why. */
  readonly refused?: RegExp;
  readonly needs?: readonly Requirement[];
  /** Why runc 1.1.5 is not asked. */
  readonly notInRunc?: string;
}

/** One field of /proc/<pid>/status, with single spaces. */
export function statusField(pid: number, name: string): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:[\\t ]*(.*)$`, 'm').exec(status)?.[1]?.trim().replaceAll(/\s+/g, ' ') ?? 'none';
}

type Namespaces = NonNullable<BundleSpec['linux']['namespaces']>;

/** Replaces what the config says of a namespace type. */
export function setNamespace(spec: BundleSpec, namespace: Namespaces[number]): void {
  const others = (spec.linux.namespaces ?? []).filter(({ type }) => type !== namespace.type);
  spec.linux.namespaces = [...others, namespace];
}

/** A property that was added after runc 1.1.5. */
export const TOO_NEW = 'newer than runc 1.1.5';
