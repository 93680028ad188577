// How many instructions nunc's commands and the inits of nunc and crun execute: numbers that no busy machine changes.
// `npm run bench:instructions`, as root, run by Bun, with valgrind. docs/performance.md explains the numbers.
//
//   --json FILE       write them
//   --nunc FILE       the executable to look at instead of dist/nunc
//   --step            also what valgrind can't run, an instruction at a time: nunc's kill, crun; some minutes
//   --markdown FILE   replace the numbers in a document, between its marks

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Ffi } from '../src/ffi/port.ts';
import { countByCallgrind } from './bench/callgrind.ts';
import { configOf, MOST_MOUNTS, MOUNT_SOURCE, MOUNT_TARGETS, SERIES } from './bench/growth-series.ts';
import { countGrowth, type InstructionGrowth, isLinear } from './bench/instruction-growth.ts';
import { countInstructions } from './bench/instructions.ts';
import { mountInside, runInside } from './bench/isolation.ts';
import { renderTable, replaceMarked } from './bench/markdown.ts';
import { findProgram, makeRootfs } from './bench/runtimes.ts';
import { openFfi } from './ffi-bun.ts';

const MARKS = {
  begin: '<!-- begin: written by npm run bench:instructions -- --markdown -->',
  end: '<!-- end: written by npm run bench:instructions -->',
};
const ID = 'bench';
const ENVIRONMENT = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'];

interface Place {
  readonly ffi: Ffi;
  readonly directory: string;
  readonly cgroup: string;
  readonly cgroups: 'v1' | 'v2';
  readonly nunc: string;
  /** Whether to step through what valgrind can't run. */
  readonly steps: boolean;
}

interface Count {
  readonly runtime: 'nunc' | 'crun';
  readonly command: string;
  /** Of which process. */
  readonly process: string;
  readonly instructions: number;
}

/** Runs a command line and counts what each process executes. */
type Counter = (argv: readonly string[]) => Pick<Count, 'process' | 'instructions'>[];

/** By valgrind where it can. */
function callgrind(place: Place): Counter {
  return (argv) => {
    const instructions = countByCallgrind(argv, `${place.directory}/logs`);
    if (instructions !== undefined) return [{ process: basename(argv[0] ?? ''), instructions }];
    return place.steps ? stepper(place)(argv) : runUncounted(argv);
  };
}

function runUncounted([program = '', ...args]: readonly string[]): [] {
  execFileSync(program, args, { stdio: 'ignore' });
  return [];
}

/** One instruction after the other, and the container's process until it executes its program. */
function stepper({ ffi }: Place, counts = isRuntime): Counter {
  return (argv) => countInstructions(ffi, { argv, envp: ENVIRONMENT, counts }).map((each) => (
    { process: each.child ? `${each.program}, a child` : each.program, instructions: each.instructions }
  ));
}

/** The shell that begins, and what the container runs, are none. */
function isRuntime(program: string): boolean {
  return !['sh', 'dash', 'bash', 'busybox'].includes(program);
}

function makeBundle(place: Place, name: string, args: string[]): string {
  const { directory, cgroups, cgroup } = place;
  const config = configOf(undefined, 0, { rootfs: `${directory}/rootfs`, cgroups, cgroupsPath: `${cgroup}/${name}` });
  const bundle = `${directory}/bundle-${name}`;
  mkdirSync(bundle, { recursive: true });
  writeFileSync(`${bundle}/config.json`, JSON.stringify({ ...config, process: { ...config.process, args } }));
  return bundle;
}

/** A container's life. */
function countCommands(place: Place, runtime: Count['runtime'], count: Counter): Count[] {
  const call = callOf(place, runtime);
  const pidFile = `${place.directory}/pid`;
  const bundle = makeBundle(place, `${runtime}-sleep`, ['/bin/sleep', '1000000']);
  const counts: Count[] = [];
  const add = (command: string, ...args: readonly string[]): void => {
    process.stderr.write(`${runtime} ${command}\n`);
    counts.push(...count([...call, command, ...args]).map((each) => ({ runtime, command, ...each })));
  };
  add('create', '--bundle', bundle, '--pid-file', pidFile, ID);
  add('state', ID);
  add('start', ID);
  add('kill', ID, 'KILL');
  waitForEnd(Number(readFileSync(pidFile, 'latin1')));
  add('delete', ID);
  return counts;
}

