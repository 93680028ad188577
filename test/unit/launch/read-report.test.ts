import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readRecord } from '../../../src/launch/read-report.ts';
import { RECORD_LOG, RECORD_PID, type ReportRecord } from '../../../src/plan/report.ts';

function words(...values: readonly number[]): Buffer {
  return Buffer.from(new BigInt64Array(values.map(BigInt)).buffer);
}

/** All records of a report. */
function readAll(...bytes: readonly Buffer[]): (ReportRecord | undefined)[] {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-report-'));
  writeFileSync(join(directory, 'report'), Buffer.concat(bytes));
  const report = openSync(join(directory, 'report'), 'r');
  onTestFinished(() => {
    closeSync(report);
    rmSync(directory, { recursive: true });
  });
  const records: (ReportRecord | undefined)[] = [];
  do records.push(readRecord(report)); while (records.at(-1) !== undefined);
  return records;
}

const failure = words(17, 22);

test("readRecord() has the log's errors with the failure behind it", () => {
  const text = Buffer.from("w deprecated\0e tmpfs: Unknown parameter 'foo'\n\0e two\0");
  expect(readAll(words(RECORD_PID, 5), words(RECORD_LOG, text.length), text, failure)).toEqual([
    { kind: 'pid', pid: 5 },
    { kind: 'failed', operation: 17, errno: 22, log: ["tmpfs: Unknown parameter 'foo'", 'two'] },
    undefined,
  ]);
});

test.each([[0], [-1], [5000]])('readRecord() survives a log of %i bytes that are not there', (length) => {
  const [record] = readAll(words(RECORD_LOG, length), failure);
  expect(record).toEqual(length > 0 ? undefined : { kind: 'failed', operation: 17, errno: 22 });
});
