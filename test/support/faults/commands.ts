// Every command that faults are tried on: what is there before it, and what must be true once it says that it has
// succeeded. Knows nothing of faults.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Bundle, makeBundle } from '../bundle.ts';
import { hierarchyOf } from '../cgroup-files.ts';
import { outputOf, stateOf, succeed, untilStatus } from '../lifecycle.ts';
import { runtime } from '../runtime.ts';

export interface FaultyCommand {
  /** What it is called in the names of tests. */
  readonly name: string;
  /** The container's program. */
  readonly program?: readonly string[];
  /** What has been done before, each word of it but `ID` and `BUNDLE` as it is. */
  readonly before: readonly string[];
  readonly args: string;
  /** Throws unless what the command has been called for has been done. */
  readonly done: (bundle: Bundle, stdout: string, stderr: string) => unknown;
  /** Whether a failure may not leave anything; or nothing but what has ended, and could not be deleted. */
  readonly undoes?: 'all' | 'to stopped';
}

const CREATED = ['create --bundle BUNDLE ID'];
const RUNNING = [...CREATED, 'start ID'];

async function expectStatus({ id }: Bundle, status: string): Promise<void> {
  expect(await stateOf(id)).toMatchObject({ status });
}

async function expectGone({ id }: Bundle): Promise<void> {
  expect(await succeed(['list', '--quiet'])).not.toContain(id);
}

function pidsLimit({ spec }: Bundle): string {
  const hierarchy = hierarchyOf('pids');
  return readFileSync(`${hierarchy?.mountpoint ?? ''}${spec.linux.cgroupsPath ?? ''}/pids.max`, 'utf8').trim();
}

export function commandNamed(name: string): FaultyCommand {
  const command = faultyCommands.find((one) => one.name === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return command;
}

export const faultyCommands: readonly FaultyCommand[] = [
  {
    name: 'create', before: [], args: CREATED[0] ?? '', undoes: 'all',
    done: (bundle) => expectStatus(bundle, 'created'),
  },
  { name: 'start', before: CREATED, args: 'start ID', done: (bundle) => expectStatus(bundle, 'running') },
  {
    name: 'run', program: ['echo', 'it ran'], before: [], args: 'run --bundle BUNDLE ID', undoes: 'to stopped',
    done: async (bundle, stdout) => {
      expect(stdout).toBe('it ran\n');
      await expectGone(bundle);
    },
  },
  {
    name: 'run --detach', before: [], args: 'run --detach --bundle BUNDLE ID', undoes: 'all',
    done: (bundle) => expectStatus(bundle, 'running'),
  },
  {
    name: 'exec', before: RUNNING, args: 'exec ID echo it ran',
    done: (_, stdout) => { expect(stdout).toBe('it ran\n'); },
  },
  { name: 'exec --detach', before: RUNNING, args: 'exec --detach ID true', done: () => undefined },
  { name: 'kill', before: RUNNING, args: 'kill ID KILL', done: ({ id }) => untilStatus(id, 'stopped') },
  { name: 'pause', before: RUNNING, args: 'pause ID', done: (bundle) => expectStatus(bundle, 'paused') },
  {
    name: 'resume', before: [...RUNNING, 'pause ID'], args: 'resume ID',
    done: (bundle) => expectStatus(bundle, 'running'),
  },
  {
    name: 'update', before: RUNNING, args: 'update --pids-limit 77 ID',
    done: (bundle) => { expect(pidsLimit(bundle)).toBe('77'); },
  },
  {
    name: 'ps', before: RUNNING, args: 'ps --format json ID',
    done: async ({ id }, stdout) => { expect(JSON.parse(stdout)).toEqual([(await stateOf(id)).pid]); },
  },
  {
    name: 'events --stats', before: RUNNING, args: 'events --stats ID',
    done: ({ id }, stdout) => { expect(JSON.parse(stdout)).toMatchObject({ type: 'stats', id }); },
  },
  {
    name: 'state', before: RUNNING, args: 'state ID',
    done: ({ id }, stdout) => { expect(JSON.parse(stdout)).toMatchObject({ id, status: 'running' }); },
  },
  {
    name: 'state of a paused container', before: [...RUNNING, 'pause ID'], args: 'state ID',
    done: ({ id }, stdout) => { expect(JSON.parse(stdout)).toMatchObject({ id, status: 'paused' }); },
  },
  {
    name: 'list', before: CREATED, args: 'list --format json',
    done: ({ id }, stdout, stderr) => {
      // Unless it says that it can't tell.
      const warned = stderr.includes(`level=warning msg="container \\"${id}\\": cannot `);
      expect(JSON.parse(stdout)).toMatchObject([{ id, ...(warned ? {} : { status: 'created' }) }]);
    },
  },
  { name: 'delete', before: [...RUNNING, 'kill ID KILL'], args: 'delete ID', done: expectGone },
  { name: 'delete --force', before: RUNNING, args: 'delete --force ID', done: expectGone },
];

/** Without limits of its own, so that nunc's are all there are. */
export function bundleOf({ program = ['sleep', '1000'] }: FaultyCommand): Bundle {
  return makeBundle({ args: program, mutate: ({ process }) => { delete process.rlimits; } });
}

export function argumentsOf(command: string, { directory, id }: Bundle): string[] {
  return command.split(' ').map((word) => word === 'ID' ? id : word === 'BUNDLE' ? directory : word);
}

/** Does what is to be done before the command. */
export async function prepare({ before }: FaultyCommand, bundle: Bundle): Promise<void> {
  for (const command of before) {
    const { status } = await runtime(argumentsOf(command, bundle), { output: outputOf(bundle) });
    if (status !== 0) throw new Error(`${command} failed: ${readFileSync(outputOf(bundle), 'utf8')}`);
    if (command.startsWith('kill')) await untilStatus(bundle.id, 'stopped');
  }
}
