// An explanation as text, for people: in the order in which things happen.

import { printable } from '../../finding.ts';
import type { Explanation } from './document.ts';
import type { Explained } from './explain.ts';
import type { Section } from './lines.ts';
import { operationSections } from './operation-lines.ts';
import { programSections } from './program-lines.ts';
import { laterSection, runtimeSection } from './runtime-lines.ts';

/** @returns lines, the last one ended too */
export function renderExplanation(explained: Explained): string {
  const { document } = explained;
  const sections = [
    runtimeSection(document), ...operationSections(explained), ...laterSection(document), ...programSections(document),
  ];
  return linesOf([...headerOf(document), ...sections.flatMap(sectionLines)]);
}

/** Whoever wrote the config must not be able to drive the reader's terminal. */
export function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function sectionLines({ title, groups }: Section): string[] {
  const lines = ['', '', `== ${title}`];
  for (const { heading, lines: own } of groups) {
    lines.push(...(heading === undefined ? [''] : ['', `# ${heading.text}`]), ...own.map(({ text }) => text));
  }
  return lines;
}

function headerOf(document: Explanation): string[] {
  const { container: { id, config, rootfs }, assumptions, warnings } = document;
  return [
    `container ${JSON.stringify(id)} of ${config}, root file system ${rootfs}`,
    describeHost(document),
    ...assumptions.map((assumption) => `assumed: ${assumption}`),
    ...warnings.map((warning) => `warning: ${warning}`),
    '',
    'Operations are numbered as errors number them. [/x]: the entry of the config. $8: what a call has given.',
    '"tolerates E": that error is no failure. "again on E": the call is made once more then. "E -> label", "success ->',
    'label": where to go on then, if not with the next operation. Any other error ends the plan: nunc reports it, and',
    'undoes what was done.',
  ];
}

function describeHost({ host }: Explanation): string {
  const { kernel: { major, minor }, architecture, cgroupMode, effectiveUid, effectiveGid, capabilities } = host;
  const rights = capabilities.length > host.lastCapability ? 'all capabilities'
    : capabilities.length === 0 ? 'no capabilities' : `${capabilities.length} capabilities`;
  const place = host.initialUserNamespace ? '' : ', in a user namespace';
  const cgroups = cgroupMode === 'none' ? 'no cgroups' : `cgroups ${cgroupMode}`;
  return `for Linux ${major}.${minor} on ${architecture}, ${cgroups}, `
    + `as uid ${effectiveUid} and gid ${effectiveGid} with ${rights}${place}`;
}
