// Pictures of the host before and after, to assert that a runtime leaves nothing behind. Reads /proc and the cgroup
// trees; changes nothing.
//
// Other people's containers may come and go meanwhile. By default a picture therefore holds only what belongs to the
// test: things that name one of `belongs`. With `everything` it holds the whole host, for machines with nobody else.

import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { probeHost } from '../../src/host/probe.ts';

export interface Scope {
  /** Parts of paths and command lines that are the test's own: bundle directories, state roots, container ids. */
  readonly belongs: readonly string[];
  /** Directories whose whole content is in the picture, such as a state root. */
  readonly directories?: readonly string[];
  readonly everything?: boolean;
}

const sections = [
  'mounts', 'cgroups', 'processes', 'networkNamespaces', 'networkDevices', 'keyrings', 'files',
] as const;

/** Lines that say one thing each, by section; every line occurs as often as the thing does. */
export type HostState = Readonly<Record<(typeof sections)[number], string[]>>;

type Belongs = (text: string) => boolean;

/** What a read of /proc gives while processes come and go; '' when they are gone. */
function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

function mounts(belongs: Belongs): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  // Without the ids of the mount and its parent, which differ for a mount that went and came again.
  return lines.map((line) => line.split(' ').slice(2).join(' ')).filter(belongs);
}

/** The directories below one; none of what vanishes meanwhile. */
function directoriesBelow(path: string): string[] {
  const found: string[] = [];
  let entries: readonly { readonly name: string; isDirectory(): boolean }[] = [];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return found;
  }
  for (const entry of entries) {
    if (entry.isDirectory()) found.push(`${path}/${entry.name}`, ...directoriesBelow(`${path}/${entry.name}`));
  }
  return found;
}

function cgroups(belongs: Belongs): string[] {
  return probeHost().hierarchies.flatMap(({ mountpoint }) => directoriesBelow(mountpoint)).filter(belongs);
}

interface Process {
  readonly pid: string;
  readonly parent: string;
  readonly description: string;
  readonly networkNamespace: string;
  /** Everything that can show whose process it is. */
  readonly evidence: string;
}

/** PF_KTHREAD of stat's flags: kernel threads come and go as they like. */
const KERNEL_THREAD = 0x200000;

const ownMountNamespace = readlinkSync('/proc/self/ns/mnt');

/** Names of the process's files and, in a container, of its mounts: the root's line names the bundle. */
function evidenceOf(directory: string): string[] {
  const link = (name: string): string => tryRead(() => readlinkSync(`${directory}/${name}`));
  const read = (name: string): string => tryRead(() => readFileSync(`${directory}/${name}`, 'utf8'));
  const descriptors = tryRead(() => readdirSync(`${directory}/fd`).join(' '));
  const evidence = [read('cmdline'), read('cgroup'), link('exe'), link('cwd')];
  for (const descriptor of descriptors.split(' ')) evidence.push(link(`fd/${descriptor}`));
  if (link('ns/mnt') !== ownMountNamespace) evidence.push(read('mountinfo'));
  return evidence;
}

