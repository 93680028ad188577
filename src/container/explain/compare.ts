// How the plans of two bundles, or of two configs of one bundle, differ: by what is done, not by where in the plan. The
// format is nearly diff -u's, with the name of a section where that has line numbers.

import { statSync } from 'node:fs';
import { explainContainer, type Explained, type ExplainRequest } from './explain.ts';
import type { Group, Line, Section } from './lines.ts';
import { operationSections } from './operation-lines.ts';
import { comparedFilter, deviceSection } from './program-lines.ts';
import { laterSection, runtimeSection } from './runtime-lines.ts';
import { compareSequences } from './sequence.ts';
import { linesOf } from './text.ts';

/**
 * @param other a bundle's directory, or a config for the request's bundle
 * @returns '' when the plans are the same
 * @throws NuncError as create would, for either
 */
export async function compareBundles(request: ExplainRequest, other: string): Promise<string> {
  const isDirectory = statSync(other, { throwIfNoEntry: false })?.isDirectory() === true;
  // Under one name: that of the bundle's directory would make another cgroup of everything.
  const changed = isDirectory ? { ...request, bundle: other } : { ...request, config: other };
  const before = await explainContainer(request);
  const after = await explainContainer(changed);
  const lines = compareSections(sectionsOf(before, after), sectionsOf(after, before));
  if (lines.length === 0) return '';
  const names = [before, after].map(({ document: { container } }) => container.config);
  return linesOf([`--- ${names[0] ?? ''}`, `+++ ${names[1] ?? ''}`, ...lines]);
}

function sectionsOf(explained: Explained, other: Explained): Section[] {
  const { document } = explained;
  return [
    runtimeSection(document), ...operationSections(explained), ...laterSection(document),
    ...comparedFilter(document, other.document), ...deviceSection(document),
  ];
}

function compareSections(before: readonly Section[], after: readonly Section[]): string[] {
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const [one, other] = [before, after].map((sections) => sections.find((section) => section.name === name));
    const lines = compareGroups(one?.groups ?? [], other?.groups ?? []);
    return lines.length === 0 ? [] : [`@@ ${name} @@`, ...lines];
  });
}

/** Whole groups first, so that a mount that is new shows as that, and not as parts of those around it. */
function compareGroups(before: readonly Group[], after: readonly Group[]): string[] {
  const lines: string[] = [];
  let [dropped, added]: [Group[], Group[]] = [[], []];
  const flush = (): void => {
    lines.push(...compareByHeading(dropped, added));
    [dropped, added] = [[], []];
  };
  for (const step of compareSequences(before.map(keyOf), after.map(keyOf))) {
    if (step.before !== undefined && step.after !== undefined) flush();
    else if (step.before !== undefined) dropped.push(before[step.before] as Group);
    else if (step.after !== undefined) added.push(after[step.after] as Group);
  }
  flush();
  return lines;
}

function keyOf({ heading, lines }: Group): string {
  return [heading?.key ?? '', ...lines.map(({ key }) => key)].join('\n');
}

/** Groups that are for the same thing are compared by their lines. */
function compareByHeading(before: readonly Group[], after: readonly Group[]): string[] {
  const headings = [before, after].map((groups) => groups.map(({ heading }) => heading?.key ?? ''));
  return compareSequences(headings[0] ?? [], headings[1] ?? []).flatMap((step) => {
    const one = step.before === undefined ? undefined : before[step.before];
    const other = step.after === undefined ? undefined : after[step.after];
    if (one !== undefined && other !== undefined) return compareLines(one, other);
    const [mark, group] = one === undefined ? ['+', other] : ['-', one];
    return [headingLine(mark, group?.heading), ...(group?.lines ?? []).map(({ text }) => `${mark}${text}`)].flat();
  });
}

function headingLine(mark: string, heading: Line | undefined): string[] {
  return heading === undefined ? [] : [`${mark}# ${heading.text}`];
}

/** How many lines that are the same are shown before and behind those that are not. */
const CONTEXT = 2;

function compareLines(one: Group, other: Group): string[] {
  const steps = compareSequences(one.lines.map(({ key }) => key), other.lines.map(({ key }) => key));
  const isChange = steps.map(({ before, after }) => before === undefined || after === undefined);
  const shown = steps.flatMap(({ before, after }, i) => {
    if (!isChange.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).includes(true)) return [];
    if (after !== undefined) return [`${before === undefined ? '+' : ' '}${other.lines[after]?.text ?? ''}`];
    return [`-${one.lines[before ?? 0]?.text ?? ''}`];
  });
  return [...headingLine(' ', other.heading), ...shown];
}
