// Measures `podman run --rm` and `ctr run --rm` with nunc, runc and crun, as root, with Debian's packages of the
// managers:
//
//   bun scripts/bench-managers.ts [--rounds N] [--managers podman,ctr]
//
// prints a table of wall time and of the CPU time of everything that the command sets in motion: the manager's client,
// conmon or the shim and containerd, the runtime, the container, the cleanup. That is taken from a cgroup around all of
// it (version 1: cpuacct), once the last process has ended. The runtimes take turns within each round.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mountInside, runInside } from './bench/isolation.ts';
import { renderTable } from './bench/markdown.ts';
import { rotate } from './bench/measure.ts';
import { findProgram, makeRootfs } from './bench/runtimes.ts';
import { type Spread, spreadOf } from './bench/statistics.ts';
import { openFfi } from './ffi-bun.ts';

/** In milliseconds: what is to be over by then is over in a tenth of it, on a busy machine. */
const PATIENCE = 60_000;
const POLL = 2;
const MANAGERS = ['podman', 'ctr'] as const;
const RUNTIMES = ['nunc', 'runc', 'crun'] as const;
const ACCOUNTS = '/sys/fs/cgroup/cpuacct';

type Manager = (typeof MANAGERS)[number];
type RuntimeName = (typeof RUNTIMES)[number];

interface Place {
  readonly directory: string;
  readonly cgroup: string;
}

interface Measured {
  readonly wall: number;
  readonly cpu: number;
}

/** The command line of one run with each runtime. */
type Commands = Readonly<Record<RuntimeName, readonly string[]>>;

const programs: Readonly<Record<RuntimeName, () => string>> = {
  nunc: () => resolve(fileURLToPath(new URL('../dist/nunc', import.meta.url))),
  runc: () => findProgram('runc'),
  crun: () => findProgram('crun'),
};

/** Runs a command in the cgroup whose time is taken. */
function accounted({ cgroup }: Place, argv: readonly string[]): string[] {
  return ['/bin/sh', '-c', `echo 0 >"${ACCOUNTS}${cgroup}/tools/cgroup.procs"; exec "$@"`, 'sh', ...argv];
}

function succeed(argv: readonly string[]): void {
  const [program = '', ...args] = argv;
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`"${argv.join(' ')}" ended with ${String(status)}: ${stderr.trim()}`);
}

/** What there is in the cgroup of the manager, which in time is what there was before the command. */
function toolsIn({ cgroup }: Place): number {
  return readFileSync(`${ACCOUNTS}${cgroup}/tools/cgroup.procs`, 'utf8').split('\n').length;
}

function waitUntil(what: string, condition: () => boolean): void {
  for (const end = Date.now() + PATIENCE; !condition(); ) {
    if (Date.now() > end) throw new Error(`${what} takes more than ${PATIENCE / 1000} s`);
    Bun.sleepSync(POLL);
  }
}

/** In milliseconds. */
function cpuTime({ cgroup }: Place): number {
  return Number(readFileSync(`${ACCOUNTS}${cgroup}/cpuacct.usage`, 'utf8')) / 1e6;
}

function measure(place: Place, argv: readonly string[]): Measured {
  const [before, processes] = [cpuTime(place), toolsIn(place)];
  const start = performance.now();
  succeed(accounted(place, argv));
  const wall = performance.now() - start;
  waitUntil('the cleanup', () => toolsIn(place) <= processes);
  return { wall, cpu: cpuTime(place) - before };
}

function makeImage({ directory }: Place): string {
  const rootfs = `${directory}/rootfs`;
  makeRootfs(rootfs, findProgram('busybox'));
  const tar = `${directory}/image.tar`;
  succeed(['tar', '-C', rootfs, '-cf', tar, '.']);
  return tar;
}

function commandsOf(make: (runtime: string) => readonly string[]): Commands {
  const { nunc, runc, crun } = programs;
  return { nunc: make(nunc()), runc: make(runc()), crun: make(crun()) };
}

function preparePodman(place: Place): Commands {
  const { directory, cgroup } = place;
  const configuration = `${directory}/containers.conf`;
  writeFileSync(configuration, `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
lock_type = "file"
events_logger = "file"
runtime_supports_json = ["nunc", "runc", "crun"]
`);
  const places = ['root', 'runroot', 'tmpdir'].flatMap((name) => [`--${name}`, `${directory}/podman/${name}`]);
  const podman = ['env', `CONTAINERS_CONF=${configuration}`, 'podman', ...places, '--cgroup-manager=cgroupfs'];
  succeed([...podman, 'import', makeImage(place), 'localhost/bench']);
  const options = ['--rm', '--network=none', `--cgroup-parent=${cgroup}/podman`];
  return commandsOf((runtime) => [...podman, '--runtime', runtime, 'run', ...options, 'localhost/bench', '/bin/true']);
}

