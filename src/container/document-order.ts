// Findings in the order of the document that they are about. Knows nothing of what they say.

import { token } from '../config/report.ts';
import type { Finding } from '../finding.ts';

/** What is missing in the document comes where what it would be in begins. */
export function inDocumentOrder<Told extends Finding>(findings: readonly Told[], document: unknown): Told[] {
  if (findings.length < 2) return [...findings];
  const ranks = new Map<string, number>();
  rank(document, '', { ranks, wanted: placesOf(findings) });
  const rankOf = (pointer: string): number => {
    for (let place = pointer; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
      const found = ranks.get(place);
      if (found !== undefined) return found;
    }
    return 0;
  };
  return [...findings].sort((one, other) => rankOf(one.pointer) - rankOf(other.pointer));
}

/** Everything that a finding is about, and what that is in: no more of a document is looked at. */
function placesOf(findings: readonly Finding[]): Set<string> {
  const places = new Set<string>(['']);
  for (const { pointer } of findings) {
    // A document can be as deep as it likes: what findings are about is not.
    if (pointer.length > LONGEST_POINTER) continue;
    for (let place = pointer; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) places.add(place);
  }
  return places;
}

const LONGEST_POINTER = 1000;

interface Ranking {
  readonly ranks: Map<string, number>;
  readonly wanted: ReadonlySet<string>;
}

function rank(value: unknown, pointer: string, ranking: Ranking): void {
  const { ranks, wanted } = ranking;
  ranks.set(pointer, ranks.size);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const below = `${pointer}/${token(key)}`;
    if (wanted.has(below)) rank(inner, below, ranking);
  }
}
