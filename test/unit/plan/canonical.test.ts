import { describe, expect, test } from 'vitest';
import { printCanonically } from '../../../src/plan/canonical.ts';
import { call, type Draft, mark, newDraft, newLabel, newSlot, reserve, set, tell } from '../../../src/plan/draft.ts';
import type { Operation } from '../../../src/plan/operation.ts';

const same = (text: string): string => text;

/** A group of operations behind `earlier` bytes of memory and as many labels. */
function groupAfter(earlier: number, write: (draft: Draft) => void): readonly Operation[] {
  const draft = newDraft();
  tell(draft, '/x', 'test');
  reserve(draft, earlier);
  for (let i = 0; i < earlier; i++) newLabel(draft, 'earlier');
  write(draft);
  return draft.operations;
}

describe('printCanonically()', () => {
  test('is the same wherever in a plan the group is', () => {
    const write = (draft: Draft): void => {
      const [one, other, label] = [newSlot(draft), newSlot(draft), newLabel(draft, 'there')];
      set(draft, one, 5);
      call(draft, 'dup', [{ slot: one }], { result: other, on: [{ errno: 1, to: label }] });
      call(draft, 'write', [{ slot: other }, { memory: reserve(draft, 8) }, 8], { success: label });
      mark(draft, label);
    };
    const first = printCanonically(groupAfter(0, write), same);
    expect(first).toEqual([
      '$0 = 5', 'dup($0) = $1  EPERM -> there-0', 'write($1, &memory[2], 8)  success -> there-0', 'there-0:',
    ]);
    expect(printCanonically(groupAfter(80, write), same)).toEqual(first);
  });

  test('tells apart what a group uses', () => {
    const write = (swapped: boolean) => (draft: Draft): void => {
      const [one, other] = [newSlot(draft), newSlot(draft)];
      call(draft, 'dup', [0], { result: one });
      call(draft, 'dup', [0], { result: other });
      call(draft, 'close', [{ slot: swapped ? other : one }]);
    };
    const texts = [true, false].map((swapped) => printCanonically(groupAfter(0, write(swapped)), same));
    expect(texts[0]).not.toEqual(texts[1]);
  });

  test('changes strings by the function alone', () => {
    const group = groupAfter(16, (draft) => call(draft, 'chdir', [{ text: '/b/$16' }]));
    expect(printCanonically(group, same)).toEqual(['chdir("/b/$16")']);
    expect(printCanonically(group, (text) => text.replace('/b', 'B'))).toEqual(['chdir("B/$16")']);
  });
});
