// The container's terminal: a pseudoterminal of its own devpts, whose slave becomes standard input and output, the
// controlling terminal of the init's session, and /dev/console; the runtime gets the master. What the image has at
// /dev/pts and /dev/console is hostile: nothing is used that has not been proven to be what it should be, and nothing
// is opened by its path twice (CVE-2025-52565).

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { ConsoleSize, Process } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft, ProgramDraft } from './create-draft.ts';
import { verifyNode } from './devices.ts';
import { branch, call, close, EMPTY, fail, mark, newLabel, newSlot, reserve, tell } from './draft.ts';
import { attach } from './mount-steps.ts';
import type { Slot, Value } from './operation.ts';
import { howInRoot, openOrMake, resolveInRoot } from './paths.ts';
import { planRequest } from './request.ts';

const ORIGIN = '/process/terminal';
/** Inode of ptmx in every devpts, and its device number (mknod_ptmx() in the kernel's fs/devpts/inode.c). */
const PTMX_INODE = 2;
const PTMX = { type: L.S_IFCHR, major: 5, minor: 2 } as const;
const STRUCT_STATFS_SIZE = 120;

const HOW_DIRECTORY = howInRoot(L.O_PATH | L.O_DIRECTORY);
/** For a name in a devpts: nothing that is mounted over it, no symbolic link. */
const HOW_PTMX = {
  words: [L.O_RDWR | L.O_NOCTTY | L.O_CLOEXEC, 0, L.RESOLVE_BENEATH | L.RESOLVE_NO_XDEV | L.RESOLVE_NO_SYMLINKS],
};

/** Plans the container's terminal where one is asked for. The root is the container's already, the init leads a new
 * session. */
export function planConsole(draft: CreateDraft, process: Process): void {
  // Without a mount namespace of its own the bind mount would be the host's.
  const hasConsole = namespaceSource(draft.input.spec, 'mount') !== 'inherited';
  planTerminal(draft, process, (slave) => {
    if (hasConsole) bindConsole(draft, slave);
  });
}

/** A terminal for the process that is set up, where one is asked for; it leads a new session. `bind` plans where else
 * the slave is to be found. */
export function planTerminal(draft: ProgramDraft, process: Process, bind?: (slave: Value) => void): void {
  if (process.terminal !== true) return;
  const terminal = { master: newSlot(draft), slave: newSlot(draft) };
  openTerminal(draft, process, terminal);
  const slave: Value = { slot: terminal.slave };
  bind?.(slave);
  tell(draft, ORIGIN, 'make the terminal standard input and output');
  for (let descriptor = 0; descriptor <= 2; descriptor++) call(draft, 'dup3', [slave, descriptor, 0]);
  close(draft, slave);
  tell(draft, ORIGIN, 'make the terminal the controlling terminal');
  call(draft, 'ioctl', [0, L.TIOCSCTTY, 0]);
  tell(draft, ORIGIN, 'hand over the terminal');
  planRequest(draft, 'terminal', { descriptors: [terminal.master] });
  close(draft, { slot: terminal.master });
}

/** A new pseudoterminal, of the size asked for and with the user as its owner; the group is up to the devpts. */
function openTerminal(draft: ProgramDraft, process: Process, terminal: { master: Slot; slave: Slot }): void {
  const master: Value = { slot: terminal.master };
  tell(draft, ORIGIN, 'open a terminal at "/dev/pts/ptmx"');
  openMaster(draft, terminal.master);
  call(draft, 'ioctl', [master, L.TIOCSPTLCK, { bytes: new Uint8Array(4) }]);
  const flags = L.O_RDWR | L.O_NOCTTY | L.O_CLOEXEC;
  call(draft, 'ioctl', [master, L.TIOCGPTPEER, flags], { result: terminal.slave });
  planSize(draft, process.consoleSize, master);
  const uid = process.user?.uid ?? 0;
  tell(draft, '/process/user/uid', `give the terminal to user ${uid}`);
  // As for other standard streams: a devpts of another user namespace does not allow it, and one can do without.
  const tolerate = [errno.EINVAL, errno.EPERM, errno.EROFS];
  call(draft, 'fchown', [{ slot: terminal.slave }, uid, -1], { tolerate });
}

/** Only the kernel makes files in a devpts. Its ptmx needs to be opened once, and by name: a reopened O_PATH descriptor
 * would have to come from a procfs, which is the image's too. */
function openMaster(draft: ProgramDraft, master: Slot): void {
  const directory: Value = { slot: draft.target };
  const [absent, opened] = [newLabel(draft, 'no-devpts'), newLabel(draft, 'opened')];
  const none = [errno.ENOENT, errno.ENOTDIR].map((number) => ({ errno: number, to: absent }));
  const path = { text: 'dev/pts' };
  resolveInRoot(draft, [{ slot: draft.root }, path, HOW_DIRECTORY, L.OPEN_HOW_SIZE], {
    result: draft.target,
    on: none,
  });
  const statfs = reserve(draft, STRUCT_STATFS_SIZE);
  call(draft, 'fstatfs', [directory, { memory: statfs }]);
  branch(draft, { load: statfs, size: 8 }, { test: 'not_equal', operand: L.DEVPTS_SUPER_MAGIC, to: absent });
  call(draft, 'openat2', [directory, { text: 'ptmx' }, HOW_PTMX, L.OPEN_HOW_SIZE], { result: master, on: none });
  verifyNode(draft, { directory: { slot: master }, name: EMPTY, ...PTMX });
  const inode = { load: draft.statx + L.STATX_OFFSET.inode, size: 8 } as const;
  branch(draft, inode, { test: 'equal', operand: PTMX_INODE, to: opened });
  mark(draft, absent);
  fail(draft, errno.ENODEV, 'cannot open a terminal: no devpts is mounted at "/dev/pts"');
  mark(draft, opened);
  close(draft, directory);
}

function planSize(draft: ProgramDraft, size: ConsoleSize | undefined, master: Value): void {
  if (size === undefined || size.height === 0 || size.width === 0) return;
  tell(draft, '/process/consoleSize', `set the terminal's size to ${size.width}x${size.height}`);
  // struct winsize: rows, columns, and two sizes in pixels.
  const bytes = new Uint8Array(new Uint16Array([size.height, size.width, 0, 0]).buffer);
  call(draft, 'ioctl', [master, L.TIOCSWINSZ, { bytes }]);
}

/** Binds the slave over /dev/console, by descriptor. A symbolic link there is refused, wherever it leads. */
function bindConsole(draft: CreateDraft, slave: Value): void {
  const safe = newLabel(draft, 'safe');
  tell(draft, ORIGIN, 'mount the terminal at "/dev/console"');
  openOrMake(draft, { slot: draft.root }, {
    components: ['dev', 'console'],
    kind: 'file',
    nofollow: true,
    result: draft.target,
    parent: draft.parent,
  });
  call(draft, 'statx', [{ slot: draft.target }, EMPTY, L.AT_EMPTY_PATH, L.STATX_TYPE, { memory: draft.statx }]);
  const mode = { load: draft.statx + L.STATX_OFFSET.mode, size: 2 } as const;
  branch(draft, mode, { mask: L.S_IFMT, test: 'not_equal', operand: L.S_IFLNK, to: safe });
  fail(draft, errno.ELOOP);
  mark(draft, safe);
  const flags = L.AT_EMPTY_PATH | L.OPEN_TREE_CLONE | L.OPEN_TREE_CLOEXEC;
  call(draft, 'open_tree', [slave, EMPTY, flags], { result: draft.tree });
  attach(draft, draft.tree);
}
