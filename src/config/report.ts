// What is found wrong with a config.json, gathered, and how values are shown in it. Knows no rules.

import { type Finding, firstOf, printable } from '../finding.ts';

export interface Report {
  /** Each makes the config unusable. */
  readonly problems: Finding[];
  /** Worth telling, but the container can be made. */
  readonly warnings: Finding[];
}

export function newReport(): Report {
  return { problems: [], warnings: [] };
}

export function problem(report: Report, pointer: string, text: string): void {
  report.problems.push({ pointer, text });
}

export function warning(report: Report, pointer: string, text: string): void {
  report.warnings.push({ pointer, text });
}

/** What of a report is told. */
export function bounded({ problems, warnings }: Report): Report {
  return { problems: firstOf(problems), warnings: firstOf(warnings) };
}

/** A key as a token of a JSON pointer (RFC 6901). */
export function token(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

const LONGEST_VALUE = 80;

/** A value as a message shows it: short, and on one line whatever it holds. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return printable(JSON.stringify(value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value));
  }
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
