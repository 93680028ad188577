// The user's process: where it runs, what it is called with, and the search for its program.

import type { Process } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft, ProgramDraft } from './create-draft.ts';
import {
  branch, call, close, type Draft, fail, HERE, jump, mark, newLabel, newSlot, pick, reserve, set, sum, tell,
} from './draft.ts';
import type { Address, Label, Slot } from './operation.ts';
import { openOrMake, splitPath } from './paths.ts';

const PATH_MAX = 4096;
/** "HOME=/" and two NULs, as a little-endian 64-bit integer. */
const HOME_ROOT = 0x2f_3d45_4d4f_48;
/** The search path of execvp(3) when PATH is unset. */
export const DEFAULT_PATH = '/bin:/usr/bin';

/** The environment, the last of several entries with one name being the one that counts. */
export function lastOfEach(env: readonly string[]): Map<string, string> {
  const variables = new Map<string, string>();
  for (let i = 0; i < env.length; i++) {
    const entry = env[i] as string;
    const equals = entry.indexOf('=');
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return variables;
}

/** process.env as pointers; HOME comes from the container's passwd(5) when it is not set, or is `/`. */
export function planEnvironment(draft: Draft, process: Process): Address {
  const variables = lastOfEach(process.env ?? []);
  const words: (Address | number)[] = [];
  const home = variables.get('HOME') ?? '';
  for (const [name, value] of variables) if (name !== 'HOME' || home !== '') words.push({ text: `${name}=${value}` });
  if (home === '') words.push(planHome(draft, process));
  words.push(0);
  return { words };
}

function planHome(draft: Draft, process: Process): Address {
  const home = reserve(draft, 8 + PATH_MAX);
  const scratch = reserve(draft, PATH_MAX);
  const passwd = newSlot(draft);
  const missing = newLabel(draft, 'missing');
  tell(draft, '/process/env', 'read "/etc/passwd" for HOME');
  set(draft, home as Slot, HOME_ROOT);
  // Not blocking: what is there is the image's, and may be a fifo.
  const flags = L.O_RDONLY | L.O_CLOEXEC | L.O_NONBLOCK | L.O_NOCTTY;
  const unreadable = [errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EPERM];
  call(draft, 'openat', [HERE, { text: '/etc/passwd' }, flags], {
    result: passwd,
    on: unreadable.map((number) => ({ errno: number, to: missing })),
  });
  const { stage, origin, action } = draft;
  draft.operations.push({
    kind: 'find_home',
    descriptor: { slot: passwd },
    uid: process.user?.uid ?? 0,
    into: home + 'HOME='.length,
    capacity: PATH_MAX,
    scratch,
    stage,
    origin,
    action,
  });
  close(draft, { slot: passwd });
  mark(draft, missing);
  return { memory: home };
}

/** Makes the working directory when it is missing, as runc does; must run while the rootfs is writable. */
export function planMakeWorkingDirectory(draft: CreateDraft, process: Process): void {
  if (splitPath(process.cwd).length === 0) return;
  tell(draft, '/process/cwd', `make the working directory ${JSON.stringify(process.cwd)}`);
  openOrMake(draft, { slot: draft.root }, {
    components: splitPath(process.cwd),
    kind: 'directory',
    result: draft.target,
    parent: draft.parent,
  });
  close(draft, { slot: draft.target });
}

/** Whether the working directory is still to be entered: as root it can be out of reach (root-squashing NFS), as the
 * user too (a directory of mode 0700): either will do, as with runc. */
export function planEnterAsRoot(draft: ProgramDraft, process: Process): Slot {
  const pending = newSlot(draft);
  tell(draft, '/process/cwd', `change to the working directory ${JSON.stringify(process.cwd)}`);
  set(draft, pending, 1);
  call(draft, 'chdir', [{ text: process.cwd }], { result: pending, tolerate: [errno.EACCES] });
  return pending;
}

/** Enters the working directory as the user if need be, and proves that it is inside the rootfs (CVE-2024-21626). */
export function planEnterAsUser(draft: ProgramDraft, process: Process, pending: Slot): void {
  const entered = newLabel(draft, 'entered');
  const inside = newLabel(draft, 'inside');
  tell(draft, '/process/cwd', `change to the working directory ${JSON.stringify(process.cwd)}`);
  branch(draft, { slot: pending }, { test: 'equal', operand: 0, to: entered });
  call(draft, 'chdir', [{ text: process.cwd }]);
  mark(draft, entered);
  // getcwd(2) answers "(unreachable)…" for a directory outside the root.
  const buffer = reserve(draft, PATH_MAX);
  call(draft, 'getcwd', [{ memory: buffer }, PATH_MAX]);
  branch(draft, { load: buffer, size: 1 }, { test: 'equal', operand: 0x2f, to: inside });
  fail(draft, errno.ENOENT);
  mark(draft, inside);
}

/** Finds the program as execvp(3) does, inside the container and as its user; leaves the path's address in a slot. */
export function planFindProgram(draft: ProgramDraft, process: Process): Slot {
  const program = newSlot(draft);
  const name = process.args?.[0] ?? '';
  tell(draft, '/process/args/0', `exec: ${JSON.stringify(name)}`);
  if (name.includes('/')) checkProgram(draft, name, program);
  else searchProgram(draft, name, { path: lastOfEach(process.env ?? []).get('PATH') ?? DEFAULT_PATH, program });
  return program;
}

function isDirectory(draft: ProgramDraft, to: Label): void {
  const mode = { load: draft.statx + L.STATX_OFFSET.mode, size: 2 } as const;
  branch(draft, mode, { mask: L.S_IFMT, test: 'equal', operand: L.S_IFDIR, to });
}

/** Managers match on these messages, which are those of Go's exec.LookPath. */
function checkProgram(draft: ProgramDraft, path: string, program: Slot): void {
  const quoted = JSON.stringify(path);
  const [directory, found] = [newLabel(draft, 'directory'), newLabel(draft, 'found')];
  set(draft, program, { text: path });
  draft.action = `exec: ${quoted}: stat ${path}`;
  call(draft, 'statx', [HERE, { text: path }, 0, L.STATX_TYPE, { memory: draft.statx }]);
  draft.action = `exec: ${quoted}`;
  isDirectory(draft, directory);
  call(draft, 'faccessat2', [HERE, { text: path }, L.X_OK, L.AT_EACCESS], { success: found });
  mark(draft, directory);
  // execve(2)'s error for a directory, which docker and podman take for status 126; newer dockers match the others.
  draft.action = `exec: ${quoted}: is a directory`;
  fail(draft, errno.EACCES);
  mark(draft, found);
}

const NOT_THIS_ONE = [errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EPERM];

/** A loop over a table of candidates: most of them are looked for in vain, and would only make the plan longer. */
function searchProgram(draft: ProgramDraft, name: string, search: { path: string; program: Slot }): void {
  const { path, program } = search;
  const [again, next, found] = [newLabel(draft, 'again'), newLabel(draft, 'next'), newLabel(draft, 'found')];
  const on = NOT_THIS_ONE.map((number) => ({ errno: number, to: next }));
  const words: Address[] = [];
  for (const place of new Set(path.split(':'))) words.push({ text: `${place === '' ? '.' : place}/${name}` });
  const index = newSlot(draft);
  set(draft, index, 0);
  mark(draft, again);
  pick(draft, program, { from: { words }, index: { slot: index } });
  call(draft, 'faccessat2', [HERE, { slot: program }, L.X_OK, L.AT_EACCESS], { on });
  call(draft, 'statx', [HERE, { slot: program }, 0, L.STATX_TYPE, { memory: draft.statx }], { on });
  isDirectory(draft, next);
  jump(draft, found);
  mark(draft, next);
  sum(draft, 'add', { slot: index, value: 1 });
  branch(draft, { slot: index }, { test: 'not_equal', operand: words.length, to: again });
  fail(draft, errno.ENOENT, `exec: ${JSON.stringify(name)}: executable file not found in $PATH`);
  mark(draft, found);
}

/** Nothing but standard input and output and the preserved descriptors survives the execve(2). */
export function planCloseOnExecute(draft: ProgramDraft): void {
  tell(draft, '', 'mark descriptors close-on-exec');
  call(draft, 'close_range', [draft.descriptors.firstOwn, L.CLOSE_RANGE_LAST, L.CLOSE_RANGE_CLOEXEC]);
}

/** The last operation. */
export function planExecute(
  draft: ProgramDraft,
  process: Process,
  found: { program: Slot; environment: Address },
): void {
  const args = process.args ?? [];
  tell(draft, '/process/args', `exec: ${JSON.stringify(args[0] ?? '')}`);
  const argv = { words: [...args.map((text): Address => ({ text })), 0] };
  call(draft, 'execve', [{ slot: found.program }, argv, found.environment]);
}
