// What a case's two results mean, and how a battery's results are shown side by side. Pure: runs nothing.

import { isDeepStrictEqual } from 'node:util';

export type RuntimeName = 'runc' | 'nunc';

/** What came of a case with one runtime: what was observed, or why it failed. */
export type Outcome = { readonly observation: unknown } | { readonly failure: string };

export interface Outcomes {
  readonly runc: Outcome;
  readonly nunc: Outcome;
}

/** What a case says in advance of how the two runtimes differ. */
export interface Expectation {
  /** Why nunc's observation differs from runc's on purpose. */
  readonly difference?: string;
  /** Why the case fails with runc, on this kind of machine or at all. */
  readonly runcFails?: string;
}

function failureOf(outcome: Outcome): string | undefined {
  return 'failure' in outcome ? outcome.failure : undefined;
}

/** As it would be after a way through JSON: what a case returns may have members that are undefined. */
function plain(observation: unknown): unknown {
  return observation === undefined ? undefined : JSON.parse(JSON.stringify(observation));
}

function shown(outcome: Outcome): string {
  if ('failure' in outcome) return `fails: ${outcome.failure}`;
  return outcome.observation === undefined ? 'nothing' : JSON.stringify(outcome.observation);
}

function bothOutcomes({ runc, nunc }: Outcomes): string {
  return `\nrunc: ${shown(runc)}\nnunc: ${shown(nunc)}`;
}

function sameObservation({ runc, nunc }: Outcomes): boolean {
  if ('failure' in runc || 'failure' in nunc) return false;
  return isDeepStrictEqual(plain(runc.observation), plain(nunc.observation));
}

/** Why a case's test fails; undefined when all is as it should be. */
export function complaint(expectation: Expectation, outcomes: Outcomes): string | undefined {
  const runcFailure = failureOf(outcomes.runc);
  if (expectation.runcFails !== undefined) {
    return runcFailure === undefined ? `runc passes, although "${expectation.runcFails}"` : undefined;
  }
  // An unexpected failure of the baseline is one of the case itself: it would prove nothing for ever.
  if (runcFailure !== undefined) return `the baseline fails${bothOutcomes(outcomes)}`;
  if (failureOf(outcomes.nunc) !== undefined) return `nunc fails where runc passes${bothOutcomes(outcomes)}`;
  const same = sameObservation(outcomes);
  if (expectation.difference === undefined) {
    return same ? undefined : `nunc's observation differs from runc's${bothOutcomes(outcomes)}`;
  }
  return same ? `the observations are the same, although "${expectation.difference}"` : undefined;
}

/** A line of the table. */
export interface Row extends Expectation {
  readonly name: string;
  /** undefined when the case was not run. */
  readonly outcomes: Outcomes | undefined;
}

/** Long observations and messages with line breaks would tear the table apart. */
function cell(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}

function word(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'not run';
  return failureOf(outcome) === undefined ? 'passes' : 'fails';
}

function note({ outcomes, difference, runcFails }: Row): string {
  if (outcomes === undefined) return '';
  const notes = [difference, runcFails].filter((text) => text !== undefined);
  if (runcFails === undefined) {
    for (const [name, outcome] of Object.entries(outcomes) as [string, Outcome][]) {
      if ('failure' in outcome) notes.push(`${name}: ${outcome.failure}`);
    }
  }
  if (notes.length === 0 && !sameObservation(outcomes)) notes.push(bothOutcomes(outcomes));
  return cell(notes.join('; '));
}

export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { runc, nunc } = row.outcomes ?? {};
    return `| ${cell(row.name)} | ${word(runc)} | ${word(nunc)} | ${note(row)} |`;
  });
  return ['| case | runc | nunc | note |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** One line: how many cases were run, and how they ended. */
export function summarise(rows: readonly Row[]): string {
  const run = rows.flatMap(({ outcomes }) => (outcomes === undefined ? [] : [outcomes]));
  const passed = (name: RuntimeName): number => run.filter((each) => failureOf(each[name]) === undefined).length;
  const complaints = rows.filter((row) => row.outcomes !== undefined && complaint(row, row.outcomes) !== undefined);
  const counts = `runc passes ${passed('runc')}, nunc ${passed('nunc')}`;
  return `${run.length} of ${rows.length} cases run: ${counts}; ${complaints.length} not as expected`;
}
