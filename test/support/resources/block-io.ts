// blockIO of linux.resources, and io.max by itself.

import { someDisk } from '../cgroup-files.ts';
import { type Expected, has, missing, NO_EQUIVALENT, type ResourceCase, where } from './case.ts';

const disk = someDisk();
const DEVICE = { major: disk.major, minor: disk.minor };
const device = `${disk.major}:${disk.minor}`;
const RATE = 1_000_000;
const NO_WEIGHTS = 'the kernel has no I/O scheduler with weights, such as BFQ';
const NO_LEAVES = 'only CFQ had leaf weights, until Linux 5.0';

/** The file of v2 that has weights, with blkio's weight as it has it. */
function weightOfV2(line: (weight: number) => string): Expected | undefined {
  if (has('blkio', 'io.bfq.weight')) return { 'io.bfq.weight': line(500) };
  return has('blkio', 'io.weight') ? { 'io.weight': line(4950) } : undefined;
}

const devicePattern = (file: string): Expected => ({ [file]: new RegExp(`^${device} 300$`, 'm') });
const notBfq = /: write "\d+:\d+ 300" to ".*": operation not supported; the device's I\/O scheduler is not BFQ$/;

const noIocost = /: write "\d+:\d+ 2930" to ".*": operation not supported; iocost is not enabled for the device/;

function weightDeviceOfV1(): Expected {
  if (!has('blkio', 'blkio.bfq.weight')) return missing('blockIO/weightDevice/0/weight', NO_WEIGHTS);
  return where(disk.usesBfq, devicePattern('blkio.bfq.weight_device'), notBfq);
}

function weightDeviceOfV2(): Expected {
  if (has('blkio', 'io.bfq.weight')) return where(disk.usesBfq, devicePattern('io.bfq.weight'), notBfq);
  if (!has('blkio', 'io.weight')) return missing('blockIO/weightDevice/0/weight', NO_WEIGHTS);
  return where(disk.usesIocost, { 'io.weight': new RegExp(`^${device} 2930$`, 'm') }, noIocost);
}

const THROTTLES = [
  ['throttleReadBpsDevice', 'read_bps', 'rbps=600000 wbps=max riops=max wiops=max'],
  ['throttleWriteBpsDevice', 'write_bps', 'rbps=max wbps=600000 riops=max wiops=max'],
  ['throttleReadIOPSDevice', 'read_iops', 'rbps=max wbps=max riops=600000 wiops=max'],
  ['throttleWriteIOPSDevice', 'write_iops', 'rbps=max wbps=max riops=max wiops=600000'],
] as const;

export const blockIoCases: readonly ResourceCase[] = [
  {
    name: 'blockIO.weight', properties: ['blockIO.weight'], controller: 'blkio',
    resources: { blockIO: { weight: 500 } },
    v1: where(has('blkio', 'blkio.bfq.weight'), { 'blkio.bfq.weight': '500' }, missing('blockIO/weight', NO_WEIGHTS)),
    v2: weightOfV2((weight) => `default ${weight}`) ?? missing('blockIO/weight', NO_WEIGHTS),
  },
  {
    name: 'blockIO.leafWeight', properties: ['blockIO.leafWeight'], controller: 'blkio',
    resources: { blockIO: { leafWeight: 500 } },
    v1: missing('blockIO/leafWeight', NO_LEAVES),
    v2: NO_EQUIVALENT,
  },
  {
    name: 'blockIO.weightDevice', controller: 'blkio',
    properties: ['major', 'minor', 'weight'].map((key) => `blockIO.weightDevice[].${key}`),
    resources: { blockIO: { weightDevice: [{ ...DEVICE, weight: 300 }] } },
    v1: weightDeviceOfV1(),
    v2: weightDeviceOfV2(),
  },
  {
    name: 'blockIO.weightDevice[].leafWeight', properties: ['blockIO.weightDevice[].leafWeight'], controller: 'blkio',
    resources: { blockIO: { weightDevice: [{ ...DEVICE, leafWeight: 300 }] } },
    v1: missing('blockIO/weightDevice/0/leafWeight', NO_LEAVES),
    v2: NO_EQUIVALENT,
  },
  ...THROTTLES.map(([key, file, line]): ResourceCase => ({
    name: `blockIO.${key}`, controller: 'blkio',
    properties: ['major', 'minor', 'rate'].map((name) => `blockIO.${key}[].${name}`),
    resources: { blockIO: { [key]: [{ ...DEVICE, rate: 600_000 }] } },
    v1: { [`blkio.throttle.${file}_device`]: `${device} 600000` },
    v2: { 'io.max': `${device} ${line}` },
  })),
  {
    name: 'all throttles at once', controller: 'blkio',
    resources: { blockIO: Object.fromEntries(THROTTLES.map(([key], i) => [key, [{ ...DEVICE, rate: RATE + i }]])) },
    v1: Object.fromEntries(THROTTLES.map(([, file], i) => [`blkio.throttle.${file}_device`, `${device} ${RATE + i}`])),
    v2: { 'io.max': `${device} rbps=1000000 wbps=1000001 riops=1000002 wiops=1000003` },
  },
  {
    name: 'unified of two lines', controller: 'blkio',
    resources: { unified: { 'io.max': `${device} rbps=600000\n${device} wiops=500` } },
    v1: /no cgroup in a v2 tree$|tree of this host does not have the controller io$/,
    v2: { 'io.max': `${device} rbps=600000 wbps=max riops=max wiops=500` },
  },
];