/** What is left to this process, which is pid 1, is reaped by its engine or stays a zombie: dead is enough. */
function waitForEnd(pid: number): void {
  const isAlive = (): boolean => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
    } catch {
      return false;
    }
  };
  while (isAlive()) Bun.sleepSync(1);
}

function callOf({ directory, nunc }: Place, runtime: Count['runtime']): string[] {
  return [runtime === 'nunc' ? nunc : findProgram('crun'), '--root', `${directory}/state-${runtime}`];
}

/** From the birth of what nunc has compiled to the container's program. */
function countInit(place: Place): Count[] {
  process.stderr.write('nunc run, its init\n');
  const bundle = makeBundle(place, 'nunc-true', ['/bin/true']);
  const count = stepper(place, (program) => program.startsWith('memfd:'));
  const counts = count([...callOf(place, 'nunc'), 'run', '--bundle', bundle, ID]);
  return counts.map((each) => ({ runtime: 'nunc', command: 'run', ...each }));
}

function measureInside(place: Place): Count[] {
  const counts = [...countInit(place), ...countCommands(place, 'nunc', callgrind(place))];
  return place.steps ? [...counts, ...countCommands(place, 'crun', stepper(place))] : counts;
}

function makeFiles({ directory }: Place): void {
  const rootfs = `${directory}/rootfs`;
  makeRootfs(rootfs, findProgram('busybox'));
  mkdirSync(rootfs + MOUNT_SOURCE);
  for (let i = 0; i < MOST_MOUNTS; i++) mkdirSync(`${rootfs}${MOUNT_TARGETS}/${i}`, { recursive: true });
}

function shown(instructions: number): string {
  return instructions.toLocaleString('en').replaceAll(',', ' ');
}

function render(counts: readonly Count[], growth: readonly InstructionGrowth[]): string {
  const rows = counts.map(({ runtime, command, process: name, instructions }) => (
    [`${runtime} ${command}, ${name}`, shown(instructions)]
  ));
  const growthRows = growth.map((each) => [
    `nunc create, one of ${each.entries}`, shown(each.first), shown(each.later), isLinear(each) ? 'yes' : 'no',
  ]);
  return [
    renderTable(['', 'instructions'], rows),
    renderTable(['', 'of the first 100', 'of those up to 300', 'linear or better'], growthRows),
  ].join('\n\n');
}

async function main(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: text, nunc: text, markdown: text, step: { type: 'boolean', default: false },
      'inside-directory': text, 'inside-cgroup': text,
    },
  });
  const { json, markdown, 'inside-directory': directory, 'inside-cgroup': cgroup } = values;
  if (directory === undefined || cgroup === undefined) return await runInside(fileURLToPath(import.meta.url), args);
  const ffi = openFfi();
  const cgroups = mountInside(ffi, directory);
  const nunc = resolve(values.nunc ?? fileURLToPath(new URL('../dist/nunc', import.meta.url)));
  const place = { ffi, directory, cgroup, cgroups, nunc, steps: values.step };
  makeFiles(place);
  const counts = measureInside(place);
  const growth = SERIES.map((series) => {
    process.stderr.write(`nunc create, ${series.entries}\n`);
    return countGrowth(place, series);
  });
  const table = render(counts, growth);
  process.stdout.write(`${table}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ format: 1, counts, growth }, undefined, 1)}\n`);
  if (markdown !== undefined) {
    writeFileSync(markdown, replaceMarked(readFileSync(markdown, 'utf8'), `\n${table}\n`, MARKS));
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench-instructions: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
