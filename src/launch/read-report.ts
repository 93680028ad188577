// Reads what a compiled process reports. Knows nothing of what is done about it.

import { readSync } from 'node:fs';
import { decodeRecord, MOST_AT_ONCE, RECORD_SIZE, type ReportRecord } from '../plan/report.ts';

/** The next record of the report; undefined at its end. */
export function readRecord(report: number): ReportRecord | undefined {
  const record = readOne(report);
  if (record?.kind !== 'log') return record;
  const log = readLog(report, record.length);
  // Nothing but a failure has a log.
  const failure = readOne(report);
  if (failure?.kind !== 'failed') return undefined;
  return log.length > 0 ? { ...failure, log } : failure;
}

function readOne(report: number): ReportRecord | undefined {
  const bytes = new Uint8Array(RECORD_SIZE);
  const length = readSync(report, bytes, 0, RECORD_SIZE, null);
  // A record is written at once and is smaller than PIPE_BUF: it arrives whole or not at all.
  return length === RECORD_SIZE ? decodeRecord(bytes, 0) : undefined;
}

/** The messages behind a record of a log, which is written at once with them. */
function readLog(report: number, size: number): string[] {
  const bytes = new Uint8Array(Math.max(0, Math.min(size, MOST_AT_ONCE)));
  const length = bytes.length === 0 ? 0 : readSync(report, bytes, 0, bytes.length, null);
  const messages = new TextDecoder().decode(bytes.subarray(0, length)).split('\0');
  // "e " in front of errors, "w " and "i " of what did not matter.
  return messages.filter((message) => message.startsWith('e ')).map((message) => message.slice(2).trimEnd());
}

/** The times that follow a record of them: it is written at once with it, and is smaller than PIPE_BUF. */
export function readTimes(report: number, count: number): number[] {
  const bytes = new Uint8Array(count * RECORD_SIZE);
  const length = readSync(report, bytes, 0, bytes.length, null);
  const words = new BigInt64Array(bytes.buffer);
  const times: number[] = [];
  for (let i = 0; i * RECORD_SIZE < length; i += 1) {
    times.push(Number(words[2 * i]) * 1e3 + Number(words[2 * i + 1]) / 1e6);
  }
  return times;
}
