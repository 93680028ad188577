// Advice on the process: its capabilities, environment and terminal.

import { type Report, show } from '../../config/report.ts';
import { namespaceSource } from '../../config/rules/namespaces.ts';
import type { Capabilities } from '../../config/types.ts';
import { CAPABILITIES } from '../../linux/capabilities.ts';
import { advise, type Advised, normalPath } from './advised.ts';

type SetName = keyof Capabilities;

const SETS: readonly SetName[] = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'];

/** What the kernel lacks. */
export function checkKernelCapabilities({ spec, facts }: Advised, report: Report): void {
  for (const set of SETS) {
    for (const [i, name] of (spec.process?.capabilities?.[set] ?? []).entries()) {
      const number = Object.hasOwn(CAPABILITIES, name) ? CAPABILITIES[name] : undefined;
      if (number === undefined || number <= facts.lastCapability) continue;
      advise(report, `/process/capabilities/${set}/${i}`, [`this kernel has no ${name}, which is left out`]);
    }
  }
}

/** Of each set, the one that capset(2) and prctl(2) want it to be a part of. */
const PARTS: readonly (readonly [part: SetName, whole: SetName, why: string])[] = [
  ['effective', 'permitted', 'only what is permitted can be effective'],
  ['inheritable', 'bounding', 'what is not in the bounding set can\'t be added to the inheritable one'],
  ['ambient', 'permitted', 'only what is permitted can be ambient'],
  ['ambient', 'inheritable', 'only what is inheritable can be ambient'],
];

export function checkCapabilitySets({ spec }: Advised, report: Report): void {
  const capabilities = spec.process?.capabilities ?? {};
  for (const [part, whole, why] of PARTS) {
    const all = capabilities[whole] ?? [];
    const names = (capabilities[part] ?? []).filter((name) => Object.hasOwn(CAPABILITIES, name) && !all.includes(name));
    if (names.length === 0) continue;
    const verb = names.length === 1 ? 'is' : 'are';
    advise(report, `/process/capabilities/${part}`, [
      `${names.join(', ')} ${verb} not in ${whole} and ${verb} left out: ${why}`,
      `add what is missing to /process/capabilities/${whole}`,
    ]);
  }
}

/** Nobody has written more by hand. */
const MOST_VARIABLES = 10_000;

export function checkDuplicateVariables({ spec }: Advised, report: Report): void {
  if ((spec.process?.env ?? []).length > MOST_VARIABLES) return;
  const seen = new Map<string, number>();
  for (const [i, entry] of (spec.process?.env ?? []).entries()) {
    const name = entry.slice(0, entry.indexOf('='));
    const first = seen.get(name);
    if (first !== undefined) {
      advise(report, `/process/env/${first}`, [`${show(name)} is set again by /process/env/${i}, which counts`]);
    }
    seen.set(name, i);
  }
}

/** A terminal comes from the container's devpts. */
export function checkTerminal({ spec, mountOptions }: Advised, report: Report): void {
  if (spec.process?.terminal !== true || namespaceSource(spec, 'mount') !== 'new') return;
  const isMounted = (spec.mounts ?? []).some(({ destination, type }, i) => {
    const path = normalPath(destination);
    return (path === '/dev/pts' || path === '/dev') && (type === 'devpts' || mountOptions[i]?.bind === true);
  });
  if (isMounted) return;
  advise(report, '/process/terminal', ['there is no devpts at /dev/pts that the terminal could come from',
    'mount one: "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance", '
      + '"ptmxmode=0666"]']);
}
