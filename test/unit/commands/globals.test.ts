import { describe, expect, test } from 'vitest';
import type { Globals } from '../../../src/commands/command.ts';
import { defaultRoot, readGlobals, readLogSettings } from '../../../src/commands/globals.ts';
import { parseGlobals } from '../../../src/commands/parse.ts';
import { globalOptions } from '../../../src/commands/table.ts';

function globals(...args: string[]): Globals {
  const { options } = parseGlobals(args, globalOptions);
  return readGlobals(options, readLogSettings(options));
}

describe('readGlobals()', () => {
  test('has the defaults of a plain call', () => {
    expect(globals()).toMatchObject({
      log: { file: undefined, format: 'text', level: undefined }, cgroupManager: 'cgroupfs', rootless: 'auto',
      ignoreUnsafeAnnotations: false,
    });
  });

  test('reads every option', () => {
    const args = ['--root=/r', '--log=/l', '--log-format=json', '--debug', '--systemd-cgroup', '--rootless=true'];
    expect(globals(...args)).toEqual({
      root: '/r', log: { file: '/l', format: 'json', level: 'debug' }, cgroupManager: 'systemd', rootless: 'true',
      ignoreUnsafeAnnotations: false,
    });
  });

  test.each([
    [['--cgroup-manager', 'cgroupfs'], 'cgroupfs'],
    [['--cgroup-manager=systemd'], 'systemd'],
    [['--cgroup-manager', 'disabled'], 'disabled'],
    [['--systemd-cgroup', '--cgroup-manager=systemd'], 'systemd'],
    [['--systemd-cgroup=false', '--cgroup-manager=disabled'], 'disabled'],
  ])('reads the cgroup manager from %j', (args, manager) => {
    expect(globals(...args).cgroupManager).toBe(manager);
  });

  test.each([
    [['--cgroup-manager', 'bogus'], 'unknown cgroup manager specified: "bogus"'],
    [['--cgroup-manager='], 'unknown cgroup manager specified: ""'],
    [['--cgroup-manager', 'cgroupfs', '--systemd-cgroup'], '--systemd-cgroup contradicts --cgroup-manager cgroupfs'],
    [['--systemd-cgroup', '--cgroup-manager', 'disabled'], '--systemd-cgroup contradicts --cgroup-manager disabled'],
  ])('refuses %j', (args, problem) => {
    expect(() => globals(...args)).toThrow(problem);
  });

  test.each([
    [[], undefined], [['--debug'], 'debug'], [['--debug=false'], undefined], [['--log-level', 'error'], 'error'],
    [['--log-level', 'warning'], 'warning'], [['--log-level', 'debug'], 'debug'], [['--log-level=WARN'], 'warning'],
    [['--log-level', 'info'], 'warning'], [['--log-level', 'trace'], 'debug'],
    [['--log-level', 'error', '--debug'], 'debug'],
  ])('reads the level of the log from %j', (args, level) => {
    expect(globals(...args).log.level).toBe(level);
  });

  test.each([
    ['/l', { file: '/l' }], ['file:/l', { file: '/l' }], ['file:', { file: undefined }],
    ['./file:x', { file: './file:x' }], ['a:b', { file: 'a:b' }],
    ['journald:me', { file: undefined, service: { kind: 'journald', identifier: 'me' } }],
    ['journald:', { service: { kind: 'journald', identifier: 'nunc' } }],
    ['syslog:a:b', { file: undefined, service: { kind: 'syslog', identifier: 'a:b' } }],
    ['journald', { file: 'journald' }],
  ])('knows the place that --log %s means', (log, place) => {
    expect(globals('--log', log).log).toMatchObject(place);
  });

  test.each([
    ['true', 'true'], ['1', 'true'], ['T', 'true'], ['false', 'false'], ['0', 'false'], ['auto', 'auto'],
    ['AUTO', 'auto'], ['', 'auto'],
  ])('reads --rootless=%s as runc does', (text, rootless) => {
    expect(globals(`--rootless=${text}`).rootless).toBe(rootless);
  });

  test('makes --root absolute', () => {
    expect(globals('--root', 'r').root).toBe(`${process.cwd()}/r`);
  });

  test('takes an empty --root or --log as not given', () => {
    const empty = globals('--root=', '--log=');
    expect([empty.root, empty.log.file]).toEqual([globals().root, undefined]);
  });

  test('refuses what --log-format, --log-level and --rootless do not know', () => {
    expect(() => globals('--log-format', 'xml')).toThrow('invalid log-format: xml');
    expect(() => globals('--log-level', 'loud')).toThrow('invalid log-level: loud');
    expect(() => globals('--log-level', '')).toThrow('invalid log-level: ');
    expect(() => globals('--rootless', 'maybe')).toThrow('invalid value "maybe" for flag -rootless: parse error');
  });
});

describe('defaultRoot()', () => {
  const xdg = { XDG_RUNTIME_DIR: '/run/user/7' };

  test('is /run/nunc for root, whatever XDG_RUNTIME_DIR says', () => {
    expect(defaultRoot({}, 0)).toBe('/run/nunc');
    expect(defaultRoot({ ...xdg, USER: 'root' }, 0)).toBe('/run/nunc');
  });

  test("is in a user's runtime directory", () => {
    expect(defaultRoot(xdg, 1000)).toBe('/run/user/7/nunc');
    expect(defaultRoot({ ...xdg, USER: 'root' }, 1000)).toBe('/run/user/7/nunc');
    expect(defaultRoot({}, 1000)).toBe('/run/nunc');
  });

  test('takes root in a user namespace as a user unless $USER is root', () => {
    const initial = '         0          0 4294967295\n';
    const mapped = '         0       1000          1\n';
    expect(defaultRoot(xdg, 0, () => initial)).toBe('/run/nunc');
    expect(defaultRoot(xdg, 0, () => mapped)).toBe('/run/user/7/nunc');
    expect(defaultRoot({ ...xdg, USER: 'joe' }, 0, () => mapped)).toBe('/run/user/7/nunc');
    expect(defaultRoot({ ...xdg, USER: 'root' }, 0, () => mapped)).toBe('/run/nunc');
  });
});
