// An ordinary user for tests of rootless containers: made for the test file, with ranges of subordinate ids, a home and
// a runtime directory; gone when it ends. Knows how to run a runtime as that user.

import { execFileSync } from 'node:child_process';
import {
  chmodSync, chownSync, cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type BundleSpec, type Draft, makeRootfs } from './bundle.ts';
import { type Result, type RunOptions, runProgram, runtimeName } from './runtime.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The first of its subordinate uids, which are COUNT; its subordinate gids are the same numbers. */
  readonly subordinate: number;
  readonly home: string;
  /** XDG_RUNTIME_DIR. */
  readonly runtimeDirectory: string;
  /** The runtime under test, where the user can execute it. */
  readonly program: string;
}

export const COUNT = 65536;

const configured = process.env['RUNTIME'] ?? resolve(import.meta.dirname, '../../dist/nunc');

function succeed(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** useradd(8) gives out subordinate ids on its own only where it is configured to. */
function subordinateIdsOf(name: string): number {
  const first = (file: string): number => {
    const line = readFileSync(file, 'utf8').split('\n').find((entry) => entry.startsWith(`${name}:`));
    return Number(line?.split(':')[1] ?? Number.NaN);
  };
  if (Number.isNaN(first('/etc/subuid'))) succeed('usermod', '--add-subuids', '700000-765535', name);
  if (Number.isNaN(first('/etc/subgid'))) succeed('usermod', '--add-subgids', '700000-765535', name);
  return first('/etc/subuid');
}

/** Like an installed one: others may read all directories on the way. */
function install(directory: string): string {
  if (!configured.startsWith('/')) return configured;
  const program = join(directory, basename(configured));
  try {
    linkSync(configured, program);
  } catch {
    cpSync(configured, program);
  }
  return program;
}

function makeUser(): User {
  const name = `nunc-${process.pid}`;
  const directory = mkdtempSync(join(tmpdir(), 'nunc-user-'));
  chmodSync(directory, 0o755);
  const home = join(directory, 'home');
  succeed('useradd', '--no-create-home', '--home-dir', home, '--user-group', '--shell', '/bin/sh', name);
  const [uid, gid] = [Number(succeed('id', '-u', name)), Number(succeed('id', '-g', name))];
  const runtimeDirectory = join(directory, 'run');
  for (const path of [home, runtimeDirectory]) {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, uid, gid);
  }
  return { name, uid, gid, subordinate: subordinateIdsOf(name), home, runtimeDirectory, program: install(directory) };
}

/** Makes the user of a test file, of whose needs the caller has made sure. */
export function useUser(isPossible: boolean): () => User {
  let user: User | undefined;
  beforeAll(() => {
    if (isPossible) user = makeUser();
  });
  afterAll(() => {
    if (user === undefined) return;
    succeed('userdel', '--force', user.name);
    rmSync(resolve(user.home, '..'), { recursive: true, force: true });
  });
  return () => {
    if (user === undefined) throw new Error('there is no user: its needs are not met');
    return user;
  };
}

export interface UserOptions extends RunOptions {
  /** Put before the change of user: `unshare --mount …`. */
  readonly prefix?: readonly string[];
  /** Environment in addition to, or in place of, the usual one; '' removes a variable. */
  readonly variables?: Readonly<Record<string, string>>;
}

function becoming({ name, home, runtimeDirectory }: User, variables: UserOptions['variables'] = {}): string[] {
  const usual = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_RUNTIME_DIR: runtimeDirectory };
  const environment = Object.entries({ ...usual, ...variables }).filter(([, value]) => value !== '');
  const words = environment.map(([key, value]) => `${key}=${value}`);
  return ['setpriv', '--reuid', name, '--regid', name, '--init-groups', 'env', '-i', ...words];
}

/** Runs a program as the user. */
export function runAs(user: User, argv: readonly string[], options: UserOptions = {}): Promise<Result> {
  const { prefix = [], variables, ...rest } = options;
  return runProgram([...prefix, ...becoming(user, variables), ...argv], { cwd: user.home, ...rest });
}

/** Runs the runtime under test as the user. */
export function runtimeAs(user: User, args: readonly string[], options: UserOptions = {}): Promise<Result> {
  return runAs(user, [user.program, ...args], options);
}

export interface UserBundle {
  readonly directory: string;
  readonly rootfs: string;
  readonly id: string;
  readonly spec: BundleSpec;
}

/** A bundle in the user's home, as `spec --rootless` makes it, that runs a shell script; deleted with its container. */
export async function userBundle(
  user: User,
  script: string,
  change?: (spec: BundleSpec, bundle: UserBundle) => void,
): Promise<UserBundle> {
  const directory = mkdtempSync(join(user.home, 'bundle-'));
  const id = basename(directory);
  onTestFinished(async () => {
    await runtimeAs(user, ['delete', '--force', id]);
    rmSync(directory, { recursive: true, force: true });
  });
  const rootfs = join(directory, 'rootfs');
  makeRootfs(rootfs);
  succeed('chown', '-Rh', `${user.uid}:${user.gid}`, directory);
  const { status, stderr } = await runtimeAs(user, ['spec', '--rootless', '--bundle', directory]);
  if (status !== 0) throw new Error(`spec failed: ${stderr}`);
  const config = join(directory, 'config.json');
  const spec = JSON.parse(readFileSync(config, 'utf8')) as BundleSpec;
  spec.process.terminal = false;
  spec.process.args = ['sh', '-c', script];
  const bundle = { directory, rootfs, id, spec };
  change?.(spec, bundle);
  writeFileSync(config, JSON.stringify(spec));
  return bundle;
}

/** Runs a bundle in the foreground. */
export function runBundleAs(user: User, bundle: UserBundle, options: UserOptions = {}): Promise<Result> {
  return runtimeAs(user, ['run', '--bundle', bundle.directory, bundle.id], options);
}

/** Runs a script in a rootless container and expects it to succeed. @returns what it printed */
export async function askAs(
  user: User,
  script: string,
  change?: (spec: BundleSpec, bundle: UserBundle) => void,
  options: UserOptions = {},
): Promise<string> {
  const { status, stdout, stderr } = await runBundleAs(user, await userBundle(user, script, change), options);
  if (status !== 0) throw new Error(`the container ended with ${String(status)}: ${stderr}${stdout}`);
  return stdout.trimEnd();
}

/** Root is the user, all other ids are its subordinate ones. */
export function mapRanges({ uid, gid, subordinate }: User, spec: Draft<BundleSpec>): void {
  const rest = { containerID: 1, hostID: subordinate, size: COUNT };
  spec.linux.uidMappings = [{ containerID: 0, hostID: uid, size: 1 }, rest];
  spec.linux.gidMappings = [{ containerID: 0, hostID: gid, size: 1 }, rest];
}

/** What the user has in its state directory. */
export function stateDirectory(user: User): string {
  return join(user.runtimeDirectory, runtimeName);
}

