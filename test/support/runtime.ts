// Runs the runtime under test: dist/nunc, or what RUNTIME names (runc, crun, or a path). Knows nothing of bundles.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { onTestFinished,TestRunner } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
/** The program under test: a name or a path. */
export const configured = process.env['RUNTIME'] ?? join(project, 'dist/nunc');

/** nunc, runc, crun, …: the name of the runtime under test. */
export const runtimeName = basename(configured).replace(/\.mjs$/, '');

/** Whether systemd makes the cgroups of the containers under test, or the runtime itself. Set by
 * `scripts/test-vm.sh --systemd`, where systemd is pid 1. */
export const isSystemdManaged = process.env['CGROUP_MANAGER'] === 'systemd';

export interface Result {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  /** Leaves standard input to the caller (`child.stdin`). */
  readonly keepInputOpen?: boolean;
  /** A file to which both outputs are appended, for containers that write after the command has ended. The Result has
   * none of it. */
  readonly output?: string;
  /** The whole environment; that of the test by default. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** In milliseconds; SIGKILL ends what takes longer. 30 s by default. */
  readonly timeout?: number;
}

export interface RuntimeOptions extends RunOptions {
  /** --root; a directory of the running test's own by default. */
  readonly root?: string;
  /** Another runtime than the one under test, to compare with. */
  readonly program?: string;
  /** Put before the runtime: `sh -c 'exec "$@" 3</dir' sh`. */
  readonly prefix?: readonly string[];
}

export interface Running {
  readonly child: ChildProcess;
  /** Settles when the program has ended; rejects when it can't be started. */
  readonly ended: Promise<Result>;
}

/** How long output may stay open after the exit, in milliseconds: a container that outlives the command holds it open
 * for ever, but what the command itself has written is still on its way. */
const OUTPUT_GRACE = 50;

function endOf(child: ChildProcess): Promise<Result> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((done, failed) => {
    const finish = (status: number | null, signal: NodeJS.Signals | null): void => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      done({ status, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    };
    child.once('error', failed);
    child.once('close', finish);
    // Not in the timer itself: on a busy machine it comes before what has been in the pipes for long is read.
    child.once('exit', (status, signal) => {
      setTimeout(() => setImmediate(() => finish(status, signal)), OUTPUT_GRACE);
    });
  });
}

/** Starts a program, for tests that do something while it runs. */
export function startProgram(argv: readonly string[], options: RunOptions = {}): Running {
  const [program = '', ...args] = argv;
  const output = options.output === undefined ? 'pipe' : openSync(options.output, 'a');
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['pipe', output, output],
    timeout: options.timeout ?? 30_000,
    killSignal: 'SIGKILL',
  });
  if (output !== 'pipe') closeSync(output);
  // A program that does not read its input closes the pipe early.
  child.stdin?.on('error', () => undefined);
  if (!options.keepInputOpen) child.stdin?.end(options.input ?? '');
  return { child, ended: endOf(child) };
}

/** Runs a program to its end, with everything it has written. @throws Error when it can't be started. */
export function runProgram(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
  return startProgram(argv, options).ended;
}

/** crun refuses hosts with v1 and v2 (managers.md): it runs in a mount namespace where the v2 tree is covered. */
const crunOnHybrid = `if mountpoint -q /sys/fs/cgroup/unified; then mount -t tmpfs tmpfs /sys/fs/cgroup/unified; fi
exec crun "$@"`;

/** The command line of a runtime (the one under test) without its arguments. */
export function commandOf(program: string = configured): string[] {
  if (program === 'crun') return ['unshare', '--mount', 'sh', '-c', crunOnHybrid, 'crun'];
  return program.endsWith('.mjs') ? [process.execPath, program] : [program];
}

/** The global options of whatever runtime, for a --root. */
export function globalOptions(root: string): string[] {
  return ['--root', root, ...(isSystemdManaged ? ['--systemd-cgroup'] : [])];
}

/** Starts the runtime under test; the global options are added. */
export function startRuntime(args: readonly string[], options: RuntimeOptions = {}): Running {
  const { program = configured, prefix = [], root = stateRoot() } = options;
  return startProgram([...prefix, ...commandOf(program), ...globalOptions(root), ...args], options);
}

/** Runs the runtime under test: `runtime(['state', id])`. */
export function runtime(args: readonly string[], options: RuntimeOptions = {}): Promise<Result> {
  return startRuntime(args, options).ended;
}

const roots = new WeakMap<object, string>();

/** The running test's private --root. When the test ends its containers are deleted, then the directory. */
export function stateRoot(): string {
  const current = TestRunner.getCurrentTest();
  if (current === undefined) throw new Error('stateRoot() is for use within a test; elsewhere pass a root');
  const known = roots.get(current);
  if (known !== undefined) return known;
  const root = mkdtempSync(join(tmpdir(), 'nunc-root-'));
  roots.set(current, root);
  onTestFinished(() => removeStateRoot(root));
  return root;
}

/** Deletes whatever containers are left in a --root, and the directory. */
export async function removeStateRoot(root: string, program: string = configured): Promise<void> {
  const entries = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of entries) await runtime(['delete', '--force', name], { root, program });
  rmSync(root, { recursive: true, force: true });
}