/** ctr runs a root file system as it is: no image is needed, and no snapshot is made. */
function prepareCtr(place: Place): Commands {
  const { directory, cgroup } = place;
  const socket = `${directory}/containerd.sock`;
  const rootfs = `${directory}/rootfs`;
  if (!existsSync(rootfs)) makeRootfs(rootfs, findProgram('busybox'));
  writeFileSync(`${directory}/containerd.toml`, `version = 2
root = "${directory}/containerd/root"
state = "${directory}/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
address = "${socket}"
`);
  const [program = '', ...args] = accounted(place, ['containerd', '--config', `${directory}/containerd.toml`]);
  spawn(program, args, { stdio: 'ignore' });
  const ctr = ['ctr', '--address', socket];
  waitUntil('the start of containerd', () => spawnSync('ctr', [...ctr.slice(1), 'version']).status === 0);
  const options = ['--rm', '--rootfs', '--cgroup', `${cgroup}/ctr`];
  return commandsOf((runtime) => [
    ...ctr, 'run', ...options, '--runc-binary', linkTo(place, runtime), rootfs, basename(runtime), '/bin/true',
  ]);
}

/** The shim wants an absolute path, and leaves runc's place alone. */
function linkTo({ directory }: Place, runtime: string): string {
  const link = `${directory}/${basename(runtime)}`;
  if (!existsSync(link)) symlinkSync(runtime, link);
  return link;
}

const preparations: Readonly<Record<Manager, (place: Place) => Commands>> = { podman: preparePodman, ctr: prepareCtr };

/** Everything once before it counts: files are in memory then. */
function measureManager(place: Place, commands: Commands, rounds: number): Map<RuntimeName, Measured[]> {
  const results = new Map<RuntimeName, Measured[]>(RUNTIMES.map((name) => [name, []]));
  for (const name of RUNTIMES) measure(place, commands[name]);
  for (let round = 0; round < rounds; round++) {
    for (const name of rotate(RUNTIMES, round)) results.get(name)?.push(measure(place, commands[name]));
  }
  return results;
}

function rowsOf(manager: Manager, results: ReadonlyMap<RuntimeName, readonly Measured[]>): string[][] {
  const shown = ({ median, lowerQuartile, upperQuartile }: Spread): string => (
    `**${median.toFixed(0)}** (${lowerQuartile.toFixed(0)}–${upperQuartile.toFixed(0)})`
  );
  return (['wall', 'cpu'] as const).map((kind) => {
    const of = (name: RuntimeName): Spread => spreadOf((results.get(name) ?? []).map((each) => each[kind]));
    const [nunc, runc, crun] = [of('nunc'), of('runc'), of('crun')];
    const ratios = [runc, crun].map(({ median }) => (nunc.median / median).toFixed(2));
    return [`${manager} run --rm, ${kind} ms`, shown(nunc), shown(runc), shown(crun), ...ratios];
  });
}

function measureInside(place: Place, managers: readonly Manager[], rounds: number): void {
  mkdirSync(`${ACCOUNTS}${place.cgroup}/tools`, { recursive: true });
  const rows = managers.flatMap((manager) => (
    rowsOf(manager, measureManager(place, preparations[manager](place), rounds))
  ));
  const header = ['', 'nunc', 'runc', 'crun', 'nunc ÷ runc', 'nunc ÷ crun'];
  process.stdout.write(`${rounds} rounds; medians and quartiles\n\n${renderTable(header, rows)}\n`);
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '20' },
      managers: { type: 'string', default: MANAGERS.join() },
      'inside-directory': { type: 'string' },
      'inside-cgroup': { type: 'string' },
    },
  });
  if (!existsSync(ACCOUNTS)) throw new Error(`cannot take CPU time from "${ACCOUNTS}": no such file or directory`);
  const managers = MANAGERS.filter((name) => values.managers.split(',').includes(name));
  const { 'inside-directory': directory, 'inside-cgroup': cgroup } = values;
  if (directory === undefined || cgroup === undefined) return await runInside(fileURLToPath(import.meta.url), args);
  mountInside(openFfi(), directory);
  measureInside({ directory, cgroup }, managers, Number(values.rounds));
  // With it everything in the pid namespace.
  return 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`bench-managers: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
