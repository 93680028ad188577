// What checkpoint and restore have in common: their options, in CRIU's terms. The words of errors are runc's.

import { resolve } from 'node:path';
import type { CriuSettings } from '../container/images.ts';
import { CGROUPS_MODES, type CriuOptions, NETWORK_LOCKS } from '../criu/messages.ts';
import { NuncError } from '../error.ts';
import { CLONE_NEWNET } from '../linux/constants.ts';
import type { Options } from './command.ts';

/** Where images are when nobody says it. */
const DEFAULT_IMAGES = 'checkpoint';

/** Flags that are CRIU's own: what they are called in a command line, and in CRIU's messages. */
const FLAGS = [
  ['tcp-established', 'tcpEstablished'], ['ext-unix-sk', 'extUnixSk'], ['shell-job', 'shellJob'],
  ['file-locks', 'fileLocks'], ['auto-dedup', 'autoDedup'], ['lazy-pages', 'lazyPages'],
  ['tcp-skip-in-flight', 'tcpSkipInFlight'], ['link-remap', 'linkRemap'],
] as const;

/** @throws NuncError (usage) */
export function criuSettings(options: Options): CriuSettings {
  const workPath = options.string('work-path') || undefined;
  const flags: Record<string, boolean | number> = {};
  for (const [name, option] of FLAGS) if (options.boolean(name)) flags[option] = true;
  return {
    imagePath: resolve(options.string('image-path') || DEFAULT_IMAGES),
    ...(workPath === undefined ? {} : { workPath: resolve(workPath) }),
    flags: { ...flags, ...cgroupsMode(options), ...networkLock(options), emptyNs: emptyNamespaces(options) },
  };
}

function cgroupsMode(options: Options): Partial<CriuOptions> {
  const name = options.string('manage-cgroups-mode') || undefined;
  if (name === undefined) return {};
  if (isKey(CGROUPS_MODES, name)) return { manageCgroupsMode: CGROUPS_MODES[name] };
  throw new NuncError('usage', 'Invalid manage-cgroups-mode value');
}

function networkLock(options: Options): Partial<CriuOptions> {
  const name = options.string('network-lock') || undefined;
  if (name === undefined) return {};
  if (isKey(NETWORK_LOCKS, name)) return { networkLock: NETWORK_LOCKS[name] };
  const known = Object.keys(NETWORK_LOCKS).join(', ');
  throw new NuncError('usage', `Invalid network-lock value ${JSON.stringify(name)}, there are ${known}`);
}

function isKey<Table extends object>(table: Table, name: PropertyKey): name is keyof Table {
  return Object.hasOwn(table, name);
}

/** A network namespace is always made empty, as with runc since 1.2: its devices come from elsewhere. */
function emptyNamespaces(options: Options): number {
  for (const name of options.strings('empty-ns')) {
    if (name !== 'network') throw new NuncError('usage', `namespace ${JSON.stringify(name)} is not supported`);
  }
  return CLONE_NEWNET;
}
