// Tables and marked parts of Markdown documents. Pure.

/** A Markdown table; the first column is text, the others align right. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(3, ...[header, ...rows].map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string => {
    const cells = widths.map((width, i) => (i === 0 ? (row[i] ?? '').padEnd(width) : (row[i] ?? '').padStart(width)));
    return `| ${cells.join(' | ')} |`;
  };
  const rule = `|${widths.map((width, i) => ` ${'-'.repeat(width)}${i === 0 ? ' ' : ':'}`).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

export interface Marks {
  readonly begin: string;
  readonly end: string;
}

/** The marks around the benchmark's part of a document, one for each cgroup version. */
export function benchMarks(cgroups: string): Marks {
  const name = `written by npm run bench -- --markdown, ${cgroups}`;
  return { begin: `<!-- begin: ${name} -->`, end: `<!-- end: ${name} -->` };
}

/**
 * Replaces what is between the marks of a document.
 *
 * @throws Error when it has no marks
 */
export function replaceMarked(document: string, content: string, marks: Marks): string {
  const begin = document.indexOf(marks.begin);
  const end = document.indexOf(marks.end, begin);
  if (begin < 0 || end < 0) throw new Error(`the document has no "${marks.begin}" … "${marks.end}"`);
  return `${document.slice(0, begin + marks.begin.length)}\n${content}\n${document.slice(end)}`;
}
