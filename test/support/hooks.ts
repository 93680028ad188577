// Hooks that write down what they see, for tests: on the host and in the container they append to the same file of the
// bundle. Knows nothing of what is right.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hook as ConfigHook, Hooks } from '../../src/config/types.ts';
import type { Bundle, BundleSpec, Draft } from './bundle.ts';

export type HookName = keyof Hooks;
export type Hook = Draft<ConfigHook>;

export const HOOK_NAMES = [
  'prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop',
] as const satisfies readonly HookName[];

/** The state that a hook is given. */
export interface Told {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: string;
  readonly pid?: number;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What one hook has written. */
export interface HookRecord {
  readonly name: string;
  readonly told: Told;
  readonly cwd: string;
  /** `id -u`, `id -g`. */
  readonly user: string;
  /** The namespaces by the names of /proc/self/ns. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** Whether the bundle's directory can be seen, and a file that only the rootfs has. */
  readonly seesHost: boolean;
  readonly seesContainer: boolean;
  /** Names of the environment's variables, sorted, but those that a shell makes itself. */
  readonly environment: readonly string[];
}

/** Where the file is inside the container. */
const INSIDE = '/hook-log';
const ONLY_INSIDE = '/only-inside';
const SHELL_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL', '_'];

const MARK = '=#=';

function recordScript(name: string, log: string, bundle: string): string {
  const parts = [
    `echo "${MARK}${name}"`, 'cat; echo', 'pwd', 'echo "$(id -u) $(id -g)"',
    'for n in /proc/self/ns/*; do echo "${n##*/}=$(readlink $n)"; done | tr "\\n" " "; echo',
    `test -e ${bundle}/config.json && echo yes || echo no`, `test -e ${ONLY_INSIDE} && echo yes || echo no`,
    'env | sed "s/=.*//" | tr "\\n" " "; echo',
  ];
  return `exec >>${log} 2>&1; ${parts.join('; ')}`;
}

/** A hook that writes down what it sees. */
export function recorder({ directory }: Pick<Bundle, 'directory'>, name: string): Hook {
  const log = name.startsWith('startContainer') ? INSIDE : logOf({ directory });
  return { path: '/bin/sh', args: ['sh', '-c', recordScript(name, log, directory)] };
}

function logOf({ directory }: Pick<Bundle, 'directory'>): string {
  return join(directory, 'hook-log');
}

/** Prepares a bundle for recorders. */
export function openLog({ directory, rootfs, spec }: Bundle): void {
  writeFileSync(logOf({ directory }), '');
  // Also for hooks of another user.
  chmodSync(logOf({ directory }), 0o666);
  // Made here, because root of a user namespace could not.
  for (const path of [INSIDE, ONLY_INSIDE]) writeFileSync(join(rootfs, path), '');
  spec.root.readonly = false;
  spec.mounts.push({ destination: INSIDE, type: 'bind', source: logOf({ directory }), options: ['bind', 'rw'] });
}

/** Gives the spec one recorder for each name. */
export function recordAll(spec: BundleSpec, bundle: Bundle, names: readonly HookName[] = HOOK_NAMES): void {
  spec.hooks = Object.fromEntries(names.map((name) => [name, [recorder(bundle, name)]]));
}

/** A hook that runs a shell script. */
export function script(text: string, more: Partial<Hook> = {}): Hook {
  return { path: '/bin/sh', args: ['sh', '-c', text], ...more };
}

function parse(part: string): HookRecord {
  const [name = '', told = '', cwd = '', user = '', namespaces = '', host = '', container = '', environment = ''] =
    part.split('\n');
  return {
    name,
    told: JSON.parse(told) as Told,
    cwd,
    user,
    namespaces: Object.fromEntries(namespaces.trim().split(' ').map((pair) => pair.split('=') as [string, string])),
    seesHost: host === 'yes',
    seesContainer: container === 'yes',
    environment: environment.trim().split(' ').filter((key) => !SHELL_VARIABLES.includes(key)).sort(),
  };
}

/** What hooks have written so far, in their order. */
export function recordsOf(bundle: Bundle): HookRecord[] {
  const log = logOf(bundle);
  if (!existsSync(log)) return [];
  return readFileSync(log, 'utf8').split(MARK).slice(1).map(parse);
}

/** The names of the hooks that have run. */
export function namesOf(bundle: Bundle): string[] {
  return recordsOf(bundle).map(({ name }) => name);
}

/** The record of one hook. @throws Error when it has not run */
export function recordOf(bundle: Bundle, name: HookName): HookRecord {
  const record = recordsOf(bundle).find((found) => found.name === name);
  if (record === undefined) throw new Error(`the ${name} hook has not run`);
  return record;
}
