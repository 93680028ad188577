// A containerd that nobody else on the machine sees: in a mount, a network and a pid namespace of its own, with private
// roots, a private socket and a cgroup of its own. Whatever happens, it ends with the test's process, and everything in
// its namespaces with it; therefore what it left must be looked for before (remains.ts).

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/lifecycle.ts';
import { type Result, type RunOptions,runProgram } from '../../support/runtime.ts';
import { makePlaces, type Places } from '../places.ts';
import type { RuntimeName } from '../verdict.ts';
import { configure, type Paths, pathsIn } from './configuration.ts';
import { makeImageArchive } from './image.ts';

export interface SandboxProcess {
  /** On the host. */
  readonly pid: number;
  /** In the sandbox, as containerd and the runtimes know it. */
  readonly inner: number;
  readonly parent: number;
  readonly args: readonly string[];
}

export interface Sandbox {
  readonly runtime: RuntimeName;
  readonly places: Places;
  readonly paths: Paths;
  /** The command line of a program that runs among the daemon's mounts and network devices. */
  readonly command: (argv: readonly string[]) => string[];
  readonly run: (argv: readonly string[], options?: RunOptions) => Promise<Result>;
  readonly processes: () => SandboxProcess[];
  /** The pids of those whose command line holds a text: faster than to look at all. */
  readonly find: (matches: (args: readonly string[]) => boolean) => number[];
  /** The host's way to the sandbox's root directory, and with it to its mounts. */
  readonly root: string;
  readonly mountinfo: () => string;
  readonly stop: () => Promise<void>;
}

/** What a read of /proc gives; undefined when the process is gone. */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function inspect(pid: number): SandboxProcess | undefined {
  const status = tryRead(() => readFileSync(`/proc/${pid}/status`, 'utf8'));
  const args = tryRead(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  if (status === undefined || args === undefined) return undefined;
  const numbers = (field: string): number[] => (
    (new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).map(Number)
  );
  return {
    pid,
    // In containers with a pid namespace of their own more numbers follow.
    inner: numbers('NSpid')[1] ?? 0,
    parent: numbers('PPid')[0] ?? 0,
    args: args.split('\0').slice(0, -1),
  };
}

/** The processes below one, in whatever pid namespaces: orphans stay below the first process of theirs. */
function processesBelow(init: number): SandboxProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const all = pids.map(inspect).filter((found) => found !== undefined);
  const below = new Set([init]);
  for (let before = 0; before < below.size; ) {
    before = below.size;
    for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
  }
  return all.filter(({ pid }) => pid !== init && below.has(pid));
}

function parentOf(pid: number): number {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? '';
  // The name in parentheses may hold anything.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

function isBelow(pid: number, init: number): boolean {
  for (let at = parentOf(pid); at > 0; at = parentOf(at)) if (at === init) return true;
  return false;
}

function findBelow(init: number, matches: (args: readonly string[]) => boolean): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const argsOf = (pid: number): string[] => (
    tryRead(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.split('\0').slice(0, -1) ?? []
  );
  return pids.filter((pid) => matches(argsOf(pid)) && isBelow(pid, init));
}

function startDaemon({ paths, log }: { paths: Paths; log: string }): ChildProcess {
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const script = join(import.meta.dirname, 'sandbox.sh');
  const output = openSync(log, 'a');
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', script, paths.config, paths.log], {
    env: { ...process.env, PATH: `${paths.bin}:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', output, output],
  });
}

/** The host's pid of the first process in the sandbox. */
function initOf(unshare: number): Promise<number> {
  const children = (): string => readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim();
  return eventually(() => Number(tryRead(children)), (pid) => pid > 0);
}

async function importImages({ run, paths, places }: Sandbox): Promise<void> {
  const archive = makeImageArchive(places.directory);
  for (const namespace of ['default', 'k8s.io']) {
    const { status, stderr } = await run(['ctr', '-a', paths.socket, '-n', namespace, 'image', 'import', archive]);
    if (status !== 0) throw new Error(`cannot import "${archive}": ${stderr}`);
  }
}

/** Waits until the daemon answers; what it says is in paths.log. */
export async function daemonAnswers({ run, paths }: Sandbox): Promise<void> {
  const version = ['ctr', '-a', paths.socket, '--connect-timeout', '1s', 'version'];
  await eventually(async () => (await run(version)).status, (status) => status === 0);
}

/** Starts a containerd for one of the runtimes, with the images imported. */
export async function startSandbox(runtime: RuntimeName): Promise<Sandbox> {
  const places = makePlaces('containerd');
  const paths = pathsIn(places.directory);
  configure(places, runtime);
  const daemon = startDaemon({ paths, log: join(places.directory, 'sandbox.log') });
  const ended = new Promise((done) => { daemon.once('close', done); });
  if (daemon.pid === undefined) throw new Error('cannot start "setpriv": it is not there');
  const init = await initOf(daemon.pid);
  // A program in another pid namespace is a child of nsenter's, and ends with it when that is killed.
  const command = (argv: readonly string[]): string[] => (
    ['nsenter', `--target=${init}`, '--mount', '--net', '--pid', 'setpriv', '--pdeathsig', 'KILL', ...argv]
  );
  const stop = async (): Promise<void> => {
    daemon.kill('SIGKILL');
    await ended;
    places.remove();
  };
  const run: Sandbox['run'] = (argv, options) => runProgram(command(argv), options);
  const processes = (): SandboxProcess[] => processesBelow(init);
  const mountinfo = (): string => readFileSync(`/proc/${init}/mountinfo`, 'utf8');
  const find: Sandbox['find'] = (matches) => findBelow(init, matches);
  const root = `/proc/${init}/root`;
  const sandbox = { runtime, places, paths, command, run, processes, find, root, mountinfo, stop };
  try {
    // Not before: nsenter would come too early, into namespaces that are still the host's.
    await eventually(() => mountinfo(), (text) => text.includes(' /var/lib '));
    await daemonAnswers(sandbox);
    await importImages(sandbox);
  } catch (error) {
    await stop();
    throw error;
  }
  return sandbox;
}
