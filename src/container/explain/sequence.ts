// What two lists have in common, and what only one of them has: a longest common subsequence. Pure; knows nothing of
// what is in the lists.

export interface Step {
  /** Indices in the two lists; undefined in the one that does not have it. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** More comparisons than this are not made: what begins and ends alike aside, all is different then. */
const MOST = 40_000_000;

/** How to come from one list of keys to the other: what is kept and dropped of the one, and what the other adds. */
export function compareSequences(one: readonly string[], other: readonly string[]): Step[] {
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start++;
  let end = 0;
  const most = Math.min(one.length, other.length) - start;
  while (end < most && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  const steps: Step[] = [];
  for (let i = 0; i < start; i++) steps.push({ before: i, after: i });
  const middle = { one: one.slice(start, one.length - end), other: other.slice(start, other.length - end) };
  for (const { before, after } of compareMiddle(middle.one, middle.other)) {
    steps.push({
      before: before === undefined ? undefined : before + start,
      after: after === undefined ? undefined : after + start,
    });
  }
  for (let i = end; i > 0; i--) steps.push({ before: one.length - i, after: other.length - i });
  return steps;
}

function compareMiddle(one: readonly string[], other: readonly string[]): Step[] {
  const [rows, columns] = [one.length, other.length];
  const steps: Step[] = [];
  const isFeasible = rows * columns <= MOST;
  const lengths = isFeasible ? commonLengths(one, other) : new Uint32Array(0);
  const common = (i: number, j: number): number => lengths[i * (columns + 1) + j] ?? 0;
  let [i, j] = [0, 0];
  while (i < rows || j < columns) {
    if (isFeasible && i < rows && j < columns && one[i] === other[j]) {
      steps.push({ before: i++, after: j++ });
    } else if (i < rows && (j === columns || common(i + 1, j) >= common(i, j + 1))) {
      steps.push({ before: i++, after: undefined });
    } else {
      steps.push({ before: undefined, after: j++ });
    }
  }
  return steps;
}

/** For each pair of places how much the lists have in common from there on. */
function commonLengths(one: readonly string[], other: readonly string[]): Uint32Array {
  const width = other.length + 1;
  const lengths = new Uint32Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      const at = i * width + j;
      const more = one[i] === other[j] ? (lengths[at + width + 1] ?? 0) + 1 : 0;
      lengths[at] = Math.max(more, lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  return lengths;
}
