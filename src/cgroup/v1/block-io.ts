// blockIO → v1's blkio controller (admin-guide/cgroup-v1/blkio-controller.rst, block/bfq-iosched.rst). Pure.

import type { BlockIoResources, LinuxResources } from '../../config/types.ts';
import { asked, type Draft, wish } from '../draft.ts';

const THROTTLES = {
  throttleReadBpsDevice: 'blkio.throttle.read_bps_device',
  throttleWriteBpsDevice: 'blkio.throttle.write_bps_device',
  throttleReadIOPSDevice: 'blkio.throttle.read_iops_device',
  throttleWriteIOPSDevice: 'blkio.throttle.write_iops_device',
} as const;

export function planBlockIo({ blockIO }: LinuxResources, draft: Draft): void {
  if (blockIO === undefined) return;
  planWeights(blockIO, draft);
  for (const key of Object.keys(THROTTLES) as (keyof typeof THROTTLES)[]) {
    for (const [i, { major, minor, rate }] of (blockIO[key] ?? []).entries()) {
      const property = `blockIO/${key}/${i}/rate`;
      const value = `${major}:${minor} ${asked(draft, property, rate) ?? 0}`;
      // One device a write.
      wish(draft, property, { file: THROTTLES[key], value, ...(rate === 0 ? { isDefault: true } : {}) });
    }
  }
}

/** blkio.weight was CFQ's, until Linux 5.0; what BFQ has is called differently, and has nothing for leaves. */
function planWeights({ weight = 0, leafWeight = 0, weightDevice = [] }: BlockIoResources, draft: Draft): void {
  if (weight > 0) {
    const value = String(weight);
    wish(draft, 'blockIO/weight', { file: 'blkio.weight', value, otherwise: { file: 'blkio.bfq.weight', value } });
  }
  if (leafWeight > 0) wish(draft, 'blockIO/leafWeight', { file: 'blkio.leaf_weight', value: String(leafWeight) });
  for (const [i, device] of weightDevice.entries()) {
    const property = `blockIO/weightDevice/${i}`;
    const name = `${device.major}:${device.minor}`;
    if ((device.weight ?? 0) > 0) {
      const value = `${name} ${device.weight}`;
      const otherwise = { file: 'blkio.bfq.weight_device', value };
      wish(draft, `${property}/weight`, { file: 'blkio.weight_device', value, otherwise });
    }
    if ((device.leafWeight ?? 0) > 0) {
      const value = `${name} ${device.leafWeight}`;
      wish(draft, `${property}/leafWeight`, { file: 'blkio.leaf_weight_device', value });
    }
  }
}
