// nunc list.

import { readFileSync } from 'node:fs';
import { type ContainerState, statesOf } from '../container/state.ts';
import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';

export function run({ ffi, globals, options, print }: Invocation): number {
  const format = options.string('format') ?? 'table';
  if (format !== 'table' && format !== 'json') {
    throw new NuncError('usage', `invalid format option ${JSON.stringify(format)}`);
  }
  const states = statesOf(ffi(), globals.root);
  if (options.boolean('quiet')) print(states.map(({ id }) => `${id}\n`).join(''));
  else if (format === 'json') print(`${states.length === 0 ? 'null' : JSON.stringify(withOwners(states))}\n`);
  else print(table(withOwners(states)));
  return 0;
}

type Listed = Omit<ContainerState, 'owner'> & { readonly owner: string };

/** Puts user names in the place of uids. */
function withOwners(states: readonly ContainerState[]): Listed[] {
  const names = userNames();
  return states.map((state) => ({ ...state, owner: names.get(state.owner) ?? `#${state.owner}` }));
}

function userNames(): Map<number, string> {
  const names = new Map<number, string>();
  try {
    for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
      const [name, , uid] = line.split(':');
      if (name !== undefined && uid !== undefined && !names.has(Number(uid))) names.set(Number(uid), name);
    }
  } catch {
    // No passwd, no names.
  }
  return names;
}

const HEADER = ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'];
/** As runc's table: columns at least this wide, with this many blanks between them. */
const MIN_WIDTH = 12;
const GAP = 3;

function table(states: readonly Listed[]): string {
  const rows = [HEADER];
  for (const { id, pid, status, bundle, created, owner } of states) {
    rows.push([id, String(pid), status, bundle, created, owner]);
  }
  const widths = HEADER.map((_, column) => Math.max(MIN_WIDTH, ...rows.map((row) => (row[column] ?? '').length + GAP)));
  const last = HEADER.length - 1;
  const pad = (cell: string, i: number): string => (i < last ? cell.padEnd(widths[i] ?? 0) : cell);
  return rows.map((row) => `${row.map(pad).join('')}\n`).join('');
}
