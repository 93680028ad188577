// Who the process is: capabilities, groups, ids. The order is that of credentials(7) and capabilities(7): the bounding
// set is dropped while CAP_SETPCAP is there, ids change with the capabilities kept, the sets get their final values
// last.

import { show } from '../config/report.ts';
import type { Process } from '../config/types.ts';
import { CAPABILITIES } from '../linux/capabilities.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { ProcessDraft, ProgramDraft } from './create-draft.ts';
import { branch, call, EMPTY, mark, newLabel, newSlot, pick, set, sum, tell } from './draft.ts';
import { inUserNamespace, isConfined } from './rights.ts';

type SetName = 'bounding' | 'effective' | 'inheritable' | 'permitted' | 'ambient';

const NAMES = Object.keys(CAPABILITIES);

/** Capability numbers of each set, those left out that this runtime can't give. */
export type Granted = Readonly<Record<SetName, ReadonlySet<number>>>;

/** What of process.capabilities can be given; the rest becomes a warning, as the runtime-spec asks. */
export function grantCapabilities(draft: ProcessDraft, process: Process): Granted {
  const wanted = process.capabilities ?? {};
  const ungranted = new Set<string>();
  const grant = (names: readonly string[] = []): Set<number> => grantSet(draft, names, ungranted);
  const sets = {
    bounding: grant(wanted.bounding),
    effective: grant(wanted.effective),
    inheritable: grant(wanted.inheritable),
    permitted: grant(wanted.permitted),
    ambient: grant(wanted.ambient),
  };
  // What capset(2) and prctl(PR_CAP_AMBIENT_RAISE) would refuse, see capabilities(7).
  limitSet(sets.effective, sets.permitted, ungranted);
  limitSet(sets.inheritable, sets.bounding, ungranted);
  limitSet(sets.ambient, sets.permitted, ungranted);
  limitSet(sets.ambient, sets.inheritable, ungranted);
  if (ungranted.size > 0) {
    const text = `cannot give all that is asked for: ${[...ungranted].join(', ')}`;
    draft.warnings.push({ pointer: '/process/capabilities', text });
  }
  return sets;
}

function grantSet(draft: ProcessDraft, names: readonly string[], ungranted: Set<string>): Set<number> {
  const { facts, spec } = draft.input;
  // A new user namespace has every capability over itself.
  const all = inUserNamespace(spec);
  const numbers = new Set<number>();
  for (const name of names) {
    const number = CAPABILITIES[name];
    const known = number !== undefined && number <= facts.lastCapability;
    if (known && (all || facts.capabilities.includes(name))) numbers.add(number);
    else ungranted.add(number === undefined ? show(name) : name);
  }
  return numbers;
}

/** Takes out of `set` what is not in `limit`. */
function limitSet(set: Set<number>, limit: ReadonlySet<number>, ungranted: Set<string>): void {
  for (const number of set) {
    if (limit.has(number)) continue;
    set.delete(number);
    ungranted.add(NAMES[number] ?? String(number));
  }
}

/** prctl(PR_CAPBSET_DROP) of all that is not wanted, usually three dozen; must run while CAP_SETPCAP is effective. */
export function planBoundingSet(draft: ProcessDraft, granted: Granted): void {
  tell(draft, '/process/capabilities/bounding', 'limit the bounding set');
  const { lastCapability } = draft.input.facts;
  const words: number[] = [];
  for (let number = 0; number <= lastCapability; number++) if (!granted.bounding.has(number)) words.push(number);
  if (words.length === 0) return;
  const [index, capability, again] = [newSlot(draft), newSlot(draft), newLabel(draft, 'again')];
  set(draft, index, 0);
  mark(draft, again);
  pick(draft, capability, { from: { words }, index: { slot: index } });
  call(draft, 'prctl', [L.PR_CAPBSET_DROP, { slot: capability }, 0, 0, 0]);
  sum(draft, 'add', { slot: index, value: 1 });
  branch(draft, { slot: index }, { test: 'not_equal', operand: words.length, to: again });
}

