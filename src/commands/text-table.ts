// Tables for people: columns as wide as what is in them on a screen, however that is written.

import { escapeControls, isPlain } from '../log.ts';

/** As runc's and crun's tables: columns at least this wide, with this many blanks between them. */
const MIN_WIDTH = 12;
const GAP = 3;

export interface Cell {
  readonly text: string;
  /** Puts the text into colour; called with it as it is shown. */
  readonly paint?: (text: string) => string;
}

/** A line for each row, the first of which is the heading. Nothing in a cell can break its line or forge another. */
export function formatTable(rows: readonly (readonly Cell[])[]): string {
  const shown = rows.map((row) => row.map(show));
  const widths: number[] = [];
  for (const row of shown) {
    row.forEach(({ columns }, i) => {
      widths[i] = Math.max(widths[i] ?? MIN_WIDTH, columns + GAP);
    });
  }
  const lines = shown.map((row) => row.map(({ text, columns, paint }, i) => {
    // What ends a line has nothing to be kept away from.
    const blanks = i < row.length - 1 ? ' '.repeat((widths[i] ?? 0) - columns) : '';
    return (paint === undefined ? text : paint(text)) + blanks;
  }));
  return lines.map((cells) => `${cells.join('')}\n`).join('');
}

interface ShownCell {
  readonly text: string;
  readonly columns: number;
  readonly paint: Cell['paint'] | undefined;
}

function show({ text, paint }: Cell): ShownCell {
  if (isPlain(text)) return { text, columns: text.length, paint };
  const escaped = escapeControls(text);
  return { text: escaped, columns: columnsOf(escaped), paint };
}

/** What stands on the character before it. */
const COMBINING = /^\p{M}$/u;
/** Characters that take two columns: East Asian Width W and F (UAX #11) in blocks, and emoji. */
const WIDE = new RegExp([
  '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\u33ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua000-\\ua4c6\\ua960-\\ua97c',
  '\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe10-\\ufe19\\ufe30-\\ufe6b\\uff01-\\uff60\\uffe0-\\uffe6',
  '\\u{16fe0}-\\u{18aff}\\u{1b000}-\\u{1b2ff}\\u{1f200}-\\u{1f2ff}\\u{20000}-\\u{3fffd}]|\\p{Emoji_Presentation}',
].join(''), 'u');

/** How many columns of a screen a text without control characters takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (COMBINING.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}
