// Words that are near to another one, for whoever has misspelt it.

/** What is longer is no misspelt name. */
const LONGEST_WORD = 100;

/** The known words that need the fewest edits, or that the word begins: at most three, and only if it is not another
 * word altogether. */
export function nearestWords(word: string, known: readonly string[]): string[] {
  if (word.length > LONGEST_WORD) return [];
  const begun = word.length >= 2 ? known.filter((name) => name.startsWith(word)) : [];
  if (begun.length > 0 && begun.length <= 3) return begun;
  let nearest: string[] = [];
  // One edit for each three letters, begun ones included.
  let least = Math.ceil(word.length / 3);
  for (const name of known) {
    // A short word can be turned into any other.
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    if (distance > least || distance >= Math.max(word.length, name.length) - 1) continue;
    if (distance < least) nearest = [];
    least = distance;
    nearest.push(name);
  }
  return nearest.slice(0, 3);
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