/** setgroups, setresgid, setresuid, with the permitted capabilities kept. */
export function planIds(draft: ProcessDraft, process: Process): void {
  const { uid = 0, gid = 0, additionalGids = [] } = process.user ?? {};
  tell(draft, '/process/user/additionalGids', 'set the supplementary groups');
  const groups = new Uint8Array(Uint32Array.from(additionalGids).buffer);
  // A user namespace can forbid setgroups(2) (user_namespaces(7)); that matters only to who asked for groups.
  const tolerate = isConfined(draft.input) && additionalGids.length === 0 ? [errno.EPERM] : [];
  call(draft, 'setgroups', [additionalGids.length, groups.length === 0 ? 0 : { bytes: groups }], { tolerate });
  tell(draft, '/process/user', `become user ${uid} and group ${gid}`);
  call(draft, 'prctl', [L.PR_SET_KEEPCAPS, 1, 0, 0, 0]);
  call(draft, 'setresgid', [gid, gid, gid]);
  call(draft, 'setresuid', [uid, uid, uid]);
}

/** capset(2), then the ambient set, which must be within the permitted and the inheritable one. */
export function planCapabilitySets(draft: ProcessDraft, granted: Granted): void {
  tell(draft, '/process/capabilities', 'set the capabilities');
  const data = new Uint32Array(6);
  fillSet(data, 0, granted.effective);
  fillSet(data, 1, granted.permitted);
  fillSet(data, 2, granted.inheritable);
  const header = new Uint32Array([L.LINUX_CAPABILITY_VERSION_3, 0]);
  call(draft, 'capset', [{ bytes: new Uint8Array(header.buffer) }, { bytes: new Uint8Array(data.buffer) }]);
  tell(draft, '/process/capabilities/ambient', 'set the ambient capabilities');
  call(draft, 'prctl', [L.PR_CAP_AMBIENT, L.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0]);
  for (const number of granted.ambient) call(draft, 'prctl', [L.PR_CAP_AMBIENT, L.PR_CAP_AMBIENT_RAISE, number, 0, 0]);
}

/** struct __user_cap_data_struct[2]: effective, permitted, inheritable of capabilities 0–31, then of 32–63. */
function fillSet(data: Uint32Array, field: number, numbers: ReadonlySet<number>): void {
  for (const number of numbers) {
    const word = (number >>> 5) * 3 + field;
    data[word] = ((data[word] ?? 0) | (1 << (number & 31))) >>> 0;
  }
}

/** Gives stdin, stdout and stderr to the container's user, so that it can reopen them by /dev/stdout; /dev/null is
 * everybody's already. */
export function planStdioOwner(draft: ProgramDraft, process: Process): void {
  const uid = process.user?.uid ?? 0;
  if (uid === 0) return;
  tell(draft, '/process/user/uid', 'give standard input and output to the user');
  for (let descriptor = 0; descriptor <= 2; descriptor++) {
    const [give, keep] = [newLabel(draft, 'give'), newLabel(draft, 'keep')];
    const args = [descriptor, EMPTY, L.AT_EMPTY_PATH, L.STATX_TYPE, { memory: draft.statx }];
    call(draft, 'statx', args, { on: [{ errno: errno.EBADF, to: keep }] });
    const majorOf = { load: draft.statx + L.STATX_OFFSET.rdevMajor, size: 4 } as const;
    const minorOf = { load: draft.statx + L.STATX_OFFSET.rdevMinor, size: 4 } as const;
    branch(draft, majorOf, { test: 'not_equal', operand: 1, to: give });
    branch(draft, minorOf, { test: 'equal', operand: 3, to: keep });
    mark(draft, give);
    call(draft, 'fchown', [descriptor, uid, -1], { tolerate: [errno.EINVAL, errno.EPERM, errno.EROFS] });
    mark(draft, keep);
  }
}
