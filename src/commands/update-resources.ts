// The options of `update` as resources. Those that are 0 or empty ask for nothing, as with runc.

import type { LinuxResources } from '../config/types.ts';
import type { Options } from './command.ts';
import { parseInteger, parseSize } from './quantities.ts';

/** Those whose value goes to linux.resources.cpu as it is. */
const CPU = [
  { name: 'cpu-period', key: 'period', signed: false },
  { name: 'cpu-quota', key: 'quota', signed: true },
  { name: 'cpu-burst', key: 'burst', signed: false },
  { name: 'cpu-share', key: 'shares', signed: false },
  { name: 'cpu-rt-period', key: 'realtimePeriod', signed: false },
  { name: 'cpu-rt-runtime', key: 'realtimeRuntime', signed: true },
  { name: 'cpu-idle', key: 'idle', signed: true },
] as const;

const MEMORY = [
  { name: 'memory', key: 'limit' },
  { name: 'memory-swap', key: 'swap' },
  { name: 'memory-reservation', key: 'reservation' },
] as const;

const KERNEL_MEMORY = ['kernel-memory', 'kernel-memory-tcp'];

/** Zero is a value of theirs. */
const KEEPS_ZERO: readonly string[] = ['cpu-idle', 'cpu-burst'];

/** @param warn told what was ignored. @throws NuncError (usage) for what is no number or size */
export function readResources(options: Options, warn: (message: string) => void): LinuxResources {
  const weight = options.number('blkio-weight') ?? 0;
  const pids = options.number('pids-limit') ?? 0;
  const resources = {
    ...(weight === 0 ? {} : { blockIO: { weight } }),
    ...section('cpu', readCpu(options)),
    ...section('memory', readMemory(options)),
    // As with runc every number below zero is no limit.
    ...(pids === 0 ? {} : { pids: { limit: Math.max(pids, -1) } }),
  };
  warnOfKernelMemory(options, warn);
  return resources;
}

function section<Name extends string, Values extends object>(
  name: Name,
  values: Values,
): Partial<Record<Name, Values>> {
  return Object.keys(values).length === 0 ? {} : ({ [name]: values } as Record<Name, Values>);
}

function readCpu(options: Options): NonNullable<LinuxResources['cpu']> {
  const cpu: Record<string, number | string> = {};
  for (const { name, key, signed } of CPU) {
    const text = options.string(name) ?? '';
    const value = text === '' ? 0 : parseInteger(name, text, { signed });
    if (value !== 0 || (text !== '' && KEEPS_ZERO.includes(name))) cpu[key] = value;
  }
  for (const key of ['cpus', 'mems']) {
    const text = options.string(`cpuset-${key}`) ?? '';
    if (text !== '') cpu[key] = text;
  }
  return cpu;
}

function readMemory(options: Options): NonNullable<LinuxResources['memory']> {
  const memory: Record<string, number> = {};
  for (const { name, key } of MEMORY) {
    const text = options.string(name) ?? '';
    const value = text === '' ? 0 : parseSize(name, text);
    if (value !== 0) memory[key] = value;
  }
  return memory;
}

function warnOfKernelMemory(options: Options, warn: (message: string) => void): void {
  let ignored = false;
  for (const name of KERNEL_MEMORY) {
    const text = options.string(name) ?? '';
    if (text !== '' && parseSize(name, text) !== 0) ignored = true;
  }
  if (ignored) warn('kernel memory settings are ignored: Linux limits it with all other memory');
}
