import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const nunc = join(dist, 'nunc');
const number = manifest.version.replaceAll('.', '\\.');
const VERSION = new RegExp(`^nunc version ${number}\ncommit: \\S+\nspec: 1\\.3\\.0\n$`);

describe('dist/nunc', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nunc-executable-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  /** Fills the current directory with everything that Bun and Node would read in one. */
  function plant(): void {
    const evil = join(directory, 'evil.js');
    writeFileSync(evil, 'console.log("injected");');
    for (const name of ['.env', '.env.local', '.env.production', '.env.development']) {
      writeFileSync(join(directory, name), `XDG_RUNTIME_DIR=/evil\nBUN_OPTIONS=--preload=${evil}\nUSER=evil\n`);
    }
    writeFileSync(join(directory, 'bunfig.toml'), `preload = ["${evil}"]\n[run]\npreload = ["${evil}"]\n`);
    writeFileSync(join(directory, 'package.json'), '{"name":"evil","imports":{"#x":"./evil.js"}}');
    writeFileSync(join(directory, 'tsconfig.json'), '{"compilerOptions":{"paths":{"*":["./evil.js"]}}}');
  }

  test('prints its version and commit', () => {
    expect(execFileSync(nunc, ['--version'], { encoding: 'utf8' })).toMatch(VERSION);
  });

  test('is not influenced by what lies in the current directory, and opens none of it', () => {
    plant();
    const trace = join(directory, 'trace');
    const args = ['-f', '-e', 'trace=file', '-o', trace, nunc, '--root', '/nonexistent', 'state', 'x'];
    const { stdout, stderr } = spawnSync('strace', args, { cwd: directory, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^time="[^"]+" level=error msg="container does not exist: .*" code=E_NOT_FOUND\n$/);
    const touched = readFileSync(trace, 'utf8').split('\n').filter((line) =>
      /\.env|bunfig|package\.json|tsconfig|evil/.test(line) && !line.includes('execve('),
    );
    expect(touched).toEqual([]);
  });

  test('is not influenced by the variables of engines and linkers', () => {
    plant();
    const preload = `--preload=${directory}/evil.js`;
    const node = `--require=${directory}/evil.js`;
    const env = { NODE_OPTIONS: node, BUN_OPTIONS: preload, BUN_BE_BUN: '1', LD_DEBUG: 'all' };
    expect(execFileSync(nunc, ['--version'], { encoding: 'utf8', env })).toMatch(VERSION);
  });

  test('runs without any environment', () => {
    const { stdout, status } = spawnSync(nunc, ['--version'], { encoding: 'utf8', env: {} });
    expect([status, stdout]).toEqual([0, expect.stringMatching(VERSION)]);
  });

  test('needs no library and no dynamic linker, and has no memory that is writable and executable', () => {
    const segments = execFileSync('readelf', ['-lW', nunc], { encoding: 'utf8' });
    expect(segments).toContain('LOAD');
    expect(segments).not.toMatch(/INTERP|DYNAMIC|RWE/);
    expect(segments).toMatch(/GNU_STACK.* RW /);
  });
});

describe('dist/nunc.mjs', () => {
  test('prints the same version', () => {
    const { stdout } = spawnSync(process.execPath, [join(dist, 'nunc.mjs'), '--version'], { encoding: 'utf8' });
    expect(stdout).toBe(execFileSync(nunc, ['--version'], { encoding: 'utf8' }));
  });

  test('reaches the kernel and reports errors as the executable does', () => {
    const args = ['--root', '/nonexistent', 'state', 'x'];
    const { stderr, status } = spawnSync(process.execPath, [join(dist, 'nunc.mjs'), ...args], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/level=error msg="container does not exist: .*" code=E_NOT_FOUND\n$/)]);
  });
});
