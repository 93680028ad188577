// The model of what overlapping commands may answer: it must take what is right, and see what is wrong.

import { describe, expect, test } from 'vitest';
import { type Call, type CommandName, type HistoryEntry, unexplained } from '../../support/load/history.ts';

type Answer = readonly [name: CommandName, outcome: string, found?: Call['found']];

function callOf([name, outcome, found]: Answer): Call {
  return { name, owner: 'a', outcome, ...(found === undefined ? {} : { found }) };
}

/** One after the other. */
function sequence(...answers: readonly Answer[]): HistoryEntry[] {
  return answers.map(callOf).flatMap((call) => [{ edge: 'begin', call }, { edge: 'end', call }] as const);
}

/** All at once, ended in their order. */
function overlapping(...answers: readonly Answer[]): HistoryEntry[] {
  const calls = answers.map(callOf);
  return (['begin', 'end'] as const).flatMap((edge) => calls.map((call) => ({ edge, call })));
}

/** One call from before the first of others until after the last. */
function during(answer: Answer, history: readonly HistoryEntry[]): HistoryEntry[] {
  const call = callOf(answer);
  return [{ edge: 'begin', call }, ...history, { edge: 'end', call }];
}

const running = { status: 'running', owner: 'a' };

describe('unexplained()', () => {
  test.each<readonly [string, HistoryEntry[]]>([
    ['a life', sequence(['create', 'ok'], ['start', 'ok'], ['exec', 'ok', { owner: 'a' }],
      ['state', 'ok', running], ['pause', 'ok'], ['start', 'paused'], ['resume', 'ok'], ['delete', 'not stopped'],
      ['kill', 'ok'], ['state', 'ok', { status: 'stopped', owner: 'a' }], ['kill', 'not running'], ['delete', 'ok'],
      ['state', 'absent'])],
    ['a process that takes a moment to end', sequence(['create', 'ok'], ['start', 'ok'], ['kill', 'ok'],
      ['state', 'ok', running], ['kill', 'ok'], ['state', 'ok', { status: 'stopped', owner: 'a' }])],
    ['one winner', overlapping(['create', 'exists'], ['create', 'ok'], ['create', 'exists'])],
    ['a state while it is created', overlapping(['create', 'ok'], ['state', 'ok', { status: 'creating', owner: 'a' }])],
    ['a delete that came before a create', overlapping(['create', 'ok'], ['delete', 'absent'])],
    ['a delete --force that need not have come before the first create',
      during(['delete --force', 'ok'], sequence(['create', 'ok'], ['create', 'ok']))],
    ['a create that is killed', sequence(['create', 'cut off'], ['state', 'ok', { status: 'stopped', owner: 'a' }],
      ['delete', 'ok'], ['create', 'ok'])],
    ['a start that is killed, and comes into effect later', sequence(['create', 'ok'], ['start', 'cut off'],
      ['state', 'ok', { status: 'created', owner: 'a' }], ['state', 'ok', running])],
  ])('explains %s', (_, history) => {
    expect(unexplained(history)).toBe(undefined);
  });

  test.each<readonly [string, HistoryEntry[]]>([
    ['two winners', overlapping(['create', 'ok'], ['create', 'ok'])],
    ['a container that is lost', sequence(['create', 'ok'], ['state', 'absent'])],
    ['a container that is lost to a killed start',
      sequence(['create', 'ok'], ['start', 'cut off'], ['state', 'absent'])],
    ['a container that is still there', sequence(['create', 'ok'], ['delete --force', 'ok'], ['create', 'exists'])],
    ['two starts', overlapping(['create', 'ok'], ['start', 'ok'], ['start', 'ok'])],
    ['a wrong kill', sequence(['create', 'ok'], ['start', 'ok'], ['state', 'ok', { status: 'stopped', owner: 'a' }])],
    ['a kill without effect on what comes later', sequence(['create', 'ok'], ['start', 'ok'], ['kill', 'ok'],
      ['state', 'ok', { status: 'stopped', owner: 'a' }], ['state', 'ok', running])],
    ['a stranger', sequence(['create', 'ok'], ['start', 'ok'], ['exec', 'ok', { owner: 'b' }])],
    ['a half-made container', overlapping(['create', 'ok'], ['exec', 'ok', { owner: '' }])],
    ['a created container that is called stopped', sequence(['create', 'ok'],
      ['state', 'ok', { status: 'stopped', owner: 'a' }])],
    ['an answer that it does not know', sequence(['create', 'ok'], ['start', '1 cannot assemble'])],
  ])('sees %s', (_, history) => {
    expect(unexplained(history)).toContain('but it can only have been');
  });
});
