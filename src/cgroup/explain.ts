// What a person can do about a setting that the kernel has refused: which property, which value, which file, why, and a
// hint where the reason is known. Looks at files, changes nothing.

import { readFileSync } from 'node:fs';
import { codeOf, type NuncError } from '../error.ts';
import { errno, errnoMessage } from '../linux/errno.ts';
import type { Reason } from '../plan/operation.ts';
import { cgroupError, parentOf } from './directory.ts';
import type { PlacedCgroup } from './driver.ts';
import type { Setting } from './setting.ts';
import { controllerOf, missingController } from './v2/controllers.ts';

/** A setting that could not be written: what was tried, and why it failed. */
export interface Failure {
  readonly setting: Setting;
  readonly cgroup: PlacedCgroup;
  /** The setting's, or what it has instead. */
  readonly file: string;
  readonly value: string;
  readonly cause: unknown;
}

interface Hint {
  readonly file: RegExp;
  readonly codes: readonly string[];
  readonly text: string;
}

const MISSING = ['ENOENT'];
const INVALID = ['EINVAL', 'ERANGE'];
const NO_DEVICE = ['ENODEV', 'ENXIO'];
const UNSUPPORTED = ['EOPNOTSUPP', 'ENOTSUP'];

/** In the order in which they are looked for. */
const HINTS: readonly Hint[] = [
  { file: /^memory\.(memsw|swap)/, codes: MISSING, text: 'the kernel does not count swap: it has no swap accounting' },
  { file: /^memory\.memsw/, codes: INVALID, text: 'it must not be below the limit of memory alone' },
  { file: /^memory\.limit/, codes: INVALID, text: 'it must not be above the limit of memory and swap together' },
  { file: /^memory\.(limit|memsw)/, codes: ['EBUSY'], text: 'more is in use, and the kernel can not take it back' },
  { file: /^memory\.kmem\.limit/, codes: UNSUPPORTED, text: 'Linux 5.16 and later do not limit kernel memory' },
  { file: /^memory\.swappiness/, codes: INVALID, text: 'from 0 to 100' },
  { file: /leaf_weight/, codes: MISSING, text: 'only CFQ had leaf weights, until Linux 5.0' },
  { file: /^(blkio|io)\..*weight/, codes: MISSING, text: 'the kernel has no I/O scheduler with weights, such as BFQ' },
  { file: /^io\.weight/, codes: UNSUPPORTED, text: 'iocost is not enabled for the device (io.cost.qos)' },
  { file: /^(blkio|io)\..*weight/, codes: UNSUPPORTED, text: "the device's I/O scheduler is not BFQ" },
  { file: /^(blkio|io)\..*weight/, codes: INVALID, text: 'from 10 to 1000' },
  { file: /^(blkio|io)\./, codes: NO_DEVICE, text: 'there is no such disk; partitions have no limits' },
  { file: /^cpu\.(cfs_burst|max\.burst)/, codes: MISSING, text: 'since Linux 5.14' },
  { file: /^cpu\.(cfs_burst|max\.burst)/, codes: INVALID, text: 'it must not be above the quota' },
  { file: /^cpu\.idle/, codes: MISSING, text: 'since Linux 5.15' },
  { file: /^cpu\.(shares|weight)/, codes: INVALID, text: 'a cgroup with cpu.idle 1 has none' },
  {
    file: /^cpu\.(cfs_|max)/,
    codes: INVALID,
    text: 'a period is from 1000 to 1000000, a quota at least 1000, and not more than a cgroup above has',
  },
  { file: /^cpu\.rt_/, codes: INVALID, text: 'the cgroups above it have less realtime to give' },
  { file: /^cpu\.rt_/, codes: MISSING, text: 'the kernel does not share out realtime by cgroup' },
  { file: /^hugetlb\.\d+[KMG]B\./, codes: MISSING, text: 'the kernel has no huge pages of this size' },
  { file: /^rdma\.max/, codes: [...NO_DEVICE, ...INVALID], text: 'there is no such RDMA device' },
  { file: /^net_prio\./, codes: NO_DEVICE, text: 'there is no such network interface' },
];

export function settingError(failure: Failure): NuncError {
  const { setting, cgroup, file, value, cause } = failure;
  const { origin } = setting;
  const code = codeOf(cause);
  const controller = controllerOf(file);
  const missing = code === 'ENOENT' && cgroup.version === 2 ? missingController(cgroup, controller) : undefined;
  if (missing !== undefined) {
    const action = `set ${origin}: the cgroup "${missing.path}" does not pass the controller ${controller} on`;
    return cgroupError(action, missing.cause, { hint: missing.hint, origin });
  }
  const action = `set ${origin}: write ${JSON.stringify(value)} to "${cgroup.path}/${file}"`;
  return cgroupError(action, cause, { hint: hintFor(failure), origin });
}

/** What can be said of a file's errors before there are any: for who looks at no cgroup when they come. */
export function likelyReasons({ version }: Pick<PlacedCgroup, 'version'>, file: string): Reason[] {
  const reasons = new Map<number, string>();
  const controller = controllerOf(file);
  for (const hint of HINTS) {
    for (const code of hint.file.test(file) ? hint.codes : []) {
      const number = code in errno ? errno[code as keyof typeof errno] : 0;
      if (number !== 0 && !reasons.has(number)) reasons.set(number, `${errnoMessage(number)} (${hint.text})`);
    }
  }
  if (version === 2 && controller !== 'cgroup' && !reasons.has(errno.ENOENT)) {
    const text = `a cgroup above does not pass the controller ${controller} on`;
    reasons.set(errno.ENOENT, `${errnoMessage(errno.ENOENT)} (${text})`);
  }
  return [...reasons].map(([number, text]) => ({ errno: number, text }));
}

function hintFor({ cgroup, file, cause }: Failure): string | undefined {
  const code = codeOf(cause) ?? '';
  if (file === 'cpuset.cpus' || file === 'cpuset.mems') return hintForCpuset(cgroup, file);
  return HINTS.find((hint) => hint.file.test(file) && hint.codes.includes(code))?.text;
}

function hintForCpuset({ version, path }: PlacedCgroup, file: string): string | undefined {
  const source = `${parentOf(path)}/${version === 1 ? file : `${file}.effective`}`;
  try {
    return `the cgroup above has ${JSON.stringify(readFileSync(source, 'latin1').trim())}`;
  } catch {
    return undefined;
  }
}