function inspect(pid: string): Process | undefined {
  const directory = `/proc/${pid}`;
  const status = tryRead(() => readFileSync(`${directory}/stat`, 'latin1'));
  // The name in parentheses may hold anything; fields are counted from its end.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  if (status === '' || (Number(fields[6]) & KERNEL_THREAD) !== 0) return undefined;
  // A zombie that somebody else has adopted: when it is buried is up to them (here PID 1 takes a second).
  if (fields[0] === 'Z' && fields[1] !== String(process.pid)) return undefined;
  const command = tryRead(() => readFileSync(`${directory}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
  return {
    pid,
    parent: fields[1] ?? '',
    description: `${pid} (started ${fields[19] ?? '?'}) ${command}`.trimEnd(),
    networkNamespace: tryRead(() => readlinkSync(`${directory}/ns/net`)),
    evidence: evidenceOf(directory).join('\n'),
  };
}

function processes(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(inspect).filter((found) => found !== undefined);
}

function isWorker({ pid, parent }: Pick<Process, 'pid' | 'parent'>): boolean {
  return pid === String(process.pid) || parent === String(process.ppid);
}

/** The test's own processes: those that show it, and what descends from them. Not the test itself, nor vitest's other
 * workers, which may be looking at everything there is. */
function ownProcesses(all: readonly Process[], belongs: Belongs): Process[] {
  const own = new Set<string>();
  for (let before = -1; before < own.size; ) {
    before = own.size;
    for (const { pid, parent, evidence } of all) {
      if (!isWorker({ pid, parent }) && (belongs(evidence) || own.has(parent))) own.add(pid);
    }
  }
  return all.filter(({ pid }) => own.has(pid));
}

function describeFile(path: string): string {
  const status = lstatSync(path);
  return `${path} ${(status.mode & 0o7777).toString(8)} ${status.isDirectory() ? 'directory' : String(status.size)}`;
}

function files(directories: readonly string[]): string[] {
  const found: string[] = [];
  for (const directory of directories) {
    const names = tryRead(() => readdirSync(directory, { recursive: true, encoding: 'utf8' }).join('\0'));
    for (const name of names === '' ? [] : names.split('\0')) {
      const line = tryRead(() => describeFile(`${directory}/${name}`));
      if (line !== '') found.push(line);
    }
  }
  return found;
}

/** Those of the test's own network namespace, as a device that came back from a container would be. */
function networkDevices(belongs: Belongs): string[] {
  const lines = tryRead(() => readFileSync('/proc/self/net/dev', 'utf8')).split('\n').slice(2);
  return lines.map((line) => line.slice(0, line.indexOf(':')).trim()).filter((name) => name !== '' && belongs(name));
}

/** Session keyrings, `_ses.<id>`, that the test may see: proc(5) shows those of its user only. */
function keyrings(belongs: Belongs): string[] {
  const lines = tryRead(() => readFileSync('/proc/keys', 'utf8')).split('\n');
  // Without the serial number, the count of users and the flags.
  const shown = lines.map((line) => line.split(/\s+/)).filter(([, , , , , , , type]) => type === 'keyring');
  return shown.map((fields) => fields.slice(8).join(' ').replace(/: .*/, '')).filter(belongs);
}

/** A picture of the host, as far as the scope reaches. */
export function hostState({ belongs: marks, directories = [], everything = false }: Scope): HostState {
  const belongs: Belongs = (text) => everything || marks.some((mark) => text.includes(mark));
  const own = ownProcesses(processes(), belongs);
  return {
    mounts: mounts(belongs).sort(),
    cgroups: cgroups(belongs).sort(),
    processes: own.map(({ description }) => description).sort(),
    networkNamespaces: [...new Set(own.map(({ networkNamespace }) => networkNamespace))].sort(),
    networkDevices: networkDevices(belongs).sort(),
    keyrings: keyrings(belongs).sort(),
    files: files(directories).sort(),
  };
}

/** What one list has more of than another, by count. */
function surplus(lines: readonly string[], than: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of than) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

/** What has come ("+ mounts: …") and gone ("- cgroups: …") between two pictures. */
export function difference(before: HostState, after: HostState): string[] {
  return sections.flatMap((section) => [
    ...surplus(after[section], before[section]).map((line) => `+ ${section}: ${line}`),
    ...surplus(before[section], after[section]).map((line) => `- ${section}: ${line}`),
  ]);
}

/** The difference from a picture to now, once it is empty or a time (ms) has passed: processes take a moment to end,
 * and a keyring stays until somebody has waited for the last of them, which for orphans can take seconds. */
export async function settledDifference(before: HostState, scope: Scope, patience = 20_000): Promise<string[]> {
  const end = Date.now() + patience;
  for (;;) {
    const found = difference(before, hostState(scope));
    if (found.length === 0 || Date.now() > end) return found;
    await delay(20);
  }
}
