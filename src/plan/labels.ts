// The labels of security modules: process.apparmorProfile, process.selinuxLabel, linux.mountLabel.

import type { Mount, Spec } from '../config/types.ts';
import type { Finding } from '../finding.ts';
import type { HostFacts } from '../host/facts.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft, ProcessDraft } from './create-draft.ts';
import { byteLength, call, close, fail, jump, mark, newLabel, tell } from './draft.ts';
import type { Value } from './operation.ts';
import { openProcfs, writeProcfs } from './procfs.ts';

/** The security modules of which a config asks for something. */
export function securityModules({ process, linux }: Spec): ('apparmor' | 'selinux')[] {
  const modules: ('apparmor' | 'selinux')[] = [];
  if ((process?.apparmorProfile ?? '') !== '') modules.push('apparmor');
  if ((process?.selinuxLabel ?? '') !== '' || (linux?.mountLabel ?? '') !== '') modules.push('selinux');
  return modules;
}

/** What of a config asks for a security module that the host has not. */
export function labelProblems({ process, linux }: Spec, facts: HostFacts): Finding[] {
  const asked = [
    ['/process/apparmorProfile', process?.apparmorProfile, facts.apparmor, 'AppArmor'],
    ['/process/selinuxLabel', process?.selinuxLabel, facts.selinux, 'SELinux'],
    ['/linux/mountLabel', linux?.mountLabel, facts.selinux, 'SELinux'],
  ] as const;
  const problems: Finding[] = [];
  for (const [pointer, label = '', isOn, module] of asked) {
    if (label === '' || isOn === true) continue;
    const text = `${JSON.stringify(label)} can't be applied: ${module} is not enabled on this host`;
    problems.push({ pointer, text });
  }
  return problems;
}

/** The labels that the next execve(2) gives: asked for here and not right before it, so that an unknown one fails
 * create and not start. Before no_new_privs, of which AppArmor wants to know what the process was before it. */
export function planExecLabels(draft: ProcessDraft, procfs: Value): void {
  const { apparmorProfile = '', selinuxLabel = '' } = draft.input.spec.process ?? {};
  if (apparmorProfile !== '') planAppArmor(draft, procfs, apparmorProfile);
  if (selinuxLabel === '') return;
  tell(draft, '/process/selinuxLabel', `set the SELinux label ${JSON.stringify(selinuxLabel)}`);
  writeProcfs(draft, procfs, { path: 'self/attr/exec', content: selinuxLabel });
}

/** aa_change_onexec(2). attr/apparmor is there since Linux 5.8; attr/exec may be another module's. */
function planAppArmor(draft: ProcessDraft, procfs: Value, profile: string): void {
  const [missing, applied] = [newLabel(draft, 'no-profile'), newLabel(draft, 'applied')];
  const action = `apply the AppArmor profile ${JSON.stringify(profile)}`;
  tell(draft, '/process/apparmorProfile', action);
  const on = [{ errno: errno.ENOENT, to: missing }];
  writeProcfs(draft, procfs, { path: 'self/attr/apparmor/exec', content: `exec ${profile}`, on });
  jump(draft, applied);
  mark(draft, missing);
  fail(draft, errno.ENOENT, `cannot ${action}: no profile of that name is loaded`);
  mark(draft, applied);
}

/** The label of the keys that are made from here on, for the session keyring; execve(2) takes it back. */
export function planKeyLabel(draft: ProcessDraft): void {
  const { selinuxLabel = '' } = draft.input.spec.process ?? {};
  const procfs = selinuxLabel === '' ? undefined : openProcfs(draft);
  if (procfs === undefined) return;
  writeKeyLabel(draft, procfs, selinuxLabel);
  close(draft, procfs);
}

function writeKeyLabel(draft: ProcessDraft, procfs: Value, label: string): void {
  tell(draft, '/process/selinuxLabel', `set the SELinux label of keys ${JSON.stringify(label)}`);
  writeProcfs(draft, procfs, { path: 'self/attr/keycreate', content: label });
}

/** All of them, in stage 0, through the host's procfs, which is closed then: what stage 0 makes inherits them, and has
 * nothing of the host's that others in the container could take from it. */
export function planLabelsEarly(draft: ProcessDraft, { keys }: { readonly keys: boolean }): void {
  const { hostProcfs } = draft;
  if (hostProcfs === undefined) return;
  const procfs: Value = { slot: hostProcfs };
  const { selinuxLabel = '' } = draft.input.spec.process ?? {};
  if (keys && selinuxLabel !== '') writeKeyLabel(draft, procfs, selinuxLabel);
  planExecLabels(draft, procfs);
  close(draft, procfs);
  draft.hostProcfs = undefined;
}

/** File systems whose files have labels of their own, whatever a mount asks for. */
const NEVER_LABELLED = new Set(['proc', 'sysfs', 'mqueue', 'cgroup', 'cgroup2']);

/** Whether a mount option of this name is an SELinux label. */
export function isLabelOption(key: string): boolean {
  return key === 'context' || key === 'fscontext' || key === 'defcontext' || key === 'rootcontext';
}

/** The label for a new file system; undefined when it gets none, or has one among its own options. */
export function mountLabelFor(draft: CreateDraft, mount: Mount): string | undefined {
  const label = draft.input.spec.linux?.mountLabel ?? '';
  if (label === '' || NEVER_LABELLED.has(mount.type ?? '')) return undefined;
  const options = mount.options ?? [];
  return options.some((option) => isLabelOption(option.split('=', 1)[0] ?? '')) ? undefined : label;
}

/** Gives the file system in `draft.context` a label. Unlike mount(2)'s data the value needs no quotation marks. */
export function configureLabel(draft: CreateDraft, label: string | undefined): void {
  if (label === undefined) return;
  const context: Value = { slot: draft.context };
  call(draft, 'fsconfig', [context, L.FSCONFIG_SET_STRING, { text: 'context' }, { text: label }, 0], {
    log: draft.context,
  });
}

/** mqueue takes no label when it is mounted; its root directory gets it afterwards, as with runc. */
export function labelDirectory(draft: CreateDraft, directory: Value): void {
  const label = draft.input.spec.linux?.mountLabel ?? '';
  if (label === '') return;
  // A mount's descriptor is one of O_PATH, which fsetxattr(2) refuses.
  call(draft, 'fchdir', [directory]);
  const name = { text: 'security.selinux' };
  call(draft, 'setxattr', [{ text: '.' }, name, { text: label }, byteLength(label), 0]);
  call(draft, 'chdir', [{ text: '/' }]);
}
