import { chmodSync, closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig, MAX_CONFIG_BYTES, parseConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/error.ts';
import { changed, smallConfig } from './configs.ts';
import { problemsOf } from './problems.ts';

let bundle: string;
beforeEach(() => {
  bundle = mkdtempSync(join(tmpdir(), 'nunc-config-'));
});
afterEach(() => {
  rmSync(bundle, { recursive: true });
});

function errorOfLoading(): ConfigError {
  try {
    loadConfig(bundle);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('loadConfig() took it');
}

function write(content: string | Uint8Array): void {
  writeFileSync(join(bundle, 'config.json'), content);
}

describe('loadConfig()', () => {
  test('gives the spec, the text as it was, and warnings', () => {
    const changes = { '/ociVersion': '1.9.0' };
    const text = `${changed(smallConfig(), changes)} \n`;
    write(text);
    const { spec, text: kept, warnings } = loadConfig(bundle);
    expect(kept).toBe(text);
    expect(spec.process?.args).toEqual(['true']);
    expect(warnings).toEqual([
      { pointer: '/ociVersion', text: '"1.9.0" is newer than 1.3, what it added is ignored' },
    ]);
  });

  test('keeps limits of more than 53 bits to the last digit', () => {
    const text = changed(smallConfig(), { '/linux/resources/memory': { limit: 9007199254740992, swappiness: 5 } });
    write(text.replace('9007199254740992', '9007199254740993'));
    expect([...loadConfig(bundle).exact]).toEqual([['/linux/resources/memory/limit', 9007199254740993n]]);
  });

  test('names a file that is missing', () => {
    expect(errorOfLoading().message).toBe(`cannot read "${bundle}/config.json": no such file or directory`);
  });

  test('names a bundle that is no directory', () => {
    write('{}');
    bundle = join(bundle, 'config.json');
    expect(errorOfLoading().message).toBe(`cannot read "${bundle}/config.json": not a directory`);
    bundle = join(bundle, '..');
  });

  test('does not read a directory', () => {
    mkdirSync(join(bundle, 'config.json'));
    expect(errorOfLoading().message).toBe(`cannot read "${bundle}/config.json": not a regular file`);
  });

  test.skipIf(process.getuid?.() === 0)('names a file that may not be read', () => {
    write('{}');
    chmodSync(join(bundle, 'config.json'), 0);
    expect(errorOfLoading().message).toBe(`cannot read "${bundle}/config.json": permission denied`);
  });

  test('does not read a file that is too large', () => {
    const file = openSync(join(bundle, 'config.json'), 'w');
    ftruncateSync(file, MAX_CONFIG_BYTES + 1);
    closeSync(file);
    expect(errorOfLoading().message).toBe(
      `cannot read "${bundle}/config.json": 16777217 bytes, at most 16777216 are allowed`,
    );
  });

  test('tells the place of a syntax error', () => {
    write('{\n  "ociVersion": "1.0.0",\n}\n');
    expect(errorOfLoading().message).toBe('config.json: line 3, column 1: "}" where a key is expected');
  });

  test.each([
    ['a byte of its own', [0x22, 0x61, 0xff, 0x22], 2],
    ['a character in too many bytes', [0x22, 0xc0, 0x80, 0x22], 1],
    ['a surrogate', [0x22, 0x61, 0xed, 0xa0, 0x80, 0x22], 3],
    ['a character that is cut off', [0x22, 0x61, 0xe2, 0x82], 3],
    ['a cut-off character before another', [0x22, 0xe2, 0x82, 0x22], 3],
  ])('refuses %s as not UTF-8', (_name, bytes, offset) => {
    write(Uint8Array.from(bytes));
    expect(errorOfLoading().message).toBe(`config.json: byte ${offset} is not UTF-8`);
  });

  test('takes a text with every kind of UTF-8', () => {
    write(changed(smallConfig(), { '/annotations': { key: 'é€😀\ufffd' } }));
    expect(loadConfig(bundle).spec.annotations).toEqual({ key: 'é€😀\ufffd' });
  });
});

describe('parseConfig()', () => {
  test.each(['null', '3', '"x"', '[]', 'true'])('refuses %s as a document', (text) => {
    const words: Record<string, string> = { '[]': 'an array', '"x"': '"x"' };
    expect(problemsOf(text)).toEqual([`config.json: ${words[text] ?? text} is not an object`]);
  });

  test('lists all that is wrong in one error', () => {
    const text = changed(smallConfig(), {
      '/ociVersion': 1,
      '/process/user/uid': -1,
      '/process/user/gid': '0',
      '/linux/namespaces/0/type': 'net',
      '/hooks/prestart': [{}],
    });
    const problems = problemsOf(text);
    expect(problems).toEqual([
      'config.json: /ociVersion: 1 is not a string',
      'config.json: /process/user/uid: -1 is less than 0',
      'config.json: /process/user/gid: "0" is not an integer',
      'config.json: /hooks/prestart/0/path: missing, but required',
      'config.json: /linux/namespaces/0/type: "net" is not one of pid, network, mount, ipc, uts, user, cgroup, time',
    ]);
    expect(() => parseConfig(text)).toThrow(problems.join('; '));
  });

  test('takes null for absence wherever Go does', () => {
    const text = changed(smallConfig(), {
      '/hostname': null,
      '/mounts': null,
      '/process/env': null,
      '/process/capabilities': null,
      '/process/user/additionalGids': null,
      '/linux/seccomp': null,
      '/linux/resources': { memory: { limit: null }, devices: null },
      '/linux/devices': [{ type: 'c', path: '/dev/x', major: 1, minor: 3, uid: null }],
      '/annotations': { a: null, b: '' },
    });
    const { spec } = parseConfig(text);
    expect(spec).toEqual({
      ...smallConfig(),
      annotations: { b: '' },
      linux: {
        ...smallConfig().linux,
        resources: { memory: {} },
        devices: [{ type: 'c', path: '/dev/x', major: 1, minor: 3 }],
      },
    });
    expect('hostname' in spec).toBe(false);
  });

  test('null is no value for what is required', () => {
    expect(problemsOf(changed(smallConfig(), { '/process/args': null, '/process/cwd': null }))).toEqual([
      'config.json: /process/cwd: missing, but required',
      'config.json: /process/args: missing, but required',
    ]);
  });

  test('null is no entry of a list', () => {
    expect(problemsOf(changed(smallConfig(), { '/process/args': ['sh', null], '/mounts': [null] }))).toEqual([
      'config.json: /mounts/0: null is not an object',
      'config.json: /process/args/1: null is not a string',
    ]);
  });

  test('refuses NUL bytes in what the kernel gets', () => {
    const text = changed(smallConfig(), {
      '/process/args': ['sh', 'a\0b'],
      '/root/path': '/r\0',
      '/linux/sysctl': { 'net.a\0': '1' },
      '/annotations': { 'a\0': '\0' },
      '/vendor': '\0',
    });
    expect(problemsOf(text)).toEqual([
      'config.json: /root/path: "/r\\u0000" has a NUL byte',
      'config.json: /linux/sysctl/net.a\\u0000: the key "net.a\\u0000" has a NUL byte',
      'config.json: /process/args/1: "a\\u0000b" has a NUL byte',
    ]);
  });

  test('takes a backslash before u0000', () => {
    expect(problemsOf(changed(smallConfig(), { '/process/args': ['\\u0000'] }))).toEqual([]);
  });

  test('messages stay on one line, short and harmless', () => {
    const evil = `\u001b[2J\n\u009b\u2028\u202e${'x'.repeat(100)}`;
    const text = changed(smallConfig(), { '/process/cwd': evil, '/annotations': { 'a\n\u001b/~\u2029': 1 } });
    expect(problemsOf(text)).toEqual([
      'config.json: /annotations/a\\u000a\\u001b~1~0\\u2029: 1 is not a string',
      `config.json: /process/cwd: "\\u001b[2J\\n\\u009b\\u2028\\u202e${'x'.repeat(72)}…" is not an absolute path`,
    ]);
  });

  test('keys that objects inherit are just keys', () => {
    const text = changed(smallConfig(), { '/annotations': 'KEYS' }).replace(
      '"KEYS"',
      '{"__proto__": "a", "constructor": "b", "toString": null}',
    );
    const { annotations = {} } = parseConfig(text).spec;
    expect(Object.entries(annotations)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
    ['lists with null', '[{"a":null},', ']'],
  ])('ignores an unknown property nested deeply in %s, or says that it is too deep', (_name, open, close) => {
    const depth = 100_000;
    const value = `${open.repeat(depth)}1${close.repeat(depth)}`;
    const problems = problemsOf(changed(smallConfig(), { '/vendor': 'DEEP' }).replace('"DEEP"', value));
    if (problems.length > 0) expect(problems).toEqual(['config.json: not JSON that this runtime can hold']);
  });

  test('takes a config with 10000 mounts in bounded time, and refuses 100000', () => {
    const mounts = Array.from({ length: 100_000 }, (_, i) => ({ destination: `/m/${i}`, type: 'tmpfs' }));
    const start = process.cpuUsage();
    expect(problemsOf(changed(smallConfig(), { '/mounts': mounts.slice(0, 10_000) }))).toEqual([]);
    expect(problemsOf(changed(smallConfig(), { '/mounts': mounts })))
      .toEqual(['config.json: /mounts: 100000 entries, at most 10000 are allowed']);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(5);
  });

  test('refuses what execve(2) would', () => {
    const text = (bytes: number): string => 'x'.repeat(bytes);
    const problems = (env: readonly string[]): readonly string[] => (
      problemsOf(changed(smallConfig(), { '/process/env': env })));
    expect(problems([`A=${text(131_069)}`])).toEqual([]);
    expect(problems([`A=${text(131_070)}`]))
      .toEqual(['config.json: /process/env/0: 131072 characters, execve(2) takes less than 131072 bytes']);
    const many = Array.from({ length: 47 }, (_, i) => `A${i}=${text(131_000)}`);
    expect(problems(many)).toEqual([]);
    expect(problems([...many, ...many.slice(0, 2)]))
      .toEqual([expect.stringMatching(/: \/process: args and env have \d+ bytes, execve\(2\) takes 6291456/)]);
  });

  test('tells the first hundred of a million mistakes', () => {
    const start = process.cpuUsage();
    const problems = problemsOf(changed(smallConfig(), { '/mounts': new Array(1_000_000).fill(1) }));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe('config.json: /mounts/99: and more like these');
    const env = [...new Array<string>(200).fill('a=b'), ...new Array<string>(150).fill('a')];
    expect(problemsOf(changed(smallConfig(), { '/process/env': env })).at(-1))
      .toBe('config.json: /process/env/299: and more like these');
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
  });
});
