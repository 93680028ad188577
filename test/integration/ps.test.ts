// ps: the pids of a container, and the host's ps(1) cut down to them; compared with runc's for the same processes.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import {
  createBundle, endProcess, eventually, refusal, refusalOf, startBundle, stateOf, succeed, untilStatus,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, stateRoot } from '../support/runtime.ts';
import { directoryOf } from '../support/statistics.ts';

const test = requires('root', 'cgroups', 'busybox');
const psTest = requires('root', 'cgroups', 'busybox', 'ps');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const runcTest = requires('root', 'cgroups', 'busybox', 'runc', 'nunc');

const program = 'sleep 1001 & sleep 1002 & exec sleep 1003';

/** A container of three processes. */
async function startThree(): Promise<Bundle> {
  const bundle = makeBundle({ args: ['sh', '-c', program] });
  await startBundle(bundle);
  await eventually(() => pidsOf(bundle), (pids) => pids.length === 3 && pids.every(isSleep));
  return bundle;
}

function isSleep(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('sleep\0');
}

async function pidsOf({ id }: Bundle): Promise<number[]> {
  return (JSON.parse(await succeed(['ps', '--format', 'json', id])) ?? []) as number[];
}

/** The words of each line. */
function rowsOf(table: string): string[][] {
  return table.trimEnd().split('\n').map((line) => line.trim().split(/\s+/));
}

describe('ps', () => {
  test('lists pids as JSON', async () => {
    const bundle = await startThree();
    const pids = await pidsOf(bundle);
    expect(pids).toEqual([...pids].sort((a, b) => a - b));
    expect(pids).toContain((await stateOf(bundle.id)).pid);
    expect(await succeed(['ps', '-f', 'json', bundle.id])).toBe(`[${pids.join(',')}]\n`);
  });

  psTest('shows what ps -ef does of them', async () => {
    const bundle = await startThree();
    const pids = await pidsOf(bundle);
    const [heading, ...rows] = rowsOf(await succeed(['ps', bundle.id]));
    expect(heading).toContain('CMD');
    expect(rows.map((row) => Number(row[1]))).toEqual(pids);
    expect(rows.map((row) => row.slice(-2).join(' ')).sort()).toEqual(['sleep 1001', 'sleep 1002', 'sleep 1003']);
    // ps has a -f of its own.
    expect(rowsOf(await succeed(['ps', bundle.id, '-ef']))).toHaveLength(4);
    expect(rowsOf(await succeed(['ps', bundle.id, 'aux']))).toHaveLength(4);
  });

  test('passes on whatever follows the id', async () => {
    const bundle = await startThree();
    const pids = await pidsOf(bundle);
    const expected = [['PID', 'COMMAND'], ...pids.map((pid) => [String(pid), 'sleep'])];
    for (const args of [[bundle.id, '-e', '-o', 'pid,comm'], ['--', bundle.id, '-eo', 'pid,comm']]) {
      expect(rowsOf(await succeed(['ps', ...args]))).toEqual(expected);
    }
  });

  test('lists those in cgroups below that of the container', async () => {
    const bundle = await startThree();
    const pids = await pidsOf(bundle);
    const nested = join(directoryOf(bundle, 'devices'), 'nested', 'deeper');
    mkdirSync(nested, { recursive: true });
    writeFileSync(join(nested, 'cgroup.procs'), String(pids[1]));
    expect((await pidsOf(bundle)).sort((a, b) => a - b)).toEqual(pids);
    await succeed(['delete', '--force', bundle.id]);
  });

  test('has the init of a container that is created only', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    expect(await pidsOf(bundle)).toEqual([(await stateOf(bundle.id)).pid]);
  });

  test('has none when the container has stopped', async () => {
    const bundle = makeBundle({ args: ['true'] });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    expect(await succeed(['ps', '-f', 'json', bundle.id])).toBe('null\n');
    expect(rowsOf(await succeed(['ps', bundle.id, '-eo', 'pid']))).toEqual([['PID']]);
  });

  test('has those that outlive the init', async () => {
    const bundle = makeBundle({
      args: ['sh', '-c', 'sleep 1001 & exit'],
      mutate: ({ linux }) => { linux.namespaces = linux.namespaces?.filter(({ type }) => type !== 'pid') ?? []; },
    });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    const pids = await pidsOf(bundle);
    expect(pids).toHaveLength(1);
    for (const pid of pids) endProcess(pid);
    await eventually(() => pidsOf(bundle), ({ length }) => length === 0);
  });

  runcTest('prints what runc prints for the same container', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', program] });
    const root = `${stateRoot()}/runc`;
    const runc = (args: readonly string[]): Promise<{ stdout: string; status: number | null }> => {
      return runtime(args, { program: 'runc', root });
    };
    // The ids of its processes are all that nunc needs to know: the container itself is runc's.
    await runtime(['run', '--detach', '--bundle', bundle.directory, bundle.id], {
      program: 'runc', root, output: `${bundle.directory}/output`,
    });
    try {
      const list = async (): Promise<string> => (await runc(['ps', '-f', 'json', bundle.id])).stdout;
      const text = await eventually(list, (json) => (JSON.parse(json) as number[]).length === 3);
      const { tableOf } = await import('../../src/container/ps.ts');
      for (const args of [['-eo', 'pid,ppid,comm'], ['-e', '-o', 'ppid,pid', '-o', 'args']]) {
        const { stdout } = await runc(['ps', bundle.id, ...args]);
        expect(tableOf(JSON.parse(text) as number[], args)).toBe(stdout);
      }
    } finally {
      await runc(['delete', '--force', bundle.id]);
    }
  });
});

describe('ps refuses', () => {
  test('what runc refuses', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    const { id } = bundle;
    expect(await refusal(['ps', 'nunc-test-nosuch'])).toContain('container does not exist');
    expect(await refusal(['ps', id, '-o', 'comm'])).toContain("couldn't find PID field in ps output");
    expect(await refusal(['ps', id, '--nosuch'])).toContain('exit status 1: error: unknown gnu long option');
    expect(await refusal(['ps', '--format', 'yaml', id])).toContain('invalid format option');
    expect(await refusal(['ps', '-o', 'pid', id])).toContain('flag provided but not defined: -o');
    expect(await refusal(['ps'])).toContain('"ps" requires a minimum of 1 argument(s)');
  });

  nuncTest('a table on a host without ps', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    const env = { PATH: '/nunc-test-nowhere' };
    const message = refusalOf(await runtime(['ps', bundle.id], { env }));
    expect(message).toBe('cannot run "ps": exec: "ps": executable file not found in $PATH');
    // No program is needed for this.
    expect(await succeed(['ps', '-f', 'json', bundle.id], { env })).toMatch(/^\[\d+\]\n$/);
  });
});
