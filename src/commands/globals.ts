// The options before the command, checked and completed with defaults. Knows nothing of commands.

import { readFileSync } from 'node:fs';
import type { CgroupManager } from '../cgroup/driver.ts';
import { NuncError } from '../error.ts';
import { isInitialUidMap } from '../host/user-namespace.ts';
import type { Level, LogService, LogSettings } from '../log.ts';
import type { Globals, Options } from './command.ts';
import { parseBoolean } from './parse.ts';

/**
 * What the log options say.
 *
 * @throws NuncError (usage) for a form or a level of the log that there is not.
 */
export function readLogSettings(options: Options): LogSettings {
  const format = options.string('log-format') ?? 'text';
  if (format !== 'text' && format !== 'json') throw new NuncError('usage', `invalid log-format: ${format}`);
  const level = readLevel(options);
  const log = options.string('log') ?? '';
  const service = readService(log);
  if (service !== undefined) return { file: undefined, service, format, level };
  const file = log.startsWith('file:') ? log.slice('file:'.length) : log;
  return { file: file || undefined, format, level };
}

/** youki has more levels than crun: those between count as the next that nunc knows. */
function readLevel(options: Options): Level | undefined {
  if (options.boolean('debug')) return 'debug';
  const level = options.string('log-level');
  switch (level?.toLowerCase()) {
    case undefined:
      return undefined;
    case 'error':
      return 'error';
    case 'warn': case 'warning': case 'info':
      return 'warning';
    case 'debug': case 'trace':
      return 'debug';
    default:
      throw new NuncError('usage', `invalid log-level: ${level}`);
  }
}

/** crun's way to name a place that is no file. */
function readService(log: string): LogService | undefined {
  if (log === '') return undefined;
  for (const kind of ['journald', 'syslog'] as const) {
    if (log.startsWith(`${kind}:`)) return { kind, identifier: log.slice(kind.length + 1) || 'nunc' };
  }
  return undefined;
}

/**
 * All global options.
 *
 * @throws NuncError (usage) for a value that there is not.
 */
export function readGlobals(options: Options, log: LogSettings): Globals {
  const root = options.string('root') || defaultRoot(process.env, process.geteuid?.() ?? 0);
  return {
    root: root.startsWith('/') ? root : `${process.cwd()}/${root}`,
    log,
    cgroupManager: readCgroupManager(options),
    rootless: readRootless(options.string('rootless') ?? ''),
    ignoreUnsafeAnnotations: options.boolean('no-unsafe-annotations'),
  };
}

/** Go's booleans, or `auto` in any letters, as runc has it. */
function readRootless(text: string): Globals['rootless'] {
  if (text === '' || text.toLowerCase() === 'auto') return 'auto';
  const value = parseBoolean(text);
  if (value !== undefined) return value ? 'true' : 'false';
  throw new NuncError('usage', `invalid value ${JSON.stringify(text)} for flag -rootless: parse error`);
}

/** --systemd-cgroup is runc's way to say it, --cgroup-manager crun's. */
function readCgroupManager(options: Options): CgroupManager {
  const systemd = options.boolean('systemd-cgroup');
  const manager = options.string('cgroup-manager') ?? (systemd ? 'systemd' : 'cgroupfs');
  if (manager !== 'cgroupfs' && manager !== 'systemd' && manager !== 'disabled') {
    throw new NuncError('usage', `unknown cgroup manager specified: ${JSON.stringify(manager)}`);
  }
  if (systemd && manager !== 'systemd') {
    throw new NuncError('usage', `--systemd-cgroup contradicts --cgroup-manager ${manager}`);
  }
  return manager;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where state is kept without --root: a user's runtime directory, /run/nunc for root. Root in a user namespace counts
 * as a user unless $USER says root, as for runc: podman sets XDG_RUNTIME_DIR there, and sudo may leave a stale one.
 */
export function defaultRoot(environment: Environment, euid: number, readUidMap = readOwnUidMap): string {
  const runtimeDirectory = environment['XDG_RUNTIME_DIR'];
  if (!runtimeDirectory) return '/run/nunc';
  const isUser = euid !== 0 || (environment['USER'] !== 'root' && !isInitialUidMap(readUidMap()));
  return isUser ? `${runtimeDirectory}/nunc` : '/run/nunc';
}

function readOwnUidMap(): string {
  return readFileSync('/proc/self/uid_map', 'utf8');
}
