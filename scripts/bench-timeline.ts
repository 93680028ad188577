// Where a command's time goes, call by call, for nunc and crun: tables and a picture, as root, with strace.
//
//   bun scripts/bench-timeline.ts create [--svg FILE] [--runtimes nunc,crun,runc] [--nunc FILE]
//
// strace adds some 20 µs to every call: look at what stands out, not at the sums.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { configOf } from './bench/growth-series.ts';
import { mountInside, runInside } from './bench/isolation.ts';
import { parseList } from './bench/options.ts';
import { type RuntimeName, RUNTIMES } from './bench/results.ts';
import { findProgram, makeRootfs } from './bench/runtimes.ts';
import { parseStrace } from './bench/strace.ts';
import { renderTrace, timelinePlot, type Trace } from './bench/timeline.ts';
import { openFfi } from './ffi-bun.ts';

const ID = 'bench';
/** Milliseconds. */
const PATIENCE = 30_000;
/** The commands that can be looked at, and what has to come before. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  create: [], run: [], state: ['create'], list: ['create'], start: ['create'], kill: ['create', 'start'],
  delete: ['create', 'start', 'kill'],
};

interface Place {
  readonly directory: string;
  readonly cgroup: string;
  readonly cgroups: 'v1' | 'v2';
}

interface Wanted {
  readonly executable: string;
  readonly command: string;
}

function run(argv: readonly string[]): void {
  const [program = '', ...args] = argv;
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function argumentsOf(command: string, bundle: string): string[] {
  switch (command) {
    case 'create':
    case 'run':
      return [command, '--bundle', bundle, ID];
    case 'kill':
      return [command, ID, 'KILL'];
    case 'list':
      return [command];
    default:
      return [command, ID];
  }
}

/** What a command leaves running, strace would follow to its end. */
async function trace(argv: readonly string[], file: string): Promise<void> {
  // -I 2: without it strace ignores SIGTERM.
  const options = ['-I', '2', '-f', '-ttt', '-T', '-s', '60', '-o', file];
  const child = spawn('strace', [...options, ...argv], { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = new Promise<void>((done) => void child.on('exit', () => done()));
  const hasEnded = (): boolean => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const first = text.split(' ', 1)[0] ?? '';
    return new RegExp(`^${first} .*\\+\\+\\+ exited with`, 'm').test(text);
  };
  for (const end = Date.now() + PATIENCE; !hasEnded(); await new Promise((done) => setTimeout(done, 20))) {
    if (Date.now() < end) continue;
    child.kill('SIGKILL');
    throw new Error(`"${argv.join(' ')}" takes more than ${PATIENCE / 1000} s`);
  }
  child.kill('SIGTERM');
  await exited;
}

/** Everything once before the trace, so that files are in memory. */
async function traceCommand(place: Place, name: RuntimeName, { executable, command }: Wanted): Promise<Trace> {
  const { directory, cgroup, cgroups } = place;
  const bundle = `${directory}/${name}`;
  const config = configOf(undefined, 0, { rootfs: `${directory}/rootfs`, cgroups, cgroupsPath: `${cgroup}/${name}` });
  const args = command === 'run' ? ['/bin/true'] : ['/bin/sleep', '1000000'];
  mkdirSync(bundle);
  writeFileSync(`${bundle}/config.json`, JSON.stringify({ ...config, process: { ...config.process, args } }));
  const file = `${directory}/trace-${name}`;
  for (const root of ['first', 'traced']) {
    const call = [executable, '--root', `${bundle}/${root}`];
    for (const before of BEFORE[command] ?? []) run([...call, ...argumentsOf(before, bundle)]);
    if (BEFORE[command]?.includes('kill') === true) Bun.sleepSync(100);
    const argv = [...call, ...argumentsOf(command, bundle)];
    if (root === 'traced') await trace(argv, file);
    else run(argv);
    if (command !== 'run' && command !== 'delete') run([...call, 'delete', '--force', ID]);
  }
  return { name: `${name} ${command}`, calls: parseStrace(readFileSync(file, 'utf8')) };
}

async function main(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      svg: text, nunc: text, runtimes: { type: 'string', multiple: true, default: ['nunc,crun'] },
      'inside-directory': text, 'inside-cgroup': text,
    },
    allowPositionals: true,
  });
  const [command = ''] = parseList(positionals.length === 0 ? [''] : positionals, Object.keys(BEFORE));
  const runtimes = parseList(values.runtimes, RUNTIMES);
  const { 'inside-directory': directory, 'inside-cgroup': cgroup } = values;
  if (directory === undefined || cgroup === undefined) return await runInside(fileURLToPath(import.meta.url), args);
  const place = { directory, cgroup, cgroups: mountInside(openFfi(), directory) };
  makeRootfs(`${directory}/rootfs`, findProgram('busybox'));
  const nunc = resolve(values.nunc ?? fileURLToPath(new URL('../dist/nunc', import.meta.url)));
  const traces: Trace[] = [];
  for (const name of runtimes) {
    const executable = name === 'nunc' ? nunc : findProgram(name);
    traces.push(await traceCommand(place, name, { executable, command }));
  }
  process.stdout.write(`${traces.map(renderTrace).join('\n\n')}\n`);
  if (values.svg !== undefined) writeFileSync(values.svg, timelinePlot(traces, `${command}, under strace`));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench-timeline: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
