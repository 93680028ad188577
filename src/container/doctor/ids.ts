// The ids that an ordinary user may map, and the programs that do it for them: newuidmap(1), subuid(5).

import { accessSync, constants, statSync } from 'node:fs';
import { fileCall, nameOf } from '../../ffi/file-calls.ts';
import type { Ffi } from '../../ffi/port.ts';
import type { HostFacts } from '../../host/facts.ts';
import { type Diagnosis, type Files, info, ok, warn } from './diagnosis.ts';

interface Caller {
  readonly facts: Pick<HostFacts, 'effectiveUid' | 'capabilities'>;
  readonly path: string;
}

export function diagnoseIds(ffi: Ffi, files: Files, { facts, path }: Caller): Diagnosis[] {
  if (facts.capabilities.includes('CAP_SETUID') && facts.capabilities.includes('CAP_SETGID')) {
    return [ok('id-maps', 'any id can be mapped')];
  }
  return [...diagnoseRanges(files, facts.effectiveUid), ...diagnoseHelpers(ffi, path)];
}

function diagnoseRanges(files: Files, uid: number): Diagnosis[] {
  const name = userName(files, uid);
  const lacking: string[] = [];
  const found: string[] = [];
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    const ranges = rangesIn(files.read(file) ?? '', [name, String(uid)]);
    if (ranges.length === 0) lacking.push(file);
    else found.push(`${ranges.join(', ')} of ${file}`);
  }
  if (lacking.length === 0) return [ok('subordinate-ids', found.join('; '))];
  return [warn('subordinate-ids', `no ids for ${name} in ${lacking.join(' and ')}: a container can have one id only`,
    `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${name}`)];
}

function userName(files: Files, uid: number): string {
  const line = files.read('/etc/passwd')?.split('\n').find((entry) => entry.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? String(uid);
}

/** `first-last`, of the lines `name:first:count`. */
function rangesIn(text: string, owners: readonly string[]): string[] {
  const ranges: string[] = [];
  for (const line of text.split('\n')) {
    const [owner = '', first = '', count = ''] = line.split(':');
    const [start, size] = [Number.parseInt(first, 10), Number.parseInt(count, 10)];
    if (owners.includes(owner) && size > 0) ranges.push(`${start}-${start + size - 1}`);
  }
  return ranges;
}

const S_ISUID = 0o4000;

function diagnoseHelpers(ffi: Ffi, path: string): Diagnosis[] {
  const missing: string[] = [];
  const weak: string[] = [];
  for (const helper of ['newuidmap', 'newgidmap']) {
    const file = findIn(path, helper);
    if (file === undefined) missing.push(helper);
    else if (!hasRights(ffi, file)) weak.push(file);
  }
  const which = 'they are in the package uidmap (Debian) or shadow-utils (Fedora)';
  if (missing.length > 0) return [warn('newuidmap', `not found: ${missing.join(', ')}`, which)];
  if (weak.length === 0) return [ok('newuidmap', 'newuidmap and newgidmap are there, with the rights that they need')];
  return [warn('newuidmap', `neither set-user-ID nor with capabilities: ${weak.join(', ')}`,
    `chmod u+s ${weak.join(' ')}`)];
}

/** As the runtime looks for it, which managers may call without PATH. */
function findIn(path: string, program: string): string | undefined {
  for (const directory of [...path.split(':'), '/usr/bin']) {
    if (!directory.startsWith('/')) continue;
    try {
      accessSync(`${directory}/${program}`, constants.X_OK);
      return `${directory}/${program}`;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

function hasRights(ffi: Ffi, file: string): boolean {
  const status = statSync(file);
  if (status.uid === 0 && (status.mode & S_ISUID) !== 0) return true;
  return fileCall(ffi, 'getxattr', nameOf(file), nameOf('security.capability'), new Uint8Array(64), 64) > 0;
}

/** CRIU, for checkpoint and restore. */
export function diagnoseCriu(path: string, version: (file: string) => string | undefined): Diagnosis[] {
  const file = findIn(path, 'criu');
  if (file === undefined) {
    return [info('criu', 'not found: checkpoint and restore can\'t be done', 'it is in the package criu')];
  }
  const found = version(file);
  if (found === undefined) return [warn('criu', `${file} does not tell its version`)];
  return [ok('criu', `${file}, version ${found}`)];
}
