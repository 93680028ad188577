// nunc list.

import { readFileSync } from 'node:fs';
import { type ContainerState, statesOf } from '../container/state.ts';
import type { Status } from '../container/status.ts';
import { NuncError } from '../error.ts';
import { coloured, isTerminal } from '../log.ts';
import type { Invocation } from './command.ts';
import { type Cell, formatTable } from './text-table.ts';

export function run({ ffi, globals, log, options, print }: Invocation): number {
  const format = options.string('format') ?? 'table';
  if (format !== 'table' && format !== 'json') {
    throw new NuncError('usage', `invalid format option ${JSON.stringify(format)}`);
  }
  const states = statesOf(ffi(), globals.root, (message) => log.warning(message));
  if (options.boolean('quiet')) print(states.map(({ id }) => `${id}\n`).join(''));
  else if (format === 'json') print(`${states.length === 0 ? 'null' : JSON.stringify(withOwners(states))}\n`);
  else print(table(withOwners(states)));
  return 0;
}

type Listed = Omit<ContainerState, 'owner'> & { readonly owner: string };

/** Puts user names in the place of uids. */
function withOwners(states: readonly ContainerState[]): Listed[] {
  const names = new Map<number, string>();
  const users = states.length === 0 ? '' : readUsers();
  return states.map((state) => {
    const owner = names.get(state.owner) ?? nameOf(users, state.owner) ?? `#${state.owner}`;
    names.set(state.owner, owner);
    return { ...state, owner };
  });
}

function readUsers(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    // No passwd, no names.
    return '';
  }
}

/** The first user of an id in the text of passwd(5). */
function nameOf(users: string, uid: number): string | undefined {
  return new RegExp(`^([^:\\n]*):[^:\\n]*:0*${uid}(?::|$)`, 'm').exec(users)?.[1];
}

const HEADER = ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'];
const STDOUT = 1;
/** SGR codes of what runs, and of what doesn't; what has stopped is nothing to look at. */
const COLOURS: Partial<Record<Status, number>> = { running: 32, created: 36, creating: 36, paused: 33 };

function table(states: readonly Listed[]): string {
  const rows: Cell[][] = [HEADER.map((text) => ({ text }))];
  const inColour = isTerminal(STDOUT);
  for (const { id, pid, status, bundle, created, owner } of states) {
    const colour = COLOURS[status];
    const paint = (text: string): string => (colour === undefined || !inColour ? text : coloured(STDOUT, colour, text));
    const [before, after] = [[id, String(pid)], [bundle, created, owner]];
    rows.push([...before.map(plain), { text: status, paint }, ...after.map(plain)]);
  }
  return formatTable(rows);
}

function plain(text: string): Cell {
  return { text };
}
