// blockIO → v2's io controller (admin-guide/cgroup-v2.rst, block/bfq-iosched.rst). Pure.

import type { BlockIoResources, LinuxResources, ThrottleDevice } from '../../config/types.ts';
import { asked, type Draft, NO_EQUIVALENT, POINTER, refuse, wish } from '../draft.ts';

const THROTTLES = {
  throttleReadBpsDevice: 'rbps',
  throttleWriteBpsDevice: 'wbps',
  throttleReadIOPSDevice: 'riops',
  throttleWriteIOPSDevice: 'wiops',
} as const;

type Throttle = keyof typeof THROTTLES;

/** io.weight (1 to 10000, of iocost) for blkio's weight (10 to 1000, as BFQ has it), the way today's runtimes do it. */
export function ioWeightOf(weight: number): number {
  return Math.max(1, 1 + Math.floor(((weight - 10) * 9999) / 990));
}

export function planBlockIo({ blockIO }: LinuxResources, draft: Draft): void {
  if (blockIO === undefined) return;
  planWeights(blockIO, draft);
  planThrottles(blockIO, draft);
}

function planWeights({ weight = 0, leafWeight = 0, weightDevice = [] }: BlockIoResources, draft: Draft): void {
  if (weight > 0) wishWeight(draft, 'blockIO/weight', { prefix: '', weight });
  if (leafWeight > 0) refuse(draft, 'blockIO/leafWeight', NO_EQUIVALENT);
  for (const [i, device] of weightDevice.entries()) {
    const property = `blockIO/weightDevice/${i}`;
    const prefix = `${device.major}:${device.minor} `;
    const own = device.weight ?? 0;
    if (own > 0) wishWeight(draft, `${property}/weight`, { prefix, weight: own });
    if ((device.leafWeight ?? 0) > 0) refuse(draft, `${property}/leafWeight`, NO_EQUIVALENT);
  }
}

/** Kernels have what their schedulers need: the file of BFQ, of iocost, of both or of neither. */
function wishWeight(draft: Draft, property: string, { prefix, weight }: { prefix: string; weight: number }): void {
  const otherwise = { file: 'io.weight', value: `${prefix}${ioWeightOf(weight)}` };
  wish(draft, property, { file: 'io.bfq.weight', value: `${prefix}${weight}`, otherwise });
}

/** What one device gets, in one write. */
interface Line {
  readonly origins: string[];
  words: string;
  isDefault: boolean;
}

function planThrottles(blockIO: BlockIoResources, draft: Draft): void {
  const lines = new Map<string, Line>();
  for (const key of Object.keys(THROTTLES) as Throttle[]) {
    for (const [i, device] of (blockIO[key] ?? []).entries()) addRate(lines, draft, { key, i, device });
  }
  for (const [device, { origins, words, isDefault }] of lines) {
    const value = { value: `${device}${words}`, ...(isDefault ? { isDefault: true as const } : {}) };
    draft.wishes.push({ origin: origins.join(', '), file: 'io.max', ...value });
  }
}

function addRate(
  lines: Map<string, Line>,
  draft: Draft,
  { key, i, device: { major, minor, rate } }: { key: Throttle; i: number; device: ThrottleDevice },
): void {
  const name = `${major}:${minor}`;
  const line = lines.get(name) ?? { origins: [], words: '', isDefault: true };
  lines.set(name, line);
  const property = `blockIO/${key}/${i}/rate`;
  line.origins.push(`${POINTER}/${property}`);
  line.words += ` ${THROTTLES[key]}=${asked(draft, property, rate) ?? 'max'}`;
  if (rate > 0) line.isDefault = false;
}
