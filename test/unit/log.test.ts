import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { escapeControls, formatRecord, type LogSettings, openLog } from '../../src/log.ts';

const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';

describe('formatRecord()', () => {
  test('writes a text record', () => {
    expect(formatRecord('text', 'error', 'it is broken')).toMatch(
      new RegExp(`^time="${TIME}" level=error msg="it is broken"\n$`),
    );
  });

  test('writes a JSON record', () => {
    const line = formatRecord('json', 'warning', 'a "b"\nc');
    expect(line).toMatch(/^[^\n]*\n$/);
    const record = JSON.parse(line) as Record<string, string>;
    expect(record).toMatchObject({ level: 'warning', msg: 'a "b"\nc' });
    expect(record['time']).toMatch(new RegExp(`^${TIME}$`));
    expect(Object.keys(record)).toEqual(['level', 'msg', 'time']);
  });

  const details = { code: 'E_MOUNT', origin: '/mounts/0', errno: { name: 'EPERM', number: 1 }, hint: 'h' } as const;

  test('adds what programs know an error by', () => {
    expect(formatRecord('text', 'error', 'm; h', details)).toMatch(/ msg="m; h" code=E_MOUNT\n$/);
    const record = JSON.parse(formatRecord('json', 'error', 'm; h', details)) as object;
    expect(record).toMatchObject({ level: 'error', msg: 'm; h', ...details });
    expect(Object.keys(record)).toEqual(['level', 'msg', 'time', 'code', 'origin', 'errno', 'hint']);
  });

  test('does not let a message end its record or quote its way out', () => {
    const hostile = 'x"\\\ntime="now" level=info msg="forged\u001b[2J';
    const line = formatRecord('text', 'error', hostile);
    expect(line.slice(line.indexOf('msg='))).toBe(
      'msg="x\\"\\\\\\ntime=\\"now\\" level=info msg=\\"forged\\x1b[2J"\n',
    );
  });
});

describe('escapeControls()', () => {
  test.each([
    ['plain – ünï 三 🙂', 'plain – ünï 三 🙂'],
    ['a\tb\r\n', 'a\\tb\\r\\n'],
    ['\0\u001b\u007f', '\\x00\\x1b\\x7f'],
    ['\u0085\u009b\u2028\u202e', '\\u0085\\u009b\\u2028\\u202e'],
    ['\ud800', '\\ud800'],
    ['\u{e0001}', '\\U000e0001'],
  ])('makes %j %j', (text, escaped) => {
    expect(escapeControls(text)).toBe(escaped);
  });
});

describe('openLog()', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nunc-log-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  /** Logs in a process of its own, to have its stderr; returns that and the log file's content. */
  function logged(settings: Partial<LogSettings>, calls: string): { stderr: string; file: string | undefined } {
    const log = fileURLToPath(new URL('../../src/log.ts', import.meta.url));
    const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));
    const all = { format: 'text', ...settings };
    const script = join(directory, 'script.ts');
    writeFileSync(script, `import { openLog } from ${JSON.stringify(log)};
      const log = openLog(${JSON.stringify(all)});
      ${calls}`);
    const { stderr, status } = spawnSync(bun, [script], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return { stderr, file: settings.file === undefined ? undefined : readFileSync(settings.file, 'utf8') };
  }
  const levels = (text: string): string[] => text.match(/level=\w+|"level":"\w+"/g) ?? [];
  const everything = "log.debug('d'); log.warning('w'); log.error(['e1', 'e2\\u001b'])";

  test('writes records to stderr without a file, one for each line of an error', () => {
    expect(levels(logged({}, everything).stderr)).toEqual(['level=warning', 'level=error', 'level=error']);
    expect(levels(logged({ level: 'debug' }, everything).stderr)[0]).toBe('level=debug');
  });

  test('writes an error to the file as one record and to stderr as plain lines', () => {
    const { stderr, file } = logged({ file: join(directory, 'log'), format: 'json' }, everything);
    expect(stderr).toBe('e1\ne2\\x1b\n');
    expect(JSON.parse(file ?? '')).toMatchObject({ level: 'error', msg: 'e1; e2\u001b' });
  });

  test('writes nothing but errors to a JSON file, as podman parses it whole, unless debugging', () => {
    const settings = { file: join(directory, 'log'), format: 'json' } as const;
    expect(logged(settings, "log.warning('w')")).toEqual({ stderr: '', file: '' });
    expect(levels(logged({ ...settings, level: 'debug' }, everything).file ?? '')).toEqual(
      ['"level":"debug"', '"level":"warning"', '"level":"error"'],
    );
  });

  test('writes warnings to a JSON file that was asked for them', () => {
    const settings = { file: join(directory, 'log'), format: 'json', level: 'warning' } as const;
    expect(levels(logged(settings, everything).file ?? '')).toEqual(['"level":"warning"', '"level":"error"']);
  });

  test('writes nothing but errors at that level', () => {
    expect(levels(logged({ level: 'error' }, everything).stderr)).toEqual(['level=error', 'level=error']);
    const settings = { file: join(directory, 'log'), level: 'error' } as const;
    expect(levels(logged(settings, everything).file ?? '')).toEqual(['level=error']);
  });

  test('writes warnings to a text file', () => {
    const { stderr, file } = logged({ file: join(directory, 'log') }, "log.warning('w')");
    expect([stderr, levels(file ?? '')]).toEqual(['', ['level=warning']]);
  });

  test('appends to a file that is there and creates one with mode 0644', () => {
    const file = join(directory, 'log');
    writeFileSync(file, 'before\n');
    expect(logged({ file }, "log.error(['e'])").file).toMatch(/^before\n.*level=error.*\n$/);
    const fresh = join(directory, 'fresh');
    logged({ file: fresh }, '');
    const umask = Number.parseInt(execFileSync('sh', ['-c', 'umask'], { encoding: 'utf8' }), 8);
    expect(statSync(fresh).mode & 0o777).toBe(0o644 & ~umask);
  });

  test('fails when the file cannot be opened', () => {
    expect(() => openLog({ file: `${directory}/no/log`, format: 'text', level: undefined })).toThrow(
      `cannot open log file "${directory}/no/log": no such file or directory`,
    );
  });

  test('goes on when a record cannot be written', () => {
    expect(() => {
      openLog({ file: '/dev/full', format: 'text', level: undefined }).warning('w');
    }).not.toThrow();
  });
});
