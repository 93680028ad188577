// Cases that `npm test` leaves out.

import type { Case } from '../battery.ts';

export function slowly<Client>(cases: readonly Case<Client>[]): Case<Client>[] {
  return cases.map((each) => ({ ...each, slow: true }));
}
