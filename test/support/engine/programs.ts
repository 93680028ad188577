// Two programs that run the same cases: an executable made as dist/nunc is, and one for Node, the oracle.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './run-cases.ts';

const bun = fileURLToPath(new URL('../../../node_modules/.bin/bun', import.meta.url));
const worker = fileURLToPath(new URL('build-worker.ts', import.meta.url));

export interface Programs {
  readonly engine: readonly string[];
  readonly node: readonly string[];
  readonly directory: string;
  [Symbol.dispose](): void;
}

/** Takes 2 s, or 20 more when the engine has not been compiled yet. */
export function buildPrograms(): Programs {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-engine-'));
  execFileSync(bun, [worker, directory], { stdio: ['ignore', 'inherit', 'inherit'] });
  return {
    engine: [join(directory, 'engine')],
    node: [process.execPath, join(directory, 'node.mjs')],
    directory,
    [Symbol.dispose]: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Arguments and an environment with what is unusual in them. */
const SURROUNDINGS = String.raw`exec env __proto__=1 constructor=2 EMPTY= EQUALS=a=b= \
  ODD="$(printf 'a\377\355\240\200b')" "$@" -- '' "$(printf 'x\377')" 'two words' 三 -v`;

interface RunOptions {
  /** An empty directory is made of it, where the program starts. */
  readonly cwd: string;
  readonly args?: readonly string[];
}

/** What each case of a program results in. */
export function runProgram(program: readonly string[], options: RunOptions): Map<string, string> {
  const { cwd, args = [] } = options;
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd);
  const run = spawnSync('/bin/sh', ['-c', SURROUNDINGS, 'sh', ...program, ...args], {
    cwd, encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 26, env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
  });
  const { stdout, stderr, status } = run;
  const outcomes = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Partial<Outcome>);
  const results = new Map(outcomes.map(({ name = '', result = '' }) => [name, result]));
  if (status !== 0) results.set('the end', `${status ?? run.signal ?? '?'}: ${stderr.slice(0, 2000)}`);
  return results;
}
