// The two programs that a container leaves in the kernel, as lines: its seccomp filter and its device program.

import { type CallVerdict, NEWER } from '../../seccomp/call-verdicts.ts';
import type { Explanation } from './document.ts';
import { type Group, group, type Section } from './lines.ts';

/** Sections for those that there are. */
export function programSections(document: Explanation): Section[] {
  return [...filterSection(document), ...deviceSection(document)];
}

function filterSection({ seccomp }: Explanation): Section[] {
  if (seccomp === undefined) return [];
  const { operation, instructions, calls } = seccomp;
  const width = `l${instructions.length - 1}`.length;
  const shown = instructions.map(({ text, comment }, i) => beside(`${`l${i}`.padEnd(width)}  ${text}`, comment));
  return [{
    name: 'seccomp',
    title: `seccomp filter, loaded by operation ${operation}: ${instructions.length} instructions`,
    groups: [...answers(calls), ...group('the instructions', shown)],
  }];
}

/** A group for each architecture, a paragraph for each answer; the calls of the commonest answer are not named. */
function answers(calls: readonly CallVerdict[]): Group[] {
  const architectures = [...new Set(calls.map(({ architecture }) => architecture))];
  return architectures.flatMap((architecture) => {
    const verdicts = new Map<string, string[]>();
    for (const { call, verdict } of calls.filter((candidate) => candidate.architecture === architecture)) {
      const names = verdicts.get(verdict);
      if (names === undefined) verdicts.set(verdict, [call]);
      else names.push(call);
    }
    const sorted = [...verdicts].sort(([, a], [, b]) => a.length - b.length);
    const lines = sorted.flatMap(([verdict, names], i) => {
      if (sorted.length === 1) return [`${verdict}: every system call`];
      if (i < sorted.length - 1) return [`${verdict}:`, ...wrap(names).map((line) => `  ${line}`)];
      return [`${verdict}: the others${names.includes(NEWER) ? ', and those that are newer' : ''}`];
    });
    return group(`its answers to the system calls of ${architecture}`, lines);
  });
}

/** The answers of a filter in a form to be compared with another's: a line a call; in few lines without another one.
 * The instructions say the same, but move when one of them changes. */
export function comparedFilter({ seccomp }: Explanation, other: Explanation): Section[] {
  if (seccomp === undefined) return [];
  const lines = seccomp.calls.map(({ architecture, call, verdict }) => `${architecture} ${call}: ${verdict}`);
  const groups = other.seccomp === undefined ? answers(seccomp.calls) : group('its answers to system calls', lines);
  return [{ name: 'seccomp', title: 'seccomp filter', groups }];
}

export function deviceSection({ deviceProgram }: Explanation): Section[] {
  if (deviceProgram === undefined) return [];
  const { cgroup, instructions } = deviceProgram;
  const width = String(instructions.length - 1).length;
  const lines = instructions.map(({ text, comment }, i) => {
    const line = beside(text, comment);
    return { text: `${String(i).padStart(width)}  ${line}`, key: line };
  });
  const title = `device program of ${JSON.stringify(cgroup)}: ${instructions.length} instructions`;
  return [{ name: 'devices', title, groups: [{ heading: undefined, lines }] }];
}

const COMMENTS_AT = 44;

function beside(text: string, comment: string): string {
  return comment === '' ? text : `${text.padEnd(COMMENTS_AT)}; ${comment}`;
}

const LINE = 110;

function wrap(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + word.length >= LINE) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}
