// Limits as properties of a scope. systemd writes them into the scope's files again whenever it likes (daemon-reload),
// so it has to know them; the files themselves are written by nunc as well, exactly. What a limit means for the host's
// version of cgroups is already decided: these say what the files say. Pure.

import { type Value, type Variant,variant } from '../../dbus/value.ts';
import type { Setting } from '../setting.ts';

export type Property = readonly [name: string, value: Variant];

/** systemd's word for "max". */
const INFINITY = (1n << 64n) - 1n;
/** Microseconds; the kernel's as well as systemd's when none is said. */
const DEFAULT_PERIOD = 100_000n;
/** systemd keeps the quota in hundredths, and forgets the rest. */
const QUOTA_STEP = 10_000n;

const LIMITS: ReadonlyMap<string, string> = new Map(Object.entries({
  'memory.max': 'MemoryMax',
  'memory.high': 'MemoryHigh',
  'memory.low': 'MemoryLow',
  'memory.min': 'MemoryMin',
  'memory.swap.max': 'MemorySwapMax',
  'memory.limit_in_bytes': 'MemoryLimit',
  'pids.max': 'TasksMax',
  'cpu.weight': 'CPUWeight',
  'cpu.shares': 'CPUShares',
  'io.weight': 'IOWeight',
  'blkio.weight': 'BlockIOWeight',
}));

const SETS: ReadonlyMap<string, string> = new Map([
  ['cpuset.cpus', 'AllowedCPUs'], ['cpuset.mems', 'AllowedMemoryNodes'],
]);

/** The properties that there are for settings; others are in the files alone. The later of two counts. */
export function limitProperties(settings: readonly Setting[]): Property[] {
  const properties = new Map<string, Variant>();
  const quota: Quota = {};
  for (const setting of settings) {
    const { file, value } = propertied(setting);
    const text = value.trim();
    const limit = LIMITS.get(file);
    const set = SETS.get(file);
    if (limit !== undefined) addLimit(properties, limit, text);
    else if (set !== undefined && text !== '') properties.set(set, variant('ay', bitmaskOf(text)));
    else if (file === 'cpu.idle') addIdle(properties, text);
    else readQuota(quota, file, text);
  }
  addQuota(properties, quota);
  return [...properties];
}

/** Of a file and the one that is written where a kernel does not have it, the one with a property. */
function propertied(setting: Setting): { file: string; value: string } {
  const { file, otherwise } = setting;
  return LIMITS.has(file) || otherwise === undefined ? setting : otherwise;
}

function addLimit(properties: Map<string, Variant>, name: string, text: string): void {
  // "default 100" and a number alone are the same to io.weight.
  const limit = readNumber(text.replace(/^default /, ''));
  if (limit === undefined || (name === 'CPUWeight' && properties.get(name)?.value === 0n)) return;
  // A scope without any task is none to systemd; the file says 0 all the same.
  properties.set(name, variant('t', name === 'TasksMax' && limit === 0n ? 1n : limit));
}

/** systemd's words: a weight of 0, and for its end the weight that everybody has. */
function addIdle(properties: Map<string, Variant>, text: string): void {
  const weight = properties.get('CPUWeight')?.value ?? 0n;
  if (text === '1') properties.set('CPUWeight', variant('t', 0n));
  else if (weight === 0n) properties.set('CPUWeight', variant('t', INFINITY));
}

/** undefined for what is no number: it is the kernel's to judge. */
function readNumber(text: string): bigint | undefined {
  if (text === 'max' || /^-\d+$/.test(text)) return INFINITY;
  return /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}

interface Quota {
  quota?: bigint | undefined;
  period?: bigint | undefined;
}

/** v2's one file, or v1's two. */
function readQuota(into: Quota, file: string, text: string): void {
  if (file === 'cpu.cfs_quota_us') into.quota = readNumber(text);
  else if (file === 'cpu.cfs_period_us') into.period = readNumber(text);
  else if (file === 'cpu.max') {
    const [quota = '', period = ''] = text.split(/\s+/);
    into.quota = readNumber(quota);
    into.period = readNumber(period);
  }
}

function addQuota(properties: Map<string, Variant>, { quota, period }: Quota): void {
  if (period !== undefined && period > 0n) properties.set('CPUQuotaPeriodUSec', variant('t', period));
  if (quota === undefined) return;
  properties.set('CPUQuotaPerSecUSec', variant('t', perSecond(quota, period || DEFAULT_PERIOD)));
}

function perSecond(quota: bigint, period: bigint): bigint {
  if (quota === INFINITY || quota === 0n) return INFINITY;
  const exact = (quota * 1_000_000n) / period;
  const steps = (exact + QUOTA_STEP - 1n) / QUOTA_STEP;
  return steps * QUOTA_STEP;
}

/** "0-2,9" as bits, the first eight in the first byte. Ranges that are none are the kernel's to refuse. */
function bitmaskOf(list: string): Value {
  const bytes: number[] = [];
  for (const range of list.split(',')) {
    const [first = '', last = first] = range.split('-');
    for (let bit = Number(first); bit <= Math.min(Number(last), MAX_BIT); bit++) {
      while (bytes.length <= bit >> 3) bytes.push(0);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return bytes;
}

/** The kernel's largest number of processors, and then some. */
const MAX_BIT = 65_535;
