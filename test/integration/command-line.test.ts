// Command lines that make no sense, and the log of what fails: the same exit status as runc's, never a stack trace.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { makeBundle } from '../support/bundle.ts';
import { createBundle, INTERNALS, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const bothTest = requires('root', 'cgroups', 'nunc', 'runc');

const senseless: readonly (readonly string[])[] = [
  ['nosuch'],
  ['--nosuch', 'list'],
  ['create'],
  ['create', 'a', 'b'],
  ['create', '--nosuch', 'a'],
  ['create', '--bundle'],
  ['create', '--bundle', '/nonexistent', 'a'],
  ['create', '--preserve-fds', 'x', 'a'],
  ['create', '--preserve-fds', '-1', 'a'],
  ['create', '--preserve-fds=', 'a'],
  ['create', '--no-pivot=perhaps', 'a'],
  ['create', 'a/b'],
  ['create', ''],
  ['run'],
  ['run', 'a', 'b'],
  ['run', '--detach=x', 'a'],
  ['start'],
  ['start', 'a', 'b'],
  ['start', 'nobody'],
  ['state'],
  ['state', 'a', 'b'],
  ['state', 'nobody'],
  ['state', '--nosuch', 'nobody'],
  ['kill'],
  ['kill', 'a', 'b', 'c'],
  ['kill', 'nobody'],
  ['kill', 'nobody', 'NOSUCH'],
  ['delete'],
  ['delete', 'a', 'b'],
  ['delete', 'nobody'],
  ['delete', '--force', 'nobody'],
  ['delete', '---', 'nobody'],
  ['list', 'extra'],
  ['list', '--format', 'yaml'],
  ['list', '--quiet=x'],
  ['spec', 'extra'],
  ['spec', '--bundle', '/nonexistent'],
  ['--log-format', 'xml', 'list'],
  ['--log', '/nonexistent/log', 'list'],
  ['--root'],
  [],
  ['--help'],
  ['-h'],
  ['help'],
  ['--version'],
  ['-v'],
  ['create', '--help'],
  ['help', 'create'],
];

describe('a command line', () => {
  for (const args of senseless) {
    bothTest(`"${args.join(' ')}" ends with runc's status and no stack trace`, async () => {
      const ours = await runtime(args);
      const theirs = await runtime(args, { program: 'runc' });
      expect({ status: ours.status, signal: ours.signal }).toEqual({ status: theirs.status, signal: theirs.signal });
      expect(ours.stderr + ours.stdout).not.toMatch(INTERNALS);
      expect(ours.stderr === '').toBe(ours.status === 0);
      if (ours.status !== 0) expect(ours.stderr.match(/level=error/g)).toHaveLength(1);
    });
  }

  nuncTest('of any bytes ends in an orderly way', async () => {
    const odd = ['\n', '\x1b[31m', '-', '--', '=', '--=x', '-=', '--root=', '\u{1f600}', '%s%n', '$(id)'];
    odd.push('é'.repeat(2000));
    for (const text of odd) {
      for (const args of [[text], ['state', text], ['kill', 'a', text], [text, 'list'], ['delete', '-f', text]]) {
        const result = await runtime(args);
        expect(result.signal, JSON.stringify(args)).toBeNull();
        expect(result.stderr, JSON.stringify(args)).not.toMatch(INTERNALS);
        expect(result.stderr, JSON.stringify(args)).not.toContain('\x1b');
      }
    }
  });
});

interface LogRecord {
  readonly level: string;
  readonly msg: string;
  readonly time: string;
}

/** What records of nunc's errors have besides. */
const ADDED: readonly string[] = ['code', 'operation', 'origin', 'errno', 'hint'];

function makeLog(): { path: string; records: () => LogRecord[] } {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-log-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'log');
  const records = (): LogRecord[] => {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as LogRecord);
  };
  return { path, records };
}

