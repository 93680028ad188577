// Block I/O: v1's blkio, which has different files for each I/O scheduler, and v2's io.stat in v1's terms.

import type { CgroupPlacement } from '../driver.ts';
import { cgroupFor } from '../placement.ts';
import { parseNumber, readText, unifiedOf } from './files.ts';
import { type Pressure, readPressure } from './pressure.ts';

/** One counter of one device. */
export interface IoEntry {
  readonly major: bigint;
  readonly minor: bigint;
  /** Read, Write, Sync, Async, Discard or Total; empty where the kernel does not tell them apart. */
  readonly op: string;
  readonly value: bigint;
}

/** What is counted: bytes, requests, requests in the queue, nanoseconds, merges, milliseconds, sectors. */
export type IoTable =
  'serviceBytes' | 'serviced' | 'queued' | 'serviceTime' | 'waitTime' | 'merged' | 'time' | 'sectors';

export interface IoStatistics {
  /** A table that the kernel does not have is absent. */
  readonly tables: Readonly<Partial<Record<IoTable, readonly IoEntry[]>>>;
  readonly pressure: Pressure | undefined;
}

type Files = readonly (readonly [table: IoTable, file: string])[];

/** All that BFQ (with debugging), and CFQ before Linux 5.0, count. */
function filesOf(scheduler: string): Files {
  return [
    ['sectors', `${scheduler}.sectors_recursive`],
    ['serviceTime', `${scheduler}.io_service_time_recursive`],
    ['waitTime', `${scheduler}.io_wait_time_recursive`],
    ['merged', `${scheduler}.io_merged_recursive`],
    ['queued', `${scheduler}.io_queued_recursive`],
    ['time', `${scheduler}.time_recursive`],
    ['serviced', `${scheduler}.io_serviced_recursive`],
    ['serviceBytes', `${scheduler}.io_service_bytes_recursive`],
  ];
}

/** The sets of files, the one that says most first: the first whose first file has entries counts, as for runc. */
const SETS: readonly Files[] = [
  filesOf('blkio.bfq'),
  [['serviced', 'blkio.bfq.io_serviced_recursive'], ['serviceBytes', 'blkio.bfq.io_service_bytes_recursive']],
  filesOf('blkio'),
  [['serviced', 'blkio.throttle.io_serviced_recursive'], ['serviceBytes', 'blkio.throttle.io_service_bytes_recursive']],
  [['serviced', 'blkio.throttle.io_serviced'], ['serviceBytes', 'blkio.throttle.io_service_bytes']],
];

/** @throws NuncError of kind `syscall` */
export function readIo(placement: CgroupPlacement): IoStatistics {
  const blkio = cgroupFor(placement, 'blkio');
  return {
    tables: blkio?.version === 1 ? readTables(blkio.path) : parseIoStat(readText(blkio?.path, 'io.stat') ?? ''),
    pressure: readPressure(unifiedOf(placement), 'io.pressure'),
  };
}

function readTables(path: string): IoStatistics['tables'] {
  for (const files of SETS) {
    const tables: Partial<Record<IoTable, readonly IoEntry[]>> = {};
    for (const [table, file] of files) {
      const entries = parseEntries(readText(path, file) ?? '');
      if (entries.length === 0) break;
      tables[table] = entries;
    }
    if (Object.keys(tables).length > 0) return tables;
  }
  return {};
}

/** Lines such as "8:0 Read 4096" and "8:0 8"; what "Total" says of all devices is left out. */
export function parseEntries(text: string): IoEntry[] {
  const entries: IoEntry[] = [];
  for (const line of text.split('\n')) {
    const [device = '', ...rest] = line.split(' ');
    const [major, minor] = device.split(':');
    if (major === undefined || minor === undefined) continue;
    const op = rest.length === 2 ? (rest[0] ?? '') : '';
    entries.push({ major: parseNumber(major), minor: parseNumber(minor), op, value: parseNumber(rest.at(-1) ?? '') });
  }
  return entries;
}

/** The keys of io.stat that v1 has tables for. */
const KEYS: Readonly<Record<string, readonly [table: 'serviceBytes' | 'serviced', op: string] | undefined>> = {
  rbytes: ['serviceBytes', 'Read'],
  wbytes: ['serviceBytes', 'Write'],
  rios: ['serviced', 'Read'],
  wios: ['serviced', 'Write'],
};

/** Lines such as "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0". */
export function parseIoStat(text: string): IoStatistics['tables'] {
  const tables = { serviceBytes: [] as IoEntry[], serviced: [] as IoEntry[] };
  for (const line of text.split('\n')) {
    const [device = '', ...fields] = line.split(' ');
    const [major, minor] = device.split(':');
    if (major === undefined || minor === undefined) continue;
    for (const field of fields) {
      const [key = '', value = ''] = field.split('=');
      const [table, op] = KEYS[key] ?? [];
      if (table === undefined || op === undefined) continue;
      tables[table].push({ major: parseNumber(major), minor: parseNumber(minor), op, value: parseNumber(value) });
    }
  }
  return tables;
}
