// Words for docker's cases: run a box, start one, look at one, what a refusal says. Knows docker's client, no runtime.

import { eventually } from '../../support/lifecycle.ts';
import { type SessionOptions, startAtTerminal, type TerminalSession } from '../../support/pty.ts';
import { type Result, type Running, type RunOptions, runProgram, startProgram } from '../../support/runtime.ts';
import type { Case, ManagerClient } from '../battery.ts';
import type { Daemon } from './daemon.ts';

/** The image: busybox, without any settings. */
export const IMAGE = 'box';

export type Docker = Daemon & ManagerClient;

/** What a command has said, without the line breaks around it. */
export interface Answer {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

export function answerOf({ status, stdout, stderr }: Result): Answer {
  return { status, out: stdout.trim(), error: stderr.trim() };
}

/** Runs the client and expects it to succeed. @returns what it printed */
export async function succeed(docker: Docker, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, out, error } = answerOf(await docker.docker(args, options));
  if (status !== 0) throw new Error(`docker ${args.join(' ')} ended with ${status}: ${error || out}`);
  return out;
}

/** Runs a script in a container, without a network if none is chosen, which is the quickest. It may show failures of
 * commands in its output; that of its last one is of no account. @returns its lines */
export async function box(docker: Docker, options: readonly string[], script: string): Promise<string[]> {
  const out = await succeed(docker, ['run', '--rm', '--network', 'none', ...options, IMAGE, 'sh', '-c',
    `${script}\ntrue`]);
  return out.split('\n');
}

/** The same whatever comes of it, with other arguments after the image if need be. */
export async function tryBox(docker: Docker, options: readonly string[], ...command: string[]): Promise<Answer> {
  return answerOf(await docker.docker(['run', '--rm', '--network', 'none', ...options, IMAGE, ...command]));
}

/** Starts a container in the background, without a network if none is chosen. @returns its id */
export function start(docker: Docker, name: string, options: readonly string[], script = SLEEP): Promise<string> {
  const network = options.includes('--network') ? [] : ['--network', 'none'];
  return succeed(docker, ['run', '--detach', '--name', name, ...network, ...options, IMAGE, 'sh', '-c', script]);
}

/** Sleeps until SIGTERM comes, which pid 1 gets only when it asks for it. */
const SLEEP = 'trap "exit 0" TERM; sleep 1000 & wait';

/** Runs a script in a running container. @returns its lines */
export async function inside(docker: Docker, name: string, script: string): Promise<string[]> {
  return (await succeed(docker, ['exec', name, 'sh', '-c', script])).split('\n');
}

/** A part of what `docker inspect` has, such as `.State.OOMKilled`. */
export async function inspect(docker: Docker, name: string, part: string): Promise<unknown> {
  return JSON.parse(await succeed(docker, ['inspect', '--format', `{{json ${part}}}`, name])) as unknown;
}

/** Waits until a part of `docker inspect` is as wanted. */
export async function becomes(docker: Docker, name: string, part: string, wanted: unknown): Promise<void> {
  await eventually(() => inspect(docker, name, part), (value) => value === wanted, 30_000);
}

/** Waits until a container has written something. @returns all that it has written */
export function logged(docker: Docker, name: string, wanted: string): Promise<string> {
  return eventually(() => succeed(docker, ['logs', name]), (text) => text.includes(wanted), 30_000);
}

/** Runs a program in the namespaces of the daemon. @returns its output */
export async function onMachine(docker: Docker, script: string): Promise<string> {
  const { status, out, error } = answerOf(await runProgram([...docker.machine.prefix, 'sh', '-c', script]));
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${error}`);
  return out;
}

/** Starts the client, for what happens while it runs. */
export function startClient(docker: Docker, args: readonly string[], options: RunOptions = {}): Running {
  return startProgram(['/usr/bin/docker', ...args], { timeout: 60_000, ...options, env: docker.environment });
}

/** Starts the client at a terminal. */
export function atTerminal(docker: Docker, args: readonly string[], options: SessionOptions = {}): TerminalSession {
  const environment = Object.entries(docker.environment).map(([name, value]) => `${name}=${value}`);
  return startAtTerminal(['env', ...environment, '/usr/bin/docker', ...args], options);
}

/** The words of a refusal that engines and their users go by; what is around them is the runtime's own. */
const REASONS = [
  'executable file not found in $PATH', 'permission denied', 'no such file or directory', 'not a directory',
  'operation not permitted', 'is not running', 'is paused', 'is already paused', 'is not paused', 'is already in use',
  'invalid argument', 'exec format error', 'non running container',
];

/** A refusal's exit status and reasons. */
export function refusalOf({ status, error }: Answer): { status: number | null; reasons: string[] } {
  const reasons = REASONS.filter((reason) => error.toLowerCase().includes(reason.toLowerCase()));
  if (status === 0 || reasons.length === 0) throw new Error(`not refused as expected: ${status} ${error}`);
  return { status, reasons };
}

/** The container's directory in a cgroup hierarchy of version 1, or in the only one of version 2. */
const FIND_CGROUP = `of() { for place in /sys/fs/cgroup/$1 /sys/fs/cgroup; do
  [ ! -d "$place$parent/$id" ] || { echo "$place$parent/$id"; return; }; done; }`;

/** Contents of a container's cgroup files, by name: `memory/memory.limit_in_bytes`. null for one that is not there. */
export async function cgroupFiles(
  docker: Docker,
  id: string,
  files: readonly string[],
): Promise<Record<string, string | null>> {
  const script = `parent=${docker.places.cgroupParent} id=${id}; ${FIND_CGROUP}
for file in ${files.join(' ')}; do cat "$(of "\${file%%/*}")/\${file#*/}" 2>/dev/null || echo -; done`;
  const lines = (await onMachine(docker, script)).split('\n');
  return Object.fromEntries(files.map((file, index) => [file, lines[index] === '-' ? null : lines[index] ?? null]));
}

type Details = Omit<Case<Docker>, 'name' | 'run'>;

/** Removes every container, so that names can be used again. */
async function clear(docker: Docker): Promise<void> {
  const ids = (await succeed(docker, ['ps', '--all', '--quiet'])).split('\n').filter(Boolean);
  if (ids.length > 0) await succeed(docker, ['rm', '--force', '--volumes', ...ids]);
}

/** A case after which no container remains, whatever came of it. */
export function dockerCase(
  name: string,
  run: (docker: Docker) => Promise<unknown>,
  details: Details = {},
): Case<Docker> {
  const runAndClear = async (docker: Docker): Promise<unknown> => {
    try {
      return await run(docker);
    } finally {
      await clear(docker);
    }
  };
  return { ...details, name, run: runAndClear };
}

/** A case that `npm test` leaves out: MANAGERS_ALL=1 runs it. */
export function slowCase(
  name: string,
  run: (docker: Docker) => Promise<unknown>,
  details: Details = {},
): Case<Docker> {
  return dockerCase(name, run, { ...details, slow: true });
}
