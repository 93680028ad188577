// The operands of operations as text: names for numbers, fields for structures. Knows nothing of the operations' order.

import type { SyscallName } from '../linux/syscalls.ts';
import { ARGUMENT_FORMATS } from './argument-formats.ts';
import {
type Enumeration,   ENUMERATIONS, FLAG_SETS, type FlagSet,
hexadecimal, nameFlags, nameMode, nameNumber, plainNumber } from './flag-names.ts';
import type { Value, Word } from './operation.ts';

/** Longer constants are cut; a checksum still shows that they differ. */
const LONGEST_BYTES = 32;

/** Structures of 64-bit words: the fields' names and formats. */
const STRUCTURES: Readonly<Record<string, readonly (readonly [name: string, format: string])[]>> = {
  open_how: [['flags', 'open'], ['mode', 'mode'], ['resolve', 'flags:resolve']],
  mount_attr: [
    ['attr_set', 'flags:mount_attr'], ['attr_clr', 'flags:mount_attr'], ['propagation', 'flags:mount'],
    ['userns_fd', 'any'],
  ],
  clone_args: [
    ['flags', 'flags:clone'], ['pidfd', 'ptr'], ['child_tid', 'ptr'], ['parent_tid', 'ptr'],
    ['exit_signal', 'enum:signal'], ['stack', 'ptr'], ['stack_size', 'any'], ['tls', 'ptr'], ['set_tid', 'ptr'],
    ['set_tid_size', 'any'], ['cgroup', 'any'],
  ],
  limit: [['cur', 'limit_value'], ['max', 'limit_value']],
};

/** Shows the arguments of a system call, each in the format that its place asks for. */
export function formatArguments(name: SyscallName, args: readonly Value[]): readonly string[] {
  const formats = (ARGUMENT_FORMATS[name] ?? '').split(' ');
  if (formats[0] === 'prctl') return formatPrctl(args);
  return args.map((argument, index) => formatValue(argument, formats[index] ?? 'any'));
}

/** Shows one operand. */
export function formatValue(value: Value, format = 'any'): string {
  if (typeof value === 'number') return formatNumber(value, format);
  if ('slot' in value) return `$${value.slot}`;
  if ('load' in value) return `memory[${value.load}:${value.load + value.size}]`;
  if ('memory' in value) return `&memory[${value.memory}]`;
  if ('text' in value) return JSON.stringify(value.text);
  if ('words' in value) return formatWords(value.words, format);
  return formatBytes(value.bytes, format);
}

function isFlagSet(name: string): name is FlagSet {
  return Object.hasOwn(FLAG_SETS, name);
}

function isEnumeration(name: string): name is Enumeration {
  return Object.hasOwn(ENUMERATIONS, name);
}

function formatNumber(value: number, format: string): string {
  const [kind = '', set = ''] = format.split(':');
  if (kind === 'flags' && isFlagSet(set)) return nameFlags(set, value);
  if (kind === 'enum' && isEnumeration(set)) return nameNumber(set, value);
  switch (kind) {
    case 'open':
      return nameFlags('open', value);
    case 'dirfd':
      return nameNumber('directory', value);
    case 'mode':
      return nameMode(value);
    case 'memory_policy':
      return formatMemoryPolicy(value);
    case 'hex':
      return hexadecimal(value);
    case 'id':
    case 'size':
      return String(value);
    case 'device':
      return formatDevice(value);
    case 'limit_value':
      return value === -1 ? 'RLIM_INFINITY' : String(value);
    default:
      return value === 0 && (kind === 'ptr' || kind === 'list' || kind in STRUCTURES) ? 'NULL' : plainNumber(value);
  }
}

/** A device number as mknod(2) takes it: 12 bits of major between 8 and 12 bits of minor. */
function formatDevice(value: number): string {
  const major = (value >>> 8) & 0xfff;
  const minor = (value & 0xff) | ((value >>> 12) & 0xfff00);
  return `makedev(${major}, ${minor})`;
}

function formatWords(words: readonly Word[], format: string): string {
  const fields = STRUCTURES[format];
  if (fields === undefined || words.length > fields.length) {
    return `[${words.map((word) => formatValue(word, 'ptr')).join(', ')}]`;
  }
  return `{${words.map((word, index) => formatField(word, fields[index] ?? ['', 'any'])).join(', ')}}`;
}

function formatField(word: Word, [name, format]: readonly [string, string]): string {
  return `${name}=${formatValue(word, format)}`;
}

function formatBytes(bytes: Uint8Array, format: string): string {
  const words = readWords32(bytes);
  if (format === 'cap_header' && words.length === 2) {
    return `{version=0x${(words[0] ?? 0).toString(16)}, pid=${words[1]}}`;
  }
  if (format === 'cap_data' && words.length === 6) return formatCapabilities(words);
  if (format === 'sched_attr') return formatSchedulerAttributes(bytes);
  if (format === 'gids') return `[${words.join(', ')}]`;
  const start = hexDigits(bytes.subarray(0, LONGEST_BYTES));
  return bytes.length <= LONGEST_BYTES ? `0x${start}` : `0x${start}… (${bytes.length} bytes, ${checksum(bytes)})`;
}

function readWords32(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) words.push(view.getUint32(at, true));
  return words;
}

/** set_mempolicy(2): a mode, and flags in the bits above it. */
function formatMemoryPolicy(value: number): string {
  const flags = value & ~0xfff;
  const mode = nameNumber('memory_policy', value & 0xfff);
  return flags === 0 ? mode : `${mode}|${nameFlags('memory_policy', flags)}`;
}

/** struct sched_attr, see sched_setattr(2). */
function formatSchedulerAttributes(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const times = ['runtime', 'deadline', 'period'].map((name, i) => `${name}=${view.getBigUint64(24 + i * 8, true)}`);
  const policy = nameNumber('scheduler', view.getUint32(4, true));
  const flags = nameFlags('scheduler', view.getUint32(8, true));
  const numbers = `nice=${view.getInt32(16, true)}, priority=${view.getUint32(20, true)}`;
  return `{policy=${policy}, flags=${flags}, ${numbers}, ${times.join(', ')}}`;
}

/** Three 64-bit sets, each in two halves: struct __user_cap_data_struct[2], capget(2). */
function formatCapabilities(words: readonly number[]): string {
  const fields = ['effective', 'permitted', 'inheritable'].map((name, index) => {
    const bits = (BigInt(words[index + 3] ?? 0) << 32n) | BigInt(words[index] ?? 0);
    return `${name}=0x${bits.toString(16)}`;
  });
  return `{${fields.join(', ')}}`;
}

function hexDigits(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** FNV-1a, 32 bits: no protection, only a difference to see. */
function checksum(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** prctl(2): what the arguments mean depends on the first. */
function formatPrctl(args: readonly Value[]): readonly string[] {
  const formats = ['enum:prctl', 'any', 'any'];
  const [option, second] = args;
  const name = typeof option === 'number' ? nameNumber('prctl', option) : '';
  if (name === 'PR_SET_PDEATHSIG' && second !== 0) formats[1] = 'enum:signal';
  if (name === 'PR_CAPBSET_DROP' || name === 'PR_CAPBSET_READ') formats[1] = 'enum:capability';
  if (name === 'PR_CAP_AMBIENT') {
    formats[1] = 'enum:ambient';
    if (second !== ENUMERATIONS.ambient.PR_CAP_AMBIENT_CLEAR_ALL) formats[2] = 'enum:capability';
  }
  return args.map((argument, index) => formatValue(argument, formats[index] ?? 'any'));
}
