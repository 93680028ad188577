// What advice is given about, and how it is given. Knows no rules.

import { readdirSync } from 'node:fs';
import { type Report, token } from '../../config/report.ts';
import { codeOf } from '../../error.ts';
import type { Ffi } from '../../ffi/port.ts';
import { splitPath } from '../../plan/paths.ts';
import type { Bundle } from '../bundle-rules.ts';

/** A bundle, of which some parts may not be as the schema wants them: a rule says which it reads. */
export interface Advised extends Bundle {
  readonly ffi: Ffi;
}

type Advice = readonly [text: string, hint?: string | undefined];

/** Adds a warning. @param hint what to do about it */
export function advise(report: Report, pointer: string, [text, hint]: Advice): void {
  report.warnings.push({ pointer, text, ...(hint === undefined ? {} : { hint }) });
}

/** A pointer made of keys and indices. */
export function pointerTo(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${token(String(part))}`).join('');
}

/** A path of the container, always written in one way: without `.`, `..` and slashes that have no meaning. */
export function normalPath(path: string): string {
  return `/${splitPath(path).join('/')}`;
}

/** Whether a normal path is below another one, or is that. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** `did you mean "a" or "b"?`, or nothing. */
export function didYouMean(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : `did you mean ${words.map((word) => JSON.stringify(word)).join(' or ')}?`;
}

/** Mounts at these places, or below, bring no programs. */
const NEVER_PROGRAMS: readonly string[] = ['/proc', '/sys', '/dev', '/etc', '/run/secrets', '/run/.containerenv'];

/** Whether a mount could bring what is not in the rootfs: links there may lead to any of them. */
export function mayBeMounted({ spec, mountOptions }: Advised): boolean {
  return (spec.mounts ?? []).some(({ destination }, i) => {
    const path = normalPath(destination);
    return mountOptions[i]?.remount !== true && !NEVER_PROGRAMS.some((place) => isWithin(path, place));
  });
}

/** Whether there is nothing in it, and nothing mounted that could fill it; also when there is none. */
export function isEmptyRootfs(advised: Advised): boolean {
  if (mayBeMounted(advised)) return false;
  try {
    return readdirSync(advised.rootfs).length === 0;
  } catch (error) {
    return codeOf(error) !== 'EACCES';
  }
}
