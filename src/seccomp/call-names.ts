// The names of system calls by their numbers, for people. Pure; an architecture's table is made when it is first asked
// for.

import { AUDIT, type FilterArchitecture, visitCalls } from './architectures.ts';

export interface NamedCall {
  readonly number: number;
  readonly name: string;
}

/** The architectures that a filter sees as this AUDIT_ARCH_…: x86_64 and x32 share one. */
export function architecturesAs(audit: number): FilterArchitecture[] {
  return (Object.keys(AUDIT) as FilterArchitecture[]).filter((architecture) => AUDIT[architecture] === audit);
}

/** An architecture's calls by ascending numbers, each under its first name. */
export function namedCalls(architecture: FilterArchitecture): NamedCall[] {
  const names = new Map<number, string>();
  visitCalls(architecture, (name, number) => {
    if (!names.has(number)) names.set(number, name);
  });
  return [...names].map(([number, name]) => ({ number, name })).sort((a, b) => a.number - b.number);
}

export class CallNames {
  readonly #tables = new Map<number, readonly NamedCall[]>();

  /** The call of that number; undefined when there is none. x32's are marked: x86_64's have the same names. */
  nameOf(audit: number, number: number): string | undefined {
    return this.#table(audit).find((call) => call.number === number)?.name;
  }

  /** The nearest call with a lower number. */
  nameBefore(audit: number, number: number): string | undefined {
    return this.#table(audit).findLast((call) => call.number < number)?.name;
  }

  #table(audit: number): readonly NamedCall[] {
    const known = this.#tables.get(audit);
    if (known !== undefined) return known;
    const table = architecturesAs(audit).flatMap((architecture) => namedCalls(architecture).map(({ number, name }) => (
      { number, name: architecture === 'x32' ? `x32 ${name}` : name }))).sort((a, b) => a.number - b.number);
    this.#tables.set(audit, table);
    return table;
  }
}
