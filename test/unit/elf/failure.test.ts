// What a failing plan reports of a file system's log.

import { describe, expect, test } from 'vitest';
import { errno } from '../../../src/linux/errno.ts';
import type { Operation, Slot, Value } from '../../../src/plan/operation.ts';
import { RECORD_LOG } from '../../../src/plan/report.ts';
import { call, CANNOT_RUN, exit, type Outcome, planOf, runPlan, STORY } from './run-plan.ts';

const slot = (offset: number): Slot => offset as Slot;
const set = (to: number, value: Value): Operation => ({ ...STORY, kind: 'set', slot: slot(to), value });

describe.skipIf(CANNOT_RUN !== '')(`a failing operation with a log ${CANNOT_RUN}`, () => {
  /** A pipe of packets, which gives one message a read(2) and an error behind the last as a file system's context. */
  const O_DIRECT = 0o40000;
  const O_NONBLOCK = 0o4000;
  const withLog = (messages: readonly string[], logs: boolean): Outcome => runPlan({
    ...planOf([
      call('pipe2', [{ memory: 0 }, O_DIRECT | O_NONBLOCK]),
      set(8, { load: 0, size: 4 }),
      ...messages.map((text) => call('write', [{ load: 4, size: 4 }, { text }, Buffer.byteLength(text)])),
      call('openat', [-100, { text: '/no/such' }, 0], { log: slot(8) }),
      exit(0),
    ]),
    ...(logs ? { logs: true } : {}),
  });
  const failure = (operation: number): Buffer => {
    const words = new BigInt64Array([BigInt(operation), BigInt(errno.ENOENT)]);
    return Buffer.from(words.buffer);
  };

  test.each([[[]], [['e one\n']], [['w zwei 2', 'e drei', 'e four\n']]])('reports %j before itself', (messages) => {
    const { status, reportBytes } = withLog(messages, true);
    const text = Buffer.from(messages.map((message) => `${message}\0`).join(''));
    const head = new BigInt64Array([BigInt(RECORD_LOG), BigInt(text.length)]);
    const expected = Buffer.concat([Buffer.from(head.buffer), text, failure(2 + messages.length)]);
    expect([status, reportBytes.toString('hex')]).toEqual([1, expected.toString('hex')]);
  });

  test('stops when it has enough', () => {
    const messages = Array.from({ length: 8 }, (_, i) => `e ${String(i).repeat(900)}`);
    const { reportBytes } = withLog(messages, true);
    const length = Number(reportBytes.readBigInt64LE(8));
    expect([length, reportBytes.length]).toEqual([3 * 903, 3 * 903 + 32]);
    expect(reportBytes.subarray(-16)).toEqual(failure(10));
  });

  test('reports itself alone where nobody reads logs', () => {
    expect(withLog(['e one'], false).reportBytes).toEqual(failure(3));
  });
});
