// Starts stage 0 of the container's own plan: the same executable that a runtime would start, from a sealed file in
// memory. Not a part of this one: /proc/<pid>/exe of what runs in the container must not be a file of the host
// (CVE-2019-5736).

import type { Namespace } from '../../config/types.ts';
import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import type { JoinedNamespace } from '../descriptors.ts';
import { branch, call, close, EMPTY, fail, mark, newLabel, reserve, tell } from '../draft.ts';
import { namespaceFlag } from '../namespaces.ts';
import { open, place, readerOf, type SupervisorDraft } from './draft.ts';

const SEALS = L.F_SEAL_SEAL | L.F_SEAL_SHRINK | L.F_SEAL_GROW | L.F_SEAL_WRITE;
const NO_SIGNALS = { bytes: new Uint8Array(L.SIGSET_SIZE) };

/** Gives the init's descriptors their numbers. */
export function planDescriptors(draft: SupervisorDraft): void {
  const { report, gate, firstNamespace, joined } = draft.input.descriptors;
  const ends = reserve(draft, 8);
  const [reader, writer] = [{ load: ends, size: 4 }, { load: ends + 4, size: 4 }] as const;
  tell(draft, '', 'make the pipes to the init process');
  call(draft, 'pipe2', [{ memory: ends }, L.O_CLOEXEC]);
  call(draft, 'dup3', [reader, readerOf(draft), L.O_CLOEXEC]);
  call(draft, 'dup3', [writer, report, 0]);
  close(draft, reader);
  close(draft, writer);
  call(draft, 'pipe2', [{ memory: ends }, L.O_CLOEXEC]);
  call(draft, 'dup3', [reader, gate, 0]);
  // Opened once more through procfs, both ways, as a fifo can be: whoever waits there never reads end-of-file.
  open(draft, `/proc/self/fd/${gate}`, { flags: L.O_RDWR });
  place(draft, gate);
  close(draft, reader);
  close(draft, writer);
  joined.forEach((namespace, index) => { planNamespace(draft, namespace, firstNamespace + index); });
}

function planNamespace(draft: SupervisorDraft, { type, path, origin }: JoinedNamespace, number: number): void {
  const right = newLabel(draft, 'right');
  // As container/namespaces.ts words it.
  const subject = `config.json: ${origin}/path: ${JSON.stringify(path)}`;
  tell(draft, '', `${subject} cannot be opened`);
  open(draft, path, { flags: L.O_RDONLY });
  call(draft, 'ioctl', [{ slot: draft.file }, L.NS_GET_NSTYPE, 0], {
    result: draft.count, on: [{ errno: errno.ENOTTY, to: right }],
  });
  branch(draft, { slot: draft.count }, { test: 'equal', operand: namespaceFlag(type as Namespace['type']), to: right });
  fail(draft, errno.EINVAL, `${subject} is not a ${type} namespace`);
  mark(draft, right);
  place(draft, number);
}

/** Makes the process that becomes stage 0, which goes on in planChild(). It has this one's memory until it executes,
 * and this one waits that long: nothing is copied. */
export function planBirth(draft: SupervisorDraft): void {
  planMemoryFile(draft);
  tell(draft, '', 'start the init process');
  const words = [L.CLONE_VM + L.CLONE_VFORK, 0, 0, 0, L.SIGCHLD, 0, 0, 0, 0, 0, 0];
  call(draft, 'clone3', [{ words }, L.CLONE_ARGS_SIZE], { result: draft.stageZero });
  branch(draft, { slot: draft.stageZero }, { test: 'equal', operand: 0, to: draft.ways.child });
  close(draft, { slot: draft.executable });
  // Or its end would never come.
  close(draft, draft.input.descriptors.report);
}

/** As launch/executable.ts. */
function planMemoryFile(draft: SupervisorDraft): void {
  const { image } = draft.input;
  const [old, made] = [newLabel(draft, 'before-linux-6.3'), newLabel(draft, 'made')];
  const name = { text: 'nunc-init' };
  const flags = L.MFD_CLOEXEC | L.MFD_ALLOW_SEALING;
  const reasons = [{ errno: errno.EACCES, text: 'this host forbids executable memfds (sysctl vm.memfd_noexec)' }];
  const result = draft.executable;
  tell(draft, '', 'make the init');
  const on = [{ errno: errno.EINVAL, to: old }];
  call(draft, 'memfd_create', [name, flags | L.MFD_EXEC], { result, on, success: made, reasons });
  mark(draft, old);
  call(draft, 'memfd_create', [name, flags], { result });
  mark(draft, made);
  call(draft, 'write', [{ slot: result }, { bytes: image }, image.length]);
  call(draft, 'fcntl', [{ slot: result }, L.F_ADD_SEALS, SEALS]);
}

/** In stage `cleanup`, whose failures go into the report: the supervisor hears of them as of the init's. */
export function planChild(draft: SupervisorDraft): void {
  mark(draft, draft.ways.child);
  tell(draft, '', 'start the init process');
  call(draft, 'rt_sigprocmask', [L.SIG_SETMASK, NO_SIGNALS, 0, L.SIGSET_SIZE]);
  const argv = { words: [{ text: 'nunc-init' }, 0] };
  call(draft, 'execveat', [{ load: draft.executable, size: 8 }, EMPTY, argv, { words: [0] }, L.AT_EMPTY_PATH]);
}
