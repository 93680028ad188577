// docs/errors.md as tests and its own table want it: the codes that it explains, and what it says of each broken case.

import type { BrokenCase } from './broken-cases.ts';

export interface Row {
  readonly what: string;
  readonly nunc: string;
  readonly runc: string;
}

interface ErrorsDocument {
  /** In their order. */
  readonly codes: readonly string[];
  /** What nunc says, by what is broken. */
  readonly rows: ReadonlyMap<string, string>;
}

const BEGIN = '<!-- cases -->';
const END = '<!-- end of cases -->';

export function parseErrors(text: string): ErrorsDocument {
  const codes = [...text.matchAll(/^\| `(E_[A-Z_]+)` \|/gm)].map(([, code = '']) => code);
  const rows = new Map<string, string>();
  for (const line of between(text).split('\n')) {
    const [, what, nunc] = /^\| (.*?) \| (?:`E_\w+`|warning) \| (.*?) \| .* \|$/.exec(line) ?? [];
    if (what !== undefined && nunc !== undefined) rows.set(unescape(what), unquote(nunc));
  }
  return { codes, rows };
}

function between(text: string): string {
  return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END));
}

/** The document with a table of what has been seen; cases that were not run keep their rows. */
export function writeRows(
  text: string,
  cases: Readonly<Record<string, readonly BrokenCase[]>>,
  seen: readonly Row[],
): string {
  const old = new Map(between(text).split('\n').map((line) => [/^\| (.*?) \|/.exec(line)?.[1] ?? '', line]));
  const sections = Object.entries(cases).map(([family, some]) => {
    const lines = some.map((one) => {
      const row = seen.find(({ what }) => what === one.what);
      return row === undefined ? old.get(escape(one.what)) ?? '' : formatRow(one, row);
    });
    return ['', `### ${family}`, '', '| broken | code | nunc | runc 1.1.5 | does a person know what to do? |',
      '| --- | --- | --- | --- | --- |', ...lines.filter((line) => line !== ''), ''].join('\n');
  });
  const [before, after] = [text.slice(0, text.indexOf(BEGIN) + BEGIN.length), text.slice(text.indexOf(END))];
  return `${before}\n${sections.join('')}\n${after}`;
}

function formatRow({ what, code, verdict, level }: BrokenCase, { nunc, runc }: Row): string {
  const cells = [escape(what), level === undefined ? `\`${code}\`` : level, quote(nunc), quote(runc), escape(verdict)];
  return `| ${cells.join(' | ')} |`;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}

function unescape(text: string): string {
  return text.replaceAll('\\|', '|');
}

/** A message as code, whatever is in it. */
function quote(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${escape(text.replaceAll('\n', ' '))}${padding}${fence}`;
}

function unquote(text: string): string {
  const [, , content = ''] = /^(`+)(.*)\1$/.exec(text) ?? [];
  return unescape(content.replace(/^ (`.*) $|^ (.*`) $/, '$1$2'));
}
