import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));
const executable = fileURLToPath(new URL('../../dist/nunc', import.meta.url));

describe('main()', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nunc-main-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function nunc(...args: string[]): SpawnSyncReturns<string> {
    return spawnSync(executable, ['--root', join(directory, 'state'), ...args], { encoding: 'utf8' });
  }
  const message = (stderr: string): string | undefined => /^time="[^"]+" level=error msg="(.*)" code=E_[A-Z_]+\n$/.exec(stderr)?.[1];

  test.each([[['--version']], [['-v']], [['--version', 'state', 'x']]])('prints the version for %j', (args) => {
    const { stdout, stderr, status } = nunc(...args);
    expect(stdout).toMatch(/^nunc version \S+\ncommit: \S+\nspec: 1\.3\.0\n$/);
    expect([stderr, status]).toEqual(['', 0]);
  });

  const asking = [[], ['help'], ['h'], ['-h'], ['--help'], ['-h', 'state'], ['']].map((args) => [args]);
  test.each(asking)('explains all for %j', (args) => {
    const { stdout, stderr, status } = nunc(...args);
    expect([stderr, status]).toEqual(['', 0]);
    for (const command of ['create', 'start', 'run', 'state', 'kill', 'delete', 'list', 'spec']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} {2,}\\S`, 'm'));
    }
    expect(stdout).toContain('--log-format');
    expect(stdout).not.toContain('--criu');
  });

  test.each([[['help', 'create']], [['create', '--help']], [['create', 'x', '-h']], [['h', 'create', 'extra']]])(
    'explains one command for %j', (args) => {
      const { stdout, stderr, status } = nunc(...args);
      expect([stderr, status]).toEqual(['', 0]);
      expect(stdout).toMatch(/^Usage: nunc create \[options\] <container-id>\n/);
      expect(stdout).toContain('-b, --bundle');
      expect(stdout).not.toContain('--log-format');
    },
  );

  test.each([[['nosuch']], [['help', 'nosuch']]])('exits with 3 for %j', (args) => {
    const { stdout, stderr, status } = nunc(...args);
    expect([stdout, message(stderr), status]).toEqual(['', "No help topic for 'nosuch'", 3]);
  });

  test.each<[string[], string, string]>([
    [['state'], 'nunc: \\"state\\" requires exactly 1 argument(s)', 'Usage: nunc state <container-id>'],
    [['state', '--nosuch', 'x'], 'flag provided but not defined: -nosuch', 'Usage: nunc state <container-id>'],
    [['--nosuch'], 'flag provided but not defined: -nosuch', 'Usage: nunc [global options]'],
  ])('explains a usage error of %j on stdout and reports it', (args, expected, usage) => {
    const { stdout, stderr, status } = nunc(...args);
    expect([message(stderr), status]).toEqual([expected, 1]);
    const help = stdout.slice(stdout.indexOf(usage));
    expect(stdout).toBe(`Incorrect Usage: ${expected.replaceAll('\\"', '"')}\n\n${help}`);
  });

  test.each<[string[], string]>([
    [['statee', 'x'], "No help topic for 'statee'; did you mean \\\"state\\\"?"],
    [['help', 'delte'], "No help topic for 'delte'; did you mean \\\"delete\\\"?"],
    [['delete', '--forse', 'x'], 'flag provided but not defined: -forse; did you mean \\"--force\\"?'],
    [['--log-fromat', 'json', 'list'], 'flag provided but not defined: -log-fromat; did you mean \\"--log-format\\"?'],
  ])('suggests what may have been meant by %j', (args, expected) => {
    const { stderr, status } = nunc(...args);
    expect([message(stderr), status]).toEqual([expected, args[0] === 'statee' || args[0] === 'help' ? 3 : 1]);
  });

  test.each<[string[], string]>([
    [['--usage'], 'Usage: nunc [global options] command [options] [arguments]\n'],
    [['kill', '--usage'], 'Usage: nunc kill [options] <container-id> [signal]\n'],
    [['ps', '--usage'], 'Usage: nunc ps [options] <container-id> [ps options]\n'],
  ])('prints one line for %j', (args, usage) => {
    const { stdout, stderr, status } = nunc(...args);
    expect([stdout, stderr, status]).toEqual([usage, '', 0]);
  });

  test('reports an error to the log file once and plainly to stderr', () => {
    const log = join(directory, 'log');
    const { stdout, stderr, status } = nunc('--log', log, '--log-format=json', 'state', 'nosuch');
    expect([stdout, stderr, status]).toEqual(['', expect.stringMatching(/^container does not exist: .*\n$/), 1]);
    expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ level: 'error', msg: stderr.trimEnd() });
  });

  test('writes nothing to the log file on success', () => {
    const log = join(directory, 'log');
    expect(nunc('--log', log, '--log-format=json', 'list', '-q').status).toBe(0);
    expect(readFileSync(log, 'utf8')).toBe('');
  });

  test('reports a log that cannot be opened', () => {
    const { stderr, status } = nunc('--log', `${directory}/no/log`, 'list');
    expect([message(stderr), status]).toEqual(
      [`cannot open log file \\"${directory}/no/log\\": no such file or directory`, 1],
    );
  });

  test('shows the stack of an error with --debug only', () => {
    expect(nunc('state', 'nosuch').stderr).not.toContain('level=debug');
    expect(nunc('--debug', 'state', 'nosuch').stderr).toMatch(/level=debug msg=".*at dispatch /);
  });

  test('does not mind a reader that has gone away', () => {
    const script = '{ "$@"; echo "status $?" >&2; } | true';
    const { stderr } = spawnSync('sh', ['-c', script, 'sh', executable, 'help'], { encoding: 'utf8' });
    expect(stderr).toBe('status 0\n');
  });

  test('reports a stdout that takes nothing', () => {
    const full = openSync('/dev/full', 'w');
    const { stderr, status } = spawnSync(executable, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    expect([message(stderr), status]).toEqual(['cannot write to stdout: ENOSPC', 1]);
  });
});

describe('main() with a bug below it', () => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const script = `import { main } from ${JSON.stringify(main)};
    const broken = () => { throw new TypeError('no such thing'); };
    process.exit(await main(process.argv.slice(1), broken));`;
  const run = (...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(bun, ['-e', script, '--', ...args], { encoding: 'utf8' });

  test('reports one line, and the stack only with --debug', () => {
    const { stdout, stderr, status } = run('state', 'x');
    expect([stdout, status]).toEqual(['', 1]);
    expect(stderr).toMatch(/^time="[^"]+" level=error msg="nunc: internal error: no such thing; .*" code=E_INTERNAL\n$/);
    expect(run('--debug', 'state', 'x').stderr).toMatch(/level=debug msg="TypeError: no such thing/);
  });
});
