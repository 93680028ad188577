// The id maps of a new user namespace, written while the init waits for them: by the runtime where it has the right to,
// else by newuidmap(1) and newgidmap(1). The kernel's rules are those of user_namespaces(7).

import { accessSync, closeSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { idMapText } from '../config/rules/id-mappings.ts';
import type { IdMapping, Linux } from '../config/types.ts';
import { type ErrorOptions, NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { memfdCreate, must, waitProcess } from '../ffi/system-calls.ts';
import type { HostFacts } from '../host/facts.ts';
import { MFD_CLOEXEC } from '../linux/constants.ts';
import { errnoMessage } from '../linux/errno.ts';

/** What decides who writes the maps. */
export type MapWriter = Pick<HostFacts, 'capabilities' | 'effectiveUid' | 'effectiveGid'>;

type MapKind = 'uid' | 'gid';

/** In one write(2), less than a page is taken. */
const PAGE = 4096;

/** `right`: the runtime may map any id; `own`: it may map its own id, and only that; `helper`: neither will do. */
function wayToWrite(kind: MapKind, mappings: readonly IdMapping[], writer: MapWriter): 'right' | 'own' | 'helper' {
  if (writer.capabilities.includes(kind === 'uid' ? 'CAP_SETUID' : 'CAP_SETGID')) return 'right';
  const own = kind === 'uid' ? writer.effectiveUid : writer.effectiveGid;
  const [first] = mappings;
  return mappings.length === 1 && first?.size === 1 && first.hostID === own ? 'own' : 'helper';
}

/** Whether newuidmap(1) or newgidmap(1) has to write the map. */
export function needsHelper(kind: MapKind, mappings: readonly IdMapping[], writer: MapWriter): boolean {
  return wayToWrite(kind, mappings, writer) === 'helper';
}

/** Who maps a group without the right to gives up setgroups(2) for it: it could be used to get rid of a group that has
 * less access than others. */
export function forbidsSetgroups(gidMappings: readonly IdMapping[], writer: MapWriter): boolean {
  return wayToWrite('gid', gidMappings, writer) === 'own';
}

/** Writes uid_map and gid_map of the init. @throws NuncError */
export function writeIdMaps(ffi: Ffi, pid: number, request: { linux: Linux | undefined; writer: MapWriter }): void {
  const { uidMappings = [], gidMappings = [] } = request.linux ?? {};
  writeMap(ffi, pid, { kind: 'uid', mappings: uidMappings, writer: request.writer });
  if (forbidsSetgroups(gidMappings, request.writer)) denySetgroups(pid);
  writeMap(ffi, pid, { kind: 'gid', mappings: gidMappings, writer: request.writer });
}

/** The maps of a new user namespace as the kernel takes them, for who writes them without a helper. */
export interface DirectMaps {
  readonly uids: string;
  readonly gids: string;
  readonly forbidsSetgroups: boolean;
}

/** @returns undefined where only newuidmap(1) and newgidmap(1) have the right to */
export function directMaps(linux: Linux | undefined, writer: MapWriter): DirectMaps | undefined {
  const { uidMappings = [], gidMappings = [] } = linux ?? {};
  if (wayToWrite('uid', uidMappings, writer) === 'helper') return undefined;
  if (wayToWrite('gid', gidMappings, writer) === 'helper') return undefined;
  const forbids = forbidsSetgroups(gidMappings, writer);
  return { uids: idMapText(uidMappings), gids: idMapText(gidMappings), forbidsSetgroups: forbids };
}

interface MapRequest {
  readonly kind: MapKind;
  readonly mappings: readonly IdMapping[];
  readonly writer: MapWriter;
}

function writeMap(ffi: Ffi, pid: number, request: MapRequest): void {
  const { kind, mappings, writer } = request;
  if (needsHelper(kind, mappings, writer)) {
    callHelper(ffi, pid, request);
    return;
  }
  const text = idMapText(mappings);
  try {
    writeFileSync(`/proc/${pid}/${kind}_map`, text);
  } catch (cause) {
    throw failure(kind, reasonOf(cause), { cause, hint: hintOf(text, request) });
  }
}

/** What the kernel's EINVAL and EPERM do not tell. */
function hintOf(text: string, { kind, mappings, writer }: MapRequest): string | undefined {
  if (text.length >= PAGE) return `${text.length} bytes, but the kernel takes less than ${PAGE}`;
  // Since Linux 5.12: who is root in a user namespace could give files capabilities that count outside it.
  const mapsRoot = kind === 'uid' && mappings.some(({ hostID }) => hostID === 0);
  return mapsRoot && !writer.capabilities.includes('CAP_SETFCAP') ? 'mapping root needs CAP_SETFCAP' : undefined;
}

function failure(kind: MapKind, reason: string, why: Pick<ErrorOptions, 'cause' | 'hint'> = {}): NuncError {
  const message = `cannot write the ${kind} map of the user namespace: ${reason} (/linux/${kind}Mappings)`;
  return new NuncError('syscall', message, { ...why, code: 'E_NAMESPACE', origin: `/linux/${kind}Mappings` });
}

function denySetgroups(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/setgroups`, 'deny');
  } catch (cause) {
    const message = `cannot forbid setgroups(2) in the user namespace: ${reasonOf(cause)}`;
    throw new NuncError('syscall', message, { cause, code: 'E_NAMESPACE' });
  }
}

/** Runs newuidmap(1) or newgidmap(1), which are setuid root and obey /etc/subuid and /etc/subgid. */
function callHelper(ffi: Ffi, pid: number, { kind, mappings }: MapRequest): void {
  const program = `new${kind}map`;
  const path = findProgram(program);
  if (path === undefined) {
    throw failure(kind, `more than the own ${kind} needs ${program}, which is not installed`, {
      hint: "Debian's package uidmap has it",
    });
  }
  const argv = [program, String(pid)];
  for (const { containerID, hostID, size } of mappings) argv.push(String(containerID), String(hostID), String(size));
  const { status, output } = runToEnd(ffi, path, argv);
  if (status === 0) return;
  const said = output.trim().split('\n').join('; ');
  throw failure(kind, said === '' ? `${program} failed` : said, { hint: `ranges are granted by /etc/sub${kind}` });
}

function findProgram(name: string): string | undefined {
  // Managers may call without PATH.
  for (const directory of [...(process.env['PATH'] ?? '').split(':'), '/usr/bin']) {
    if (!directory.startsWith('/')) continue;
    const path = `${directory}/${name}`;
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** Runs a program to its end. What it writes goes to a file in memory: a pipe that nobody empties could fill up. */
function runToEnd(ffi: Ffi, path: string, argv: readonly string[]): { status: number; output: string } {
  const output = must(memfdCreate(ffi, 'nunc-output', MFD_CLOEXEC), `run "${path}"`);
  try {
    const pid = ffi.spawn({ path, argv, envp: [], descriptors: [[output, 1], [output, 2]] });
    if (pid < 0) throw new NuncError('syscall', `cannot run "${path}": ${errnoMessage(-pid)}`);
    const { status } = waitProcess(ffi, pid, 0);
    return { status, output: readFileSync(`/proc/self/fd/${output}`, 'utf8') };
  } finally {
    closeSync(output);
  }
}
