// process, timers, signals and node:child_process.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { attempt } from '../../../support/engine/show.ts';

/** Its message is Node's own for these. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}

const shell = (script: string, more = {}): unknown => {
  const { error, status, signal, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8',
    maxBuffer: Infinity, ...more });
  return [codeOf(error), status, signal, stdout, stderr];
};

/** Calls until it returns something. */
function until<Value>(look: () => Value | undefined): Promise<Value> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const value = look();
      if (value === undefined) return;
      clearInterval(timer);
      resolve(value);
    }, 5);
  });
}

const SIGNALS = ['SIGUSR2', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGCONT', 'SIGWINCH', 'SIGCHLD'] as const;

async function receive(): Promise<unknown> {
  const received: string[] = [];
  for (const signal of SIGNALS) process.on(signal, () => received.push(signal));
  for (const signal of SIGNALS) process.kill(process.pid, signal);
  await until(() => (received.length >= SIGNALS.length ? true : undefined));
  const first = [...received].sort();
  received.length = 0;
  for (let i = 0; i < 3; i++) {
    process.kill(process.pid, 'SIGUSR2');
    await until(() => (received.length > i ? true : undefined));
  }
  const blocked = execFileSync('/bin/cat', ['/proc/self/status']).toString().match(/^Sig(?:Blk|Ign|Cgt):.*$/gm);
  return [first, received.slice(0, 3), blocked];
}

async function time(): Promise<unknown> {
  const start = performance.now();
  let fast = 0;
  let stopped = 0;
  const timers = [setInterval(() => fast++, 5), setInterval(() => stopped++, 5)];
  clearInterval(timers[1]);
  clearInterval(undefined);
  await until(() => (performance.now() - start > 100 ? true : undefined));
  clearInterval(timers[0]);
  return [fast > 4, fast < 22, stopped];
}

export const processes = {
  'arguments': () => process.argv.slice(-5),
  'the environment': () => ['ODD', 'EMPTY', 'EQUALS', '__proto__', 'constructor', 'toString_',
    'missing'].map((name) => process.env[name]),
  'names in the environment': () => Object.keys(process.env).filter((name) => !/^(?:_|OLDPWD|SHLVL|PWD)$/.test(name)).sort(),
  'ids and the current directory': () => [process.pid > 1, process.ppid > 0, process.geteuid?.(), process.getegid?.(),
    process.cwd().endsWith('/place'),
    process.arch],
  'umask()': () => [process.umask(0o22), process.umask(0o27), process.umask(0o77), process.umask(0o22)],
  'kill()': () => [codeOf(attempt(() => process.kill(0x7ffffffe, 0))), attempt(() => process.kill(process.pid,
    0)) instanceof Error,
    attempt(() => process.kill(process.pid, 'SIGNOPE')) instanceof TypeError,
      codeOf(attempt(() => process.kill(0x7ffffffe, 'SIGTERM')))],
  'spawnSync()': () => [shell('echo out; echo err >&2; exit 3'), shell('kill -9 $$'), shell('kill -TERM $$'),
    shell('cat; echo "$0"'), shell('exit 255')],
  'spawnSync() of much output': () => {
    const [code, status, , stdout,
      stderr] = shell('head -c 300000 /dev/zero | tr "\\0" a; head -c 200000 /dev/zero | tr "\\0" b >&2; ' +
      'head -c 100000 /dev/zero | tr "\\0" c') as [unknown, unknown, unknown, string, string];
    return [code, status, stdout.length, stderr.length, stdout.slice(-3), stderr.slice(0, 3)];
  },
  'spawnSync() of output that is not UTF-8': () => shell(String.raw`printf 'a\377\303'; printf '\303' ; printf '\251'`),
  'spawnSync() of what is missing': () => ['nunc-no-such-program', '/no/such', '/etc/passwd', '/etc/passwd/x',
    '/proc'].map((file) => {
    const { error, status } = spawnSync(file, ['x']);
    return [codeOf(error), status];
  }),
  'spawnSync() looks in PATH': () => [spawnSync('true', []).status, spawnSync('false', []).status],
  'spawnSync() gives up': () => {
    const start = performance.now();
    const [code, status, signal, stdout] = shell('echo early; exec sleep 5', { timeout: 150 }) as unknown[];
    return [code, status, signal, stdout, performance.now() - start < 3000];
  },
  'spawnSync() gives up on what a child has started': () => {
    const start = performance.now();
    const [code, status, signal] = shell('sleep 2 & sleep 2', { timeout: 150 }) as unknown[];
    return [code, status, signal, performance.now() - start < 1500];
  },
  'execFileSync()': () => [execFileSync('/bin/echo', ['x', 'y z']).toString(),
    attempt(() => execFileSync('/bin/false', [])) instanceof Error,
    codeOf(attempt(() => execFileSync('/no/such', []))), execFileSync('/bin/sh', ['-c',
      'echo "$ODD-$EMPTY-$EQUALS"']).toString()],
  'timers': time,
  'signals, and children with none blocked': receive,
  'no process is left': () => readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8'),
};
