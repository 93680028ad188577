// What a process in a container sees of itself and its surroundings: a script for the container's busybox, and a reader
// that turns its output into named facts that can be compared between runtimes. Knows nothing of what is right.

import { readlinkSync } from 'node:fs';

/** Facts by name, `status CapEff` or `dev /dev/null`. */
export type View = ReadonlyMap<string, string>;

interface ViewOptions {
  /** Written as BUNDLE wherever it occurs. */
  readonly bundle: string;
  /** Written as ID wherever it occurs. */
  readonly id: string;
}

// Everything is asked of the shell's own process, the container's first: a program that the shell runs would have
// descriptors and signals of its own. Paths are in quotes for containers whose /proc is not there.
const SOURCES: Readonly<Record<string, string>> = {
  status: 'cat /proc/$$/status',
  stat: 'cat /proc/$$/stat',
  mountinfo: 'cat /proc/$$/mountinfo',
  dev: 'ls -laR /dev',
  root: 'ls -la /',
  limits: 'cat /proc/$$/limits',
  cgroup: 'cat /proc/$$/cgroup',
  namespaces: 'for n in /proc/$$/ns/*; do echo "${n##*/} $(readlink $n)"; done',
  fd: 'for n in /proc/$$/fd/*; do echo "${n##*/} $(readlink $n)"; done',
  fdinfo: 'for n in /proc/$$/fdinfo/*; do echo "${n##*/} $(grep flags $n)"; done',
  environment: "tr '\\0' '\\n' </proc/$$/environ",
  arguments: "tr '\\0' '\\n' </proc/$$/cmdline",
  maps: 'cat /proc/$$/uid_map /proc/$$/gid_map /proc/$$/setgroups',
  timens: 'cat /proc/$$/timens_offsets',
  keys: 'cat /proc/keys',
  // Without the cgroups of other tests, which a joined namespace may show.
  cgroups: 'ls -la /sys/fs/cgroup | grep -v nunc',
  sysctls: 'cd /proc/sys; grep -r . kernel/domainname kernel/shmmax kernel/msgmax net/ipv4/ip_unprivileged_port_start'
    + ' fs/mqueue/msg_max',
  network: 'cat /sys/class/net/*/flags; ip address',
};

/** One word or line each. */
const SINGLE: Readonly<Record<string, string>> = {
  umask: 'umask',
  cwd: 'pwd',
  hostname: 'hostname',
  oomScoreAdj: 'cat /proc/$$/oom_score_adj',
  personality: 'cat /proc/$$/personality',
  machine: 'uname -m',
  terminal: 'tty',
  controllingTerminal: '(: </dev/tty) 2>&1 | sed "s/.*: //"',
  executable: 'readlink /proc/$$/exe',
  command: 'cat /proc/$$/comm',
  coredumpFilter: 'cat /proc/$$/coredump_filter',
  timerSlack: 'cat /proc/$$/timerslack_ns',
  ioPriority: 'ionice -p $$',
  user: 'id',
  label: 'cat /proc/$$/attr/current',
  loginUid: 'cat /proc/$$/loginuid',
};

const MARK = '=#=';
/** MARK in the script, which must not have it itself: it prints its own arguments. */
const SPLIT_MARK = '=#""=';

/** A program for `sh -c` that prints everything, and =#=end behind it. */
export const viewScript = `${[...Object.entries(SOURCES), ...Object.entries(SINGLE)]
  .map(([name, command]) => `echo "${SPLIT_MARK}${name}"; (${command}) 2>/dev/null\n`)
  .join('')  }echo "${SPLIT_MARK}end"`;

type Facts = Map<string, string>;

/** Reads what viewScript printed. */
export function readView(output: string, options: ViewOptions): View {
  const facts: Facts = new Map();
  const text = output.replaceAll(options.bundle, 'BUNDLE').replaceAll(options.id, 'ID');
  for (const part of text.split(MARK).slice(1, -1)) {
    const end = part.indexOf('\n');
    const name = part.slice(0, end);
    const body = part.slice(end + 1).trimEnd();
    const read = READERS[name] ?? readSingle;
    read(facts, body, name);
  }
  return facts;
}

type Reader = (facts: Facts, body: string, name: string) => void;

function readSingle(facts: Facts, body: string, name: string): void {
  facts.set(name, body);
}

const STATUS_KEYS = new Set([
  'Umask', 'Uid', 'Gid', 'Groups', 'Threads', 'FDSize', 'SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt',
  'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp', 'Seccomp_filters', 'CoreDumping',
  'Cpus_allowed', 'Mems_allowed',
  'THP_enabled', 'TracerPid', 'Speculation_Store_Bypass', 'SpeculationIndirectBranch',
]);

function readStatus(facts: Facts, body: string): void {
  for (const line of body.split('\n')) {
    const [key = '', ...rest] = line.split(':');
    if (STATUS_KEYS.has(key)) facts.set(`status ${key}`, rest.join(':').trim().replaceAll('\t', ' '));
    // How deep the pid namespaces are; the numbers differ from run to run.
    if (key === 'NSpid') facts.set('status NSpid count', String(rest.join(':').trim().split('\t').length));
  }
}

/** Fields of proc_pid_stat(5), numbered from the state, which is 0 here. */
const STAT_FIELDS: Readonly<Record<string, number>> = {
  tty_nr: 4, tpgid: 5, priority: 15, nice: 16, num_threads: 17, exit_signal: 35, rt_priority: 37, policy: 38,
};

