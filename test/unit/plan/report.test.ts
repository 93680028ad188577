import { expect, test } from 'vitest';
import {
  decodeRecord, RECORD_CREATED, RECORD_PID, RECORD_TIMES, type RequestKind, requestRecord, REQUESTS,
} from '../../../src/plan/report.ts';

function record(kind: number, value: number, kindHigh = 0): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, kind, true);
  view.setUint32(4, kindHigh, true);
  view.setInt32(8, value, true);
  return new Uint8Array(view.buffer);
}

test('decodeRecord() knows every kind', () => {
  expect(decodeRecord(record(RECORD_PID, 4711), 0)).toEqual({ kind: 'pid', pid: 4711 });
  expect(decodeRecord(record(RECORD_CREATED, 0), 0)).toEqual({ kind: 'created' });
  expect(decodeRecord(record(RECORD_TIMES, 12), 0)).toEqual({ kind: 'times', count: 12 });
  expect(decodeRecord(record(17, 1), 0)).toEqual({ kind: 'failed', operation: 17, errno: 1 });
  expect(decodeRecord(record(requestRecord('hooks'), 0), 0)).toEqual({ kind: 'request', request: 'hooks', value: 0 });
  expect(decodeRecord(record(requestRecord('listener'), 9), 0)).toMatchObject({ request: 'listener', value: 9 });
});

test('decodeRecord() takes nothing else', () => {
  const lastRequest = requestRecord(Object.keys(REQUESTS).at(-1) as RequestKind);
  expect(decodeRecord(record(0xffffffff, 1), 0)).toBeUndefined();
  expect(decodeRecord(record(lastRequest + 1, 1), 0)).toBeUndefined();
  expect(decodeRecord(record(17, 0), 0)).toBeUndefined();
  expect(decodeRecord(record(17, 1, 1), 0)).toBeUndefined();
});
