// Device rules in cgroup v1: the files of the devices controller.

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { DeviceList } from '../../ebpf/device-list.ts';
import { codeOf, type NuncError } from '../../error.ts';
import { cgroupError } from '../directory.ts';
import { type DeviceWrite, parseDeviceList, planTransition } from './transition.ts';

/** Where a rule is from, for a person. */
type DescribeRule = (index: number) => string;

interface Application {
  readonly describeRule: DescribeRule;
  /** Called with what takes more than one step in which rules are in force that nobody wants. */
  readonly interrupt: (work: () => void) => void;
}

/** Puts a list into force in a cgroup, whatever is in force there. @throws NuncError with the list that was there, as
 * far as that can be told, in force again */
export function applyToV1(path: string, target: DeviceList, { describeRule, interrupt }: Application): void {
  const writes = planTransition(readList(path), target);
  const work = (): void => writeAll(path, writes, describeRule);
  if (writes[0]?.value === 'a') interrupt(work);
  else work();
}

function writeAll(path: string, writes: readonly DeviceWrite[], describeRule: DescribeRule): void {
  const files = new Map<string, number>();
  let done = 0;
  try {
    // There can be thousands.
    for (; done < writes.length; done++) writeRule(path, writes[done] as DeviceWrite, files);
  } catch (cause) {
    undo(path, writes.slice(0, done), files);
    throw refusal(path, { write: writes[done] as DeviceWrite, cause, describeRule });
  } finally {
    for (const file of files.values()) closeSync(file);
  }
}

function readList(path: string): ReturnType<typeof parseDeviceList> {
  try {
    return parseDeviceList(readFileSync(`${path}/devices.list`, 'latin1'));
  } catch (cause) {
    throw cgroupError(`read "${path}/devices.list"`, cause);
  }
}

/** One rule a write(2), as the kernel reads them. Each file is opened once. */
function writeRule(path: string, { file, value }: DeviceWrite, files: Map<string, number>): void {
  let descriptor = files.get(file);
  if (descriptor === undefined) {
    descriptor = openSync(`${path}/${file}`, 'r+');
    files.set(file, descriptor);
  }
  writeSync(descriptor, value);
}

/** Takes back what was done. After an "a" nobody knows what was there: what the new list allows stays. */
function undo(path: string, done: readonly DeviceWrite[], files: Map<string, number>): void {
  if (done[0]?.value === 'a') return;
  for (const write of [...done].reverse()) {
    writeRule(path, { ...write, file: write.file === 'devices.allow' ? 'devices.deny' : 'devices.allow' }, files);
  }
}

interface Refused {
  readonly write: DeviceWrite;
  readonly cause: unknown;
  readonly describeRule: DescribeRule;
}

function refusal(path: string, { write: { file, value, source }, cause, describeRule }: Refused): NuncError {
  const action = `set ${describeRule(source)}: write ${JSON.stringify(value)} to "${path}/${file}"`;
  const error = cgroupError(action, cause);
  const hint = hintFor(codeOf(cause), value);
  if (hint !== '') error.message += ` (${hint})`;
  return error;
}

function hintFor(code: string | undefined, value: string): string {
  if (code === 'EPERM') return 'the cgroup above does not allow it';
  return code === 'EINVAL' && value === 'a' ? 'not with cgroups below this one' : '';
}
