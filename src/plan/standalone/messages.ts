// A failure in a person's words, as launch/failure.ts words it: from the index of an operation and an errno, by way of
// tables. Every text is in the file once, however many operations it is told of.
//
//   stories[operation] ──▶ { action, place, lengths and flags, reasons if there are any }
//   ERRORS[errno]      ──▶ { text, its length }

import { errnoMessage } from '../../linux/errno.ts';
import { branch, byteLength, decimal, jump, mark, newLabel, newSlot, pick, reserve, set, sum, tell } from '../draft.ts';
import {
  type Address, DECIMAL_SIZE, type Label, type Operation, type Reason, type Slot, type Value, type Word,
} from '../operation.ts';
import type { SupervisorDraft } from './draft.ts';
import { say } from './say.ts';

/** Fields of a story, as indices of its words. */
const STORY = { action: 0, place: 1, rest: 2, reasons: 3 } as const;
/** Parts of the word `rest`, as offsets: the length of the action in 4 bytes, of the place in 2, flags. */
const REST = { action: 0, place: 4, flags: 6 } as const;
/** Of the supervisor itself; the action says it all; has reasons of its own. */
const [OWN, NO_REASON, REASONS] = [1, 2, 4];

/** Linux's errnos but for a few that no system call of a plan gives: a power of two for a test by mask. */
const ERRNO_COUNT = 128;

function textWords(text: string): readonly [Address, number] {
  return [{ text }, byteLength(text)];
}

function errorTable(): Word[] {
  const words: Word[] = [];
  for (let number = 0; number < ERRNO_COUNT; number++) words.push(...textWords(errnoMessage(number)));
  return words;
}

/** Fills in the stories of all operations, when the supervisor's own are all there. */
export function tellStories(draft: SupervisorDraft): void {
  const told = new Map<string, Address>();
  for (const operation of draft.input.plan.operations) addStory(draft, told, { operation, own: false });
  for (const operation of draft.operations) addStory(draft, told, { operation, own: true });
}

function addStory(
  { stories }: SupervisorDraft,
  told: Map<string, Address>,
  { operation, own }: { readonly operation: Operation; readonly own: boolean },
): void {
  const { kind, origin } = operation;
  if (!canFail(operation)) {
    stories.push(0);
    return;
  }
  const message = operation.kind === 'fail' ? operation.message : undefined;
  const reasons = operation.kind === 'fail' ? undefined : operation.reasons;
  const action = message ?? `${subjectOf(operation.action)}: `;
  const known = own && (origin === '' || message !== undefined || operation.action.includes(origin));
  const place = known ? '' : own ? ` (${origin})` : `: ${kind}${origin === '' ? '' : `, ${origin}`})`;
  const key = JSON.stringify([action, place, reasons, own]);
  let story = told.get(key);
  if (story === undefined) {
    const list = reasonList(reasons);
    const flags = (own ? OWN : 0) + (message === undefined ? 0 : NO_REASON) + (list.length > 0 ? REASONS : 0);
    const rest = byteLength(action) + byteLength(`${place}\n`) * 2 ** (8 * REST.place) + flags * 2 ** (8 * REST.flags);
    story = { words: [{ text: action }, { text: `${place}\n` }, rest, ...list] };
    told.set(key, story);
  }
  stories.push(story);
}

type Failing = Extract<Operation, { readonly kind: 'fail' } | { readonly args: readonly Value[] }>;

function canFail(operation: Operation): operation is Failing {
  return operation.kind === 'fail' || 'args' in operation;
}

/** These are whole sentences already. */
const SENTENCE = /^(exec|config\.json): /;

function subjectOf(action: string): string {
  return SENTENCE.test(action) ? action : `cannot ${action}`;
}

/** Triples of errno, text and length; 0 ends them. */
function reasonList(reasons: readonly Reason[] = []): Word[] {
  if (reasons.length === 0) return [];
  return [...reasons.flatMap(({ errno, text }): Word[] => [errno, ...textWords(text)]), 0];
}

