// Finds the smallest memory limit with which a container of a static program (busybox true) runs, for nunc, runc and
// crun: by bisection, in steps of a page, and then upwards until 20 of 20 containers end well. As root:
//
//   bun scripts/bench-memory.ts                                    prints the table
//   bun scripts/bench-memory.ts --markdown docs/performance.md     puts it between the marks for this host's cgroups
//   scripts/vmtest.sh --timeout 3600 -- node_modules/.bin/bun scripts/bench-memory.ts     the same with cgroup v2
//
// (User-mode Linux is no place for it: its kernel does not survive an execve(2) that there is no memory for.)
// The program's pages are on a tmpfs of the benchmark's own, so that no container pays for them.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { configTemplate } from '../src/config/template.ts';
import type { Spec } from '../src/config/types.ts';
import { mountInside, runInside } from './bench/isolation.ts';
import { renderTable, replaceMarked } from './bench/markdown.ts';
import { findProgram, makeRootfs } from './bench/runtimes.ts';
import { openFfi } from './ffi-bun.ts';

const PAGE = 4096;
const LARGEST = 16 * 1024 * 1024;
const TRIES_WHILE_SEARCHING = 3;
const TRIES_AT_LAST = 20;
/** In milliseconds; a runtime that waits for memory waits for ever. */
const PATIENCE = 10_000;

const CONFIGS = ['spec', 'minimal'] as const;
type Config = (typeof CONFIGS)[number];

/** Runs the program once under a limit in bytes. @returns whether it went well */
type Attempt = (limit: number) => boolean;

interface Place {
  readonly directory: string;
  readonly cgroup: string;
  readonly version: 'v1' | 'v2';
}

let containers = 0;

function run(argv: readonly string[]): boolean {
  const [program = '', ...args] = argv;
  return spawnSync(program, args, { stdio: 'ignore', timeout: PATIENCE, killSignal: 'SIGKILL' }).status === 0;
}

/** What `spec` writes, or next to nothing: a mount and a pid namespace, and /proc, which runc needs. */
function configOf(config: Config, { version }: Place): Spec {
  const spec = configTemplate({ rootless: false, uid: 0, gid: 0, cgroup2: version === 'v2' });
  if (config === 'spec') return spec;
  const { process, root } = spec;
  return {
    ociVersion: spec.ociVersion,
    ...(process === undefined ? {} : { process }),
    ...(root === undefined ? {} : { root }),
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }] },
  };
}

function attemptWith(runtime: string, config: Config, place: Place): Attempt {
  const spec = configOf(config, place);
  const bundle = `${place.directory}/bundle`;
  mkdirSync(bundle, { recursive: true });
  return (limit) => {
    const id = `c${++containers}`;
    writeFileSync(`${bundle}/config.json`, JSON.stringify({
      ...spec,
      // crun 1.8 refuses 1.3.0; nothing here is newer than this.
      ociVersion: '1.0.2',
      process: { ...spec.process, args: ['/bin/busybox', 'true'], terminal: false },
      root: { path: `${place.directory}/rootfs` },
      linux: {
        ...spec.linux,
        cgroupsPath: `${place.cgroup}/${id}`,
        resources: { ...spec.linux?.resources, memory: { limit } },
      },
    }));
    const call = [runtime, '--root', `${place.directory}/state`];
    const ok = run([...call, 'run', '--bundle', bundle, id]);
    if (!ok) run([...call, 'delete', '--force', id]);
    return ok;
  };
}

/** The program without a container, executed by a shell that has joined the cgroup. */
function attemptAlone({ directory, cgroup, version }: Place): Attempt {
  const hierarchy = version === 'v1' ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  const own = `${hierarchy}${cgroup}/alone`;
  const program = `${directory}/rootfs/bin/busybox`;
  return (limit) => {
    mkdirSync(own, { recursive: true });
    if (version === 'v2') {
      for (const path of [hierarchy, hierarchy + cgroup]) writeFileSync(`${path}/cgroup.subtree_control`, '+memory');
    }
    writeFileSync(`${own}/${version === 'v1' ? 'memory.limit_in_bytes' : 'memory.max'}`, String(limit));
    const ok = run([program, 'sh', '-c', `echo 0 >${own}/cgroup.procs && exec ${program} true`]);
    rmdirSync(own);
    return ok;
  };
}

function holds(attempt: Attempt, limit: number, tries: number): boolean {
  for (let i = 0; i < tries; i++) if (!attempt(limit)) return false;
  return true;
}

/** @returns KiB @throws Error when no limit will do */
function smallest(what: string, attempt: Attempt): number {
  if (!attempt(LARGEST)) throw new Error(`${what} does not run even with ${LARGEST} bytes`);
  let [low, high] = [0, LARGEST];
  while (high - low > PAGE) {
    const middle = Math.floor((low + high) / 2 / PAGE) * PAGE;
    if (holds(attempt, middle, TRIES_WHILE_SEARCHING)) high = middle;
    else low = middle;
  }
  while (!holds(attempt, high, TRIES_AT_LAST)) high += PAGE;
  console.error(`${what}: ${high / 1024} KiB`);
  return high / 1024;
}

function measure(place: Place, nunc: string): string {
  makeRootfs(`${place.directory}/rootfs`, findProgram('busybox'));
  const alone = String(smallest('busybox', attemptAlone(place)));
  const runtimes = [['nunc', nunc], ['crun', findProgram('crun')], ['runc', findProgram('runc')]] as const;
  const rows = runtimes.map(([name, path]) =>
    [name, ...CONFIGS.map((config) => String(smallest(`${name}, ${config}`, attemptWith(path, config, place))))]);
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  rows.push(['(a shell that executes `true`)', alone, alone]);
  const table = renderTable(['', 'what `spec` writes', 'minimal'], rows);
  return `KiB, cgroup ${place.version}, Linux ${kernel}:\n\n${table}`;
}

function publish(text: string, version: string, markdown: string | undefined): void {
  if (markdown === undefined) {
    console.log(text);
    return;
  }
  const name = `written by bun scripts/bench-memory.ts --markdown, ${version}`;
  const marks = { begin: `<!-- begin: ${name} -->`, end: `<!-- end: ${name} -->` };
  writeFileSync(markdown, replaceMarked(readFileSync(markdown, 'utf8'), `\n${text}\n`, marks));
}

const { values } = parseArgs({
  options: {
    markdown: { type: 'string' },
    nunc: { type: 'string' },
    'inside-directory': { type: 'string' },
    'inside-cgroup': { type: 'string' },
  },
});
const { 'inside-directory': directory, 'inside-cgroup': cgroup } = values;
if (directory === undefined || cgroup === undefined) {
  process.exitCode = await runInside(fileURLToPath(import.meta.url), process.argv.slice(2));
} else {
  const nunc = values.nunc ?? fileURLToPath(new URL('../dist/nunc', import.meta.url));
  if (!existsSync(nunc)) throw new Error(`${nunc} is not built`);
  const version = mountInside(openFfi(), directory);
  publish(measure({ directory, cgroup, version }, nunc), version, values.markdown);
}
