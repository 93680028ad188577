// The options before the command, checked and completed with defaults. Knows nothing of commands.

import { readFileSync } from 'node:fs';
import type { CgroupManager } from '../cgroup/driver.ts';
import { NuncError } from '../error.ts';
import { isInitialUidMap } from '../host/user-namespace.ts';
import type { LogSettings } from '../log.ts';
import type { Globals, Options } from './command.ts';

/**
 * What the log options say.
 *
 * @throws NuncError (usage) for a form of the log that there is not.
 */
export function readLogSettings(options: Options): LogSettings {
  const format = options.string('log-format') ?? 'text';
  if (format !== 'text' && format !== 'json') throw new NuncError('usage', `invalid log-format: ${format}`);
  return { file: options.string('log') || undefined, format, debug: options.boolean('debug') };
}

/**
 * All global options.
 *
 * @throws NuncError (usage) for a value that there is not.
 */
export function readGlobals(options: Options, log: LogSettings): Globals {
  const rootless = options.string('rootless') ?? 'auto';
  if (rootless !== 'true' && rootless !== 'false' && rootless !== 'auto') {
    throw new NuncError('usage', `invalid value ${JSON.stringify(rootless)} for flag -rootless: parse error`);
  }
  const root = options.string('root') || defaultRoot(process.env, process.geteuid?.() ?? 0);
  return {
    root: root.startsWith('/') ? root : `${process.cwd()}/${root}`,
    log,
    cgroupManager: readCgroupManager(options),
    rootless,
  };
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
