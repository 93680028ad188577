// Lists of CPUs and of memory nodes as the kernel writes them: `0-3,7`.

/** A first and a last number. */
export type NumberRange = readonly [first: number, last: number];

const RANGE = /^(\d+)(?:-(\d+))?$/;

/**
 * The ranges of a list. As runc does, it takes spaces around a range, and empty entries.
 *
 * @returns undefined for what is no such list: a range from a larger to a smaller number, and one beyond `most`, too
 */
export function parseNumberList(text: string, most: number): NumberRange[] | undefined {
  const ranges: NumberRange[] = [];
  for (const entry of text.split(',')) {
    const range = entry.trim();
    if (range === '') continue;
    const match = RANGE.exec(range);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last || last > most) return undefined;
    ranges.push([first, last]);
  }
  return ranges;
}
