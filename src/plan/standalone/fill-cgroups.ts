// Gives the container's cgroups their contents, in the order of cgroup/create.ts: what they need to take processes,
// device rules, limits, an owner. They are new, and have the values that new ones have.

import * as B from '../../linux/bpf.ts';
import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { branch, byteLength, call, close, HERE, jump, mark, newLabel, newSlot, set, tell } from '../draft.ts';
import type { Label, Slot } from '../operation.ts';
import { planControllers } from './controllers.ts';
import { planCpuset } from './cpuset.ts';
import { onAny, open, place, programOf, type SupervisorDraft } from './draft.ts';
import { CGROUP_ORIGIN, type CgroupWrite, type DeviceProgram } from './input.ts';

export function planFillCgroups(draft: SupervisorDraft): void {
  const { cgroups, unifiedOnly, devices, writes } = draft.input;
  for (const cgroup of cgroups) {
    tell(draft, CGROUP_ORIGIN, `create the cgroup ${JSON.stringify(cgroup.path)}`);
    if (cgroup.version === 1 && cgroup.controllers.includes('cpuset')) planCpuset(draft, cgroup);
    if (cgroup.version === 2 && unifiedOnly) planControllers(draft, cgroup);
  }
  openUnified(draft);
  if (devices !== undefined) planDeviceProgram(draft, devices);
  planWrites(draft, writes);
  planOwner(draft);
}

/** Under the number that the init is born by, and device programs are attached by. */
function openUnified(draft: SupervisorDraft): void {
  const unified = draft.input.cgroups.find(({ version }) => version === 2);
  if (unified === undefined) return;
  tell(draft, CGROUP_ORIGIN, `open the cgroup ${JSON.stringify(unified.path)}`);
  open(draft, unified.path, { flags: L.O_RDONLY | L.O_DIRECTORY });
  place(draft, draft.input.descriptors.cgroup);
}

/** struct bpf_attr of BPF_PROG_LOAD up to the name, which must be short: a word holds six letters of it. */
const NAME = 0x63_6e_75_6e;
/** For programs that call no function of the kernel's any will do. */
const LICENSE = { text: 'Apache-2.0' };

function planDeviceProgram(draft: SupervisorDraft, { instructions, count }: DeviceProgram): void {
  const program = programOf(draft);
  const load = [B.BPF_PROG_TYPE_CGROUP_DEVICE + count * 2 ** 32, { bytes: instructions }, LICENSE, 0, 0, 0, NAME, 0];
  tell(draft, '/linux/resources/devices', 'set /linux/resources/devices: load a device program');
  call(draft, 'bpf', [B.BPF_PROG_LOAD, { words: load }, load.length * 8], { result: draft.file });
  place(draft, program);
  tell(draft, '/linux/resources/devices', 'set /linux/resources/devices: attach a device program to the cgroup');
  const { cgroup } = draft.input.descriptors;
  const attach = [cgroup + program * 2 ** 32, B.BPF_CGROUP_DEVICE + B.BPF_F_ALLOW_MULTI * 2 ** 32];
  call(draft, 'bpf', [B.BPF_PROG_ATTACH, { words: attach }, attach.length * 8]);
  close(draft, program);
}

/** What a value is refused with that depends on another one which is not written yet. */
const RETRIED = [errno.EINVAL, errno.ERANGE, errno.EBUSY];

/** Writes all; those that are refused once more, when the others are written. */
export function planWrites(draft: SupervisorDraft, writes: readonly CgroupWrite[]): void {
  const alone = writes.length === 1;
  const retries: { readonly write: CgroupWrite; readonly refused: Slot }[] = [];
  for (const write of writes) {
    if (alone) {
      planWrite(draft, write);
      continue;
    }
    const [refused, retry, next] = [newSlot(draft), newLabel(draft, 'refused'), newLabel(draft, 'written')];
    tell(draft, write.origin, write.action);
    set(draft, refused, 0);
    planWrite(draft, write, retry);
    jump(draft, next);
    mark(draft, retry);
    close(draft, { slot: draft.file });
    set(draft, refused, 1);
    mark(draft, next);
    retries.push({ write, refused });
  }
  for (const { write, refused } of retries) {
    const next = newLabel(draft, 'written');
    tell(draft, write.origin, write.action);
    branch(draft, { slot: refused }, { test: 'equal', operand: 0, to: next });
    planWrite(draft, write);
    mark(draft, next);
  }
}

function planWrite(draft: SupervisorDraft, write: CgroupWrite, retry?: Label): void {
  const { path, value, optional, otherwise, reasons } = write;
  const [other, done] = [newLabel(draft, 'other-file'), newLabel(draft, 'done')];
  tell(draft, write.origin, write.action);
  const missing = otherwise !== undefined ? other : optional === true ? done : undefined;
  const on = missing === undefined ? [] : [{ errno: errno.ENOENT, to: missing }];
  open(draft, path, { flags: L.O_WRONLY, on, reasons });
  const file = { slot: draft.file };
  const refused = retry === undefined ? [] : onAny(RETRIED, retry);
  call(draft, 'write', [file, { text: value }, byteLength(value)], { reasons, on: refused });
  close(draft, file);
  if (otherwise !== undefined) {
    jump(draft, done);
    mark(draft, other);
    planWrite(draft, otherwise, retry);
  }
  mark(draft, done);
}

/** As cgroup/v2/delegate.ts: only the controllers that a cgroup has have files in it, and an ordinary user can give
 * nothing away. */
function planOwner(draft: SupervisorDraft): void {
  const { owner, cgroups } = draft.input;
  const unified = cgroups.find(({ version }) => version === 2);
  if (owner === undefined || unified === undefined) return;
  for (const file of ['', ...owner.files.map((name) => `/${name}`)]) {
    const path = unified.path + file;
    tell(draft, CGROUP_ORIGIN, `change the owner of ${JSON.stringify(path)}`);
    call(draft, 'fchownat', [HERE, { text: path }, owner.uid, -1, 0], { tolerate: [errno.ENOENT, errno.EPERM] });
  }
}
