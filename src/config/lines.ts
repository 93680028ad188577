// Lines of a text that may have millions: they are counted in pieces, not split at once. Knows nothing of what is in
// them.

const PIECE = 1 << 16;

/** How many lines end before an offset. */
function endsBefore(text: string, offset: number): number {
  let count = 0;
  for (let at = 0; at < offset; at += PIECE) {
    count += text.slice(at, Math.min(at + PIECE, offset)).split('\n').length - 1;
  }
  return count;
}

/** `line 3, column 5`: lines and columns count from 1, columns in UTF-16 units. */
export function placeOf(text: string, offset: number): string {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  return `line ${endsBefore(text, start) + 1}, column ${offset - start + 1}`;
}

/** A line by its number; the last one for a number that is too large. */
export function lineAt(text: string, number: number): string {
  let start = 0;
  let missing = number - 1;
  for (let at = 0; at < text.length; at += PIECE) {
    const ends = endsBefore(text.slice(at, at + PIECE), PIECE);
    if (missing <= ends) {
      // A line that began in an earlier piece keeps its start.
      if (missing > 0) start = at;
      for (; missing > 0; missing--) start = text.indexOf('\n', start) + 1;
      break;
    }
    missing -= ends;
    start = text.lastIndexOf('\n', at + PIECE - 1) + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}
