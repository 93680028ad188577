// Findings in the order of the document that they are about. Knows nothing of what they say.

import { token } from '../config/report.ts';
import type { Finding } from '../finding.ts';

/** What is missing in the document comes where what it would be in begins. */
export function inDocumentOrder<Told extends Finding>(findings: readonly Told[], document: unknown): Told[] {
  if (findings.length < 2) return [...findings];
  const ranks = new Map<string, number>();
  rank(document, '', ranks);
  const rankOf = (pointer: string): number => {
    for (let place = pointer; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
      const found = ranks.get(place);
      if (found !== undefined) return found;
    }
    return 0;
  };
  return [...findings].sort((one, other) => rankOf(one.pointer) - rankOf(other.pointer));
}

function rank(value: unknown, pointer: string, ranks: Map<string, number>): void {
  ranks.set(pointer, ranks.size);
  // A document can be as deep as it likes: what findings are about is not.
  if (typeof value !== 'object' || value === null || pointer.length > 1000) return;
  for (const [key, inner] of Object.entries(value)) rank(inner, `${pointer}/${token(key)}`, ranks);
}