function readStat(facts: Facts, body: string): void {
  const pid = body.slice(0, body.indexOf(' '));
  const fields = body.slice(body.lastIndexOf(')') + 2).split(' ');
  for (const [name, index] of Object.entries(STAT_FIELDS)) facts.set(`stat ${name}`, fields[index] ?? '');
  facts.set('stat pgrp', fields[2] === pid ? 'own' : 'another');
  facts.set('stat session', fields[3] === pid ? 'own' : 'another');
  if (pid === '1') facts.set('stat ppid', fields[1] ?? '');
}

/** One line of mountinfo, see proc_pid_mountinfo(5). */
export interface MountEntry {
  readonly id: string;
  readonly parent: string;
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
  /** `shared`, `master`, `unbindable`, without the numbers of peer groups. */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

export function readMountinfo(text: string): MountEntry[] {
  return text.trimEnd().split('\n').filter((line) => line !== '').map((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [id = '', parent = '', , root = '', point = '', options = '', ...optional] = before.split(' ');
    const [type = '', source = '', superOptions = ''] = after.split(' ');
    const propagation = optional.filter((field) => field !== '').map((field) => field.replace(/:\d+$/, ''));
    const lists = { options: options.split(','), propagation, superOptions: superOptions.split(',') };
    return { id, parent, root, point, type, source, ...lists };
  });
}

function addMounts(facts: Facts, body: string): void {
  const entries = readMountinfo(body);
  const points = new Map(entries.map(({ id, point }) => [id, point]));
  const count = new Map<string, number>();
  for (const entry of entries) {
    const n = (count.get(entry.point) ?? 0) + 1;
    count.set(entry.point, n);
    facts.set(`mount ${entry.point}${n === 1 ? '' : ` (${n})`}`, [
      `on ${points.get(entry.parent) ?? 'outside'}`, `root ${entry.root}`, entry.options.join(','),
      entry.propagation.join(' '), entry.type, entry.source, entry.superOptions.join(','),
    ].join(' | '));
  }
}

const LISTED = /^(\S+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\d+,\s+\d+|\d+)\s+\w+\s+\d+\s+[\d:]+\s+(.*)$/;

/** `ls -la`, with or without -R: everything but times, and sizes of directories, which depend on the file system. */
function readListing(facts: Facts, body: string, name: string): void {
  let directory = '';
  for (const line of body.split('\n')) {
    if (line.endsWith(':')) directory = line.slice(0, -1);
    const match = LISTED.exec(line);
    if (match === null) continue;
    const [, mode = '', links = '', owner = '', group = '', size = '', entry = ''] = match;
    if (entry === '..') continue;
    const [file = '', target] = entry.split(' -> ');
    const amount = mode.startsWith('d') ? '' : `links ${links}, size ${size.replace(/\s+/, ' ')}`;
    const words = [mode, amount, owner, group, target ?? ''];
    facts.set(`${name} ${directory}/${file}`, words.filter((word) => word !== '').join(' '));
  }
}

function readLimits(facts: Facts, body: string): void {
  for (const line of body.split('\n').slice(1)) {
    const match = /^(.*?)\s{2,}(\S+)\s+(\S+)/.exec(line);
    if (match !== null) facts.set(`limit ${match[1] ?? ''}`, `${match[2] ?? ''}:${match[3] ?? ''}`);
  }
}

function readCgroups(facts: Facts, body: string): void {
  for (const line of body.split('\n')) {
    const [, controllers = '', path = ''] = line.split(':').map((part) => part);
    facts.set(`cgroup ${controllers === '' ? 'unified' : controllers}`, path);
  }
}

/** Whether the runtime's namespace, which is the test's, or another one. */
function readNamespaces(facts: Facts, body: string): void {
  for (const line of body.split('\n')) {
    const [kind = '', link = ''] = line.split(' ');
    const own = readlinkSync(`/proc/self/ns/${kind}`);
    facts.set(`namespace ${kind}`, link === own ? "the host's" : 'another');
  }
}

function readDescriptors(facts: Facts, body: string, name: string): void {
  for (const line of body.split('\n')) {
    const space = line.indexOf(' ');
    facts.set(`${name} ${line.slice(0, space)}`, line.slice(space + 1).replace(/:\[\d+\]/, ''));
  }
}

function readKeys(facts: Facts, body: string): void {
  // Of the host's keys, which come and go, none is named after the container; serial numbers differ from run to run.
  const own = body.split('\n').filter((line) => line.includes('_ses.ID'));
  facts.set('keys', own.map((line) => line.trim().split(/\s+/).slice(4).join(' ')).join(', '));
}

const READERS: Readonly<Record<string, Reader>> = {
  status: readStatus,
  stat: readStat,
  mountinfo: addMounts,
  dev: readListing,
  root: readListing,
  cgroups: readListing,
  limits: readLimits,
  cgroup: readCgroups,
  namespaces: readNamespaces,
  fd: readDescriptors,
  fdinfo: readDescriptors,
  keys: readKeys,
};

export interface Difference {
  readonly fact: string;
  /** undefined when that runtime's container has no such fact. */
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** All facts in which two views differ, in the order of their names. */
export function compareViews(ours: View, theirs: View): Difference[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  return names
    .map((fact) => ({ fact, ours: ours.get(fact), theirs: theirs.get(fact) }))
    .filter((difference) => difference.ours !== difference.theirs);
}