/** Explains what is in draft.record. */
export function planExplain(draft: SupervisorDraft): void {
  const story = newSlot(draft);
  const index: Value = { load: draft.record, size: 8 };
  tell(draft, '', 'explain a failure');
  pick(draft, story, { from: { words: draft.stories }, index });
  const field = (number: number): Slot => {
    const slot = newSlot(draft);
    pick(draft, slot, { from: { slot: story }, index: number });
    return slot;
  };
  const rest = field(STORY.rest);
  const action: Text = [{ slot: field(STORY.action) }, { load: rest + REST.action, size: 4 }];
  const place: Text = [{ slot: field(STORY.place) }, { load: rest + REST.place, size: 2 }];
  const flags: Value = { load: rest + REST.flags, size: 1 };
  const reason = planReason(draft, story, flags);
  const [own, end] = [newLabel(draft, 'own'), newLabel(draft, 'explained')];
  branch(draft, flags, { mask: OWN, test: 'not_equal', operand: 0, to: own });
  const [number, digits] = [newSlot(draft), newSlot(draft)];
  const text = reserve(draft, DECIMAL_SIZE);
  set(draft, number, index);
  sum(draft, 'add', { slot: number, value: 1 });
  decimal(draft, digits, { value: { slot: number }, into: text });
  const total = ` of ${draft.input.plan.operations.length}`;
  say(draft, [action, reason, ' (operation ', [{ memory: text }, { slot: digits }], total, place]);
  jump(draft, end);
  mark(draft, own);
  say(draft, [action, reason, place]);
  mark(draft, end);
}

type Text = readonly [address: Value, length: Value];

/** The reason that goes with an errno here, else its general words, else its number. */
function planReason(draft: SupervisorDraft, story: Slot, flags: Value): Text {
  const list = newSlot(draft);
  const [text, length] = [newSlot(draft), newSlot(draft)];
  const [known, general] = [newLabel(draft, 'reason'), newLabel(draft, 'general')];
  set(draft, text, { text: '' });
  set(draft, length, 0);
  branch(draft, flags, { mask: NO_REASON, test: 'not_equal', operand: 0, to: known });
  branch(draft, flags, { mask: REASONS, test: 'equal', operand: 0, to: general });
  set(draft, list, { slot: story });
  sum(draft, 'add', { slot: list, value: STORY.reasons * 8 });
  planSearch(draft, { list, text, length, known });
  mark(draft, general);
  planGeneral(draft, { text, length, known });
  mark(draft, known);
  return [{ slot: text }, { slot: length }];
}

interface Found {
  readonly text: Slot;
  readonly length: Slot;
  /** Where to go on. */
  readonly known: Label;
}

function errnoOf(draft: SupervisorDraft): Value {
  return { load: draft.record + 8, size: 8 };
}

/** Falls through when the list has none for this errno. */
function planSearch(draft: SupervisorDraft, { list, text, length, known }: Found & { readonly list: Slot }): void {
  const entry = newSlot(draft);
  const [again, other, none] = [newLabel(draft, 'look'), newLabel(draft, 'other'), newLabel(draft, 'none')];
  mark(draft, again);
  pick(draft, entry, { from: { slot: list }, index: 0 });
  branch(draft, { slot: entry }, { test: 'equal', operand: 0, to: none });
  sum(draft, 'subtract', { slot: entry, value: errnoOf(draft) });
  branch(draft, { slot: entry }, { test: 'not_equal', operand: 0, to: other });
  pick(draft, text, { from: { slot: list }, index: 1 });
  pick(draft, length, { from: { slot: list }, index: 2 });
  jump(draft, known);
  mark(draft, other);
  sum(draft, 'add', { slot: list, value: 3 * 8 });
  jump(draft, again);
  mark(draft, none);
}

function planGeneral(draft: SupervisorDraft, { text, length, known }: Found): void {
  const [unknown, twice] = [newLabel(draft, 'unknown'), newSlot(draft)];
  const errors = { words: errorTable() };
  branch(draft, errnoOf(draft), { mask: ~(ERRNO_COUNT - 1), test: 'not_equal', operand: 0, to: unknown });
  set(draft, twice, errnoOf(draft));
  sum(draft, 'add', { slot: twice, value: { slot: twice } });
  pick(draft, text, { from: errors, index: { slot: twice } });
  sum(draft, 'add', { slot: twice, value: 1 });
  pick(draft, length, { from: errors, index: { slot: twice } });
  jump(draft, known);
  mark(draft, unknown);
  const words = 'errno ';
  const buffer = reserve(draft, words.length + DECIMAL_SIZE);
  set(draft, buffer as Slot, 0x20_6f_6e_72_72_65);
  decimal(draft, length, { value: errnoOf(draft), into: buffer + words.length });
  sum(draft, 'add', { slot: length, value: words.length });
  set(draft, text, { memory: buffer });
}