describe('--log --log-format json', () => {
  test('has one error record, and stderr the plain message', async () => {
    const { path, records } = makeLog();
    const { status, stderr } = await runtime(['--log', path, '--log-format', 'json', 'state', 'nobody']);
    expect(status).toBe(1);
    expect(records()).toHaveLength(1);
    const [record] = records();
    expect(record).toMatchObject({ level: 'error', msg: expect.stringContaining('does not exist') as string });
    expect(record?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
    expect(stderr).toContain(record?.msg ?? '');
    expect(stderr).not.toContain('{');
  });

  const failures = [
    ['state', 'nobody'], ['start', 'nobody'], ['kill', 'nobody'], ['delete', 'nobody'], ['pause', 'nobody'],
    ['resume', 'nobody'], ['ps', 'nobody'], ['events', 'nobody'], ['update', '--memory', '1g', 'nobody'],
    ['create', '--bundle', '/nonexistent', 'x'], ['list', '-f', 'yaml'], ['nosuch'], ['kill'], ['--nosuch'],
  ];
  for (const args of failures) {
    bothTest(`has of "${args.join(' ')}" what runc has`, async () => {
      const told = async (program?: string): Promise<object> => {
        const { path, records } = makeLog();
        const options = program === undefined ? {} : { program };
        const { status, stderr } = await runtime(['--log', path, '--log-format=json', ...args], options);
        const [record, ...others] = records();
        const isPlain = record === undefined || stderr.trimEnd() === record.msg.trimEnd();
        // runc's own words for what its clients look for.
        const words = /container does not exist|No help topic for 'nosuch'|no such file or directory/.exec(stderr)?.[0];
        const keys = Object.keys(record ?? {}).filter((key) => !ADDED.includes(key));
        return { status, level: record?.level, others: others.length, keys, isPlain, words };
      };
      expect(await told()).toEqual(await told('runc'));
    });
  }

  test('appends a record for each error', async () => {
    const { path, records } = makeLog();
    for (const command of ['state', 'start', 'delete']) {
      await runtime(['--log', path, '--log-format=json', command, 'nobody']);
    }
    expect(records().map(({ level }) => level)).toEqual(['error', 'error', 'error']);
  });

  test('has nothing after a success', async () => {
    const { path, records } = makeLog();
    const globals = ['--log', path, '--log-format', 'json'];
    const bundle = makeBundle({ args: ['true'] });
    const watch = watchHost(bundle);
    const options = { output: join(bundle.directory, 'output') };
    expect(await runtime([...globals, 'create', '--bundle', bundle.directory, bundle.id], options))
      .toMatchObject({ status: 0 });
    await succeed([...globals, 'start', bundle.id]);
    await succeed([...globals, 'delete', '--force', bundle.id]);
    expect(records()).toEqual([]);
    await watch.nothingLeft();
  });

  test('has one record for a failed create, with the reason', async () => {
    const { path, records } = makeLog();
    const bundle = makeBundle({ args: ['nosuch'] });
    const globals = ['--log', path, '--log-format', 'json'];
    const result = await runtime([...globals, 'create', '--bundle', bundle.directory, bundle.id]);
    expect(result.status).toBe(1);
    const errors = records().filter(({ level }) => level === 'error');
    expect(errors.at(-1)?.msg).toContain('executable file not found in $PATH');
  });

  nuncTest('has one record for a config with many mistakes', async () => {
    const { path, records } = makeLog();
    const bundle = makeBundle({
      mutate: (spec) => {
        spec.process.cwd = 'relative';
        spec.hostname = 'x\0y';
        spec.process.rlimits = [{ type: 'RLIMIT_FOO' as 'RLIMIT_AS', soft: 1, hard: 1 }];
      },
    });
    const globals = ['--log', path, '--log-format', 'json'];
    const { stderr } = await runtime([...globals, 'create', '--bundle', bundle.directory, bundle.id]);
    expect(records()).toHaveLength(1);
    for (const pointer of ['/process/cwd', '/hostname', '/process/rlimits/0/type']) {
      expect(records()[0]?.msg).toContain(pointer);
      expect(stderr).toContain(pointer);
    }
  });

  nuncTest('is kept from a container that is created with the log on its stderr', async () => {
    const { path, records } = makeLog();
    const bundle = makeBundle({ args: ['sh', '-c', 'echo not a record >&2'] });
    await createBundle(bundle);
    await succeed(['--log', path, '--log-format', 'json', 'start', bundle.id]);
    expect(records()).toEqual([]);
  });
});
