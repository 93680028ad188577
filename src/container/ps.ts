// ps: the processes of a container, as pids or as the host's ps(1) shows them.

import { spawnSync } from 'node:child_process';
import { codeOf, NuncError } from '../error.ts';
import { escapeControls } from '../log.ts';
import { processesOf } from './signal.ts';
import { type ContainerPlace, readState } from './store.ts';

/** Pids, ascending; none when the container has stopped and nothing is left of it. @throws NuncError */
export function pidsOf(place: ContainerPlace): number[] {
  const state = readState(place);
  return state === undefined ? [] : processesOf(state);
}

/** What `ps` with these arguments prints, less the lines of other processes. @throws NuncError */
export function tableOf(pids: readonly number[], args: readonly string[]): string {
  return selectRows(runPs(args.length === 0 ? ['-ef'] : args), new Set(pids));
}

function runPs(args: readonly string[]): string {
  const { error, status, signal, stdout, stderr } = spawnSync('ps', args, {
    stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: Infinity,
  });
  const failed = (reason: string, cause?: unknown): NuncError => {
    return new NuncError('host', `cannot run "ps": ${reason}`, { cause });
  };
  if (codeOf(error) === 'ENOENT') throw failed('exec: "ps": executable file not found in $PATH', error);
  if (error !== undefined) throw failed(error.message, error);
  if (status === 0) return stdout;
  const complaint = `${stderr}${stdout}`.trim().split('\n', 1)[0] ?? '';
  throw failed(`${status === null ? `signal: ${signal}` : `exit status ${status}`}: ${complaint}`);
}

function fieldsOf(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** The heading and the lines whose field under "PID" is one of the pids. @throws NuncError in runc's words */
export function selectRows(text: string, pids: ReadonlySet<number>): string {
  const [heading = '', ...rows] = text.split('\n');
  const column = fieldsOf(heading).indexOf('PID');
  if (column < 0) throw new NuncError('usage', "couldn't find PID field in ps output");
  let selected = `${heading}\n`;
  for (const row of rows) {
    if (row === '') continue;
    const field = fieldsOf(row)[column] ?? '';
    if (!/^\d+$/.test(field)) throw new NuncError('usage', `unable to parse pid: ${JSON.stringify(field)} in ps output`);
    // Not every ps is careful with what processes call themselves.
    if (pids.has(Number(field))) selected += `${escapeControls(row)}\n`;
  }
  return selected;
}
