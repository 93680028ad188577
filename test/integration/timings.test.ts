// --timings: where the time of create, start, run and exec went, as the runtime and the init have measured it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { TimingData } from '../../src/commands/timing-table.ts';
import { type Bundle, type BundleSpec, makeBundle } from '../support/bundle.ts';
import { createBundle, outputOf, succeed, untilStatus, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

/** What the only record of a log in JSON has. */
function timingsIn(log: string): TimingData {
  const records = log.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({ level: 'info', msg: expect.stringMatching(/^timings of /) as unknown });
  return records[0]?.['timings'] as TimingData;
}

/** Runs a command with --timings, its log a file. */
async function timed(bundle: Bundle, command: string, args: readonly string[]): Promise<TimingData> {
  const log = join(bundle.directory, `${command}.json`);
  const options = command === 'create' ? { output: outputOf(bundle) } : {};
  const result = await runtime(['--log', log, '--log-format', 'json', command, '--timings', ...args], options);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  return timingsIn(readFileSync(log, 'utf8'));
}

function namesBy(timings: TimingData, by: 'runtime' | 'init'): string[] {
  return timings.stages.filter((stage) => stage.by === by).map(({ name }) => name);
}

/** Each party's stages follow one another without a gap, and the init's are within the runtime's. */
function expectOrder(timings: TimingData, during: string): void {
  for (const by of ['runtime', 'init']) {
    const stages = timings.stages.filter((stage) => stage.by === by);
    stages.slice(1).forEach(({ begin }, i) => {
      const before = stages[i];
      expect(begin).toBeCloseTo((before?.begin ?? 0) + (before?.took ?? 0), 1);
    });
  }
  const whole = timings.stages.find(({ name }) => name === during);
  const own = timings.stages.filter(({ by }) => by === 'init');
  // The clocks are compared to within a system call.
  const slack = 1;
  expect(own[0]?.begin).toBeGreaterThan((whole?.begin ?? 0) - slack);
  expect((own.at(-1)?.begin ?? 0) + (own.at(-1)?.took ?? 0)).toBeLessThan(
    (whole?.begin ?? 0) + (whole?.took ?? 0) + slack);
}

const CREATED = 'follow the init until it is created';
const STARTED = 'let the init go and wait for its execve';

const NOTHING_ALLOWED = ({ linux, process }: BundleSpec): void => {
  process.noNewPrivileges = true;
  linux.seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['clock_gettime', 'write'], action: 'SCMP_ACT_KILL_PROCESS' }],
  };
};

describe('--timings', () => {
  test('tells the stages of create and of start', async () => {
    const bundle = makeBundle({ args: ['true'] });
    const watch = watchHost(bundle);
    const created = await timed(bundle, 'create', ['--bundle', bundle.directory, bundle.id]);
    expect(created).toMatchObject({ command: 'create', container: bundle.id, unit: 'ms' });
    expect(namesBy(created, 'runtime')).toEqual([
      'start the engine and load the command', 'read and check the bundle', 'plan', 'assemble the init', 'take the id',
      'make the cgroups', CREATED, 'write the state',
    ]);
    expect(namesBy(created, 'init')).toEqual([
      'join cgroups and namespaces', 'make the namespaces and the init', 'begin a session', 'prepare the rootfs',
      'mount', 'make devices', 'pivot_root', 'open streams, write host names, sysctls and labels', 'protect paths',
      'become the user',
    ]);
    expectOrder(created, CREATED);
    const started = await timed(bundle, 'start', [bundle.id]);
    expect(namesBy(started, 'runtime')).toEqual(
      ['start the engine and load the command', 'read the state', STARTED]);
    expect(namesBy(started, 'init')).toHaveLength(1);
    expectOrder(started, STARTED);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });

  test('of start needs no --timings of create, and no leave of the seccomp filter', async () => {
    const bundle = makeBundle({ args: ['true'], mutate: NOTHING_ALLOWED });
    await createBundle(bundle);
    const started = await timed(bundle, 'start', [bundle.id]);
    expect(namesBy(started, 'init')).toHaveLength(1);
    await succeed(['delete', '--force', bundle.id]);
  });

  test('tells of a run as a whole, hooks and id maps that the init has waited for included', async () => {
    const bundle = makeBundle({
      args: ['sleep', '0.2'],
      mutate: ({ linux }) => {
        linux.namespaces?.push({ type: 'user' });
        linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
        linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
      },
    });
    const watch = watchHost(bundle);
    const run = await timed(bundle, 'run', ['--bundle', bundle.directory, bundle.id]);
    expect(namesBy(run, 'runtime').slice(-3)).toEqual([STARTED, 'wait for the program', 'delete the container']);
    expect(namesBy(run, 'init')).toContain('wait for the id maps');
    expect(run.stages.find(({ name }) => name === 'wait for the program')?.took).toBeGreaterThan(100);
    expect(run.total).toBeGreaterThan(200);
    await watch.nothingLeft();
  });

  test('shows what hooks cost', async () => {
    const bundle = makeBundle({
      args: ['true'],
      mutate: (spec) => { spec.hooks = { createRuntime: [{ path: '/bin/sleep', args: ['sleep', '0.2'] }] }; },
    });
    const run = await timed(bundle, 'run', ['--bundle', bundle.directory, bundle.id]);
    const waited = run.stages.find(({ name }) => name === 'wait for hooks');
    expect(waited).toMatchObject({ by: 'init' });
    expect(waited?.took).toBeGreaterThan(190);
  });

  test('tells the stages of an exec', async () => {
    const bundle = makeBundle({ args: ['sleep', '60'] });
    const watch = watchHost(bundle);
    await createBundle(bundle);
    await succeed(['start', bundle.id]);
    const exec = await timed(bundle, 'exec', [bundle.id, 'true']);
    expect(namesBy(exec, 'runtime')).toEqual([
      'start the engine and load the command', "read the container's config and check the process", 'plan',
      'assemble the process', 'follow the process until its execve', 'wait for the program',
    ]);
    expect(namesBy(exec, 'init')).toEqual([
      'join cgroups and namespaces', 'make the process', 'enter the container', 'become the user',
    ]);
    expectOrder(exec, 'follow the process until its execve');
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('is a table on stderr for people, and leaves the output to the program', async () => {
    const bundle = makeBundle({ args: ['echo', 'hello'] });
    const { status, stdout, stderr } = await runtime(['run', '--timings', '--bundle', bundle.directory, bundle.id]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello\n' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toBe(`nunc: timings of run ${bundle.id}`);
    expect(lines[1]).toBe('    begin     took  milliseconds');
    expect(lines.at(-1)).toMatch(/^ +\d+\.\d{3} {2}in all$/);
    for (const line of lines.slice(2, -1)) expect(line).toMatch(/^ +\d+\.\d{3} +\d+\.\d{3} {2,4}\S/);
    const json = await runtime(['--log-format', 'json', 'run', '--timings', '--bundle', bundle.directory, bundle.id]);
    expect(timingsIn(json.stderr).command).toBe('run');
  });

  test('says nothing of a command that fails but why it does', async () => {
    const bundle = makeBundle({ args: ['no-such-program'] });
    const { status, stderr } = await runtime(['run', '--timings', '--bundle', bundle.directory, bundle.id]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/executable file not found in \$PATH/);
    expect(stderr).not.toMatch(/timings/);
  });
});
