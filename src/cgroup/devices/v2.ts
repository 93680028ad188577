// Device rules in cgroup v2: a program of ours that is attached to the cgroup's directory. Others may be attached
// beside it; a device is allowed when all of them and those of the cgroups above allow it.

import { closeSync, constants, openSync } from 'node:fs';
import type { DeviceList } from '../../ebpf/device-list.ts';
import { compileDeviceProgram } from '../../ebpf/device-program.ts';
import { NuncError } from '../../error.ts';
import {
  attachedPrograms, attachProgram, detachProgram, explainProgram, loadProgram, openProgram, programName,
} from '../../ffi/bpf-calls.ts';
import type { Ffi } from '../../ffi/port.ts';
import { BPF_CGROUP_DEVICE, BPF_PROG_TYPE_CGROUP_DEVICE } from '../../linux/bpf.ts';
import { errno, errnoMessage, namedErrno } from '../../linux/errno.ts';
import { cgroupError } from '../directory.ts';

/** What tells our program from those of others, such as systemd's. */
const NAME = 'nunc_devices';

/**
 * Puts a list into force in a cgroup. A program of ours that is attached already is replaced in one step.
 *
 * @throws ConfigError for a list that is too long
 * @throws NuncError naming /linux/resources/devices
 */
export function applyToV2(ffi: Ffi, path: string, list: DeviceList): void {
  const program = load(ffi, list);
  if (program === undefined) return;
  try {
    withCgroup(path, (cgroup) => {
      const [old, ...more] = openOwn(ffi, cgroup, path);
      try {
        const result = attachProgram(ffi, { cgroup, program, type: BPF_CGROUP_DEVICE }, old);
        if (result < 0) throw failed(`attach a device program to "${path}"`, result);
        for (const program of more) detachProgram(ffi, { cgroup, program, type: BPF_CGROUP_DEVICE });
      } finally {
        closeAll(old === undefined ? more : [old, ...more]);
      }
    });
  } finally {
    closeSync(program);
  }
}

/** Takes our program off a cgroup that stays when the container goes. What can't be done is left: the cgroup is not
 * ours, and may be gone. */
export function releaseV2(ffi: Ffi, path: string): void {
  try {
    withCgroup(path, (cgroup) => {
      const own = openOwn(ffi, cgroup, path);
      for (const program of own) detachProgram(ffi, { cgroup, program, type: BPF_CGROUP_DEVICE });
      closeAll(own);
    });
  } catch (error) {
    if (!(error instanceof NuncError)) throw error;
  }
}

/** @returns a descriptor; undefined when nunc may not load programs, and can do without */
function load(ffi: Ffi, list: DeviceList): number | undefined {
  const instructions = compileDeviceProgram(list);
  const program = { type: BPF_PROG_TYPE_CGROUP_DEVICE, name: NAME, instructions };
  const loaded = loadProgram(ffi, program);
  if (loaded >= 0) return loaded;
  if (loaded === -errno.EPERM && list.allows && list.exceptions.length === 0) return undefined;
  const said = loaded === -errno.EPERM ? '' : explainProgram(ffi, program);
  throw failed('load a device program', loaded, said === '' ? '' : ` (the verifier: ${said})`);
}

function failed(action: string, result: number, details = ''): NuncError {
  const message = `cannot set /linux/resources/devices: ${action}: ${errnoMessage(-result)}${details}`;
  return new NuncError('syscall', message, {
    code: 'E_CGROUP', origin: '/linux/resources/devices', errno: namedErrno(-result),
  });
}

function withCgroup(path: string, use: (cgroup: number) => void): void {
  let cgroup: number;
  try {
    cgroup = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    throw cgroupError(`open the cgroup "${path}"`, cause);
  }
  try {
    use(cgroup);
  } finally {
    closeSync(cgroup);
  }
}

/** Our programs on a cgroup, opened: none or one, unless somebody else meddled. */
function openOwn(ffi: Ffi, cgroup: number, path: string): number[] {
  const ids = attachedPrograms(ffi, { cgroup, type: BPF_CGROUP_DEVICE });
  if (typeof ids === 'number') throw failed(`list the device programs of "${path}"`, ids);
  const own: number[] = [];
  for (const id of ids) {
    const program = openProgram(ffi, id);
    // Detached by another one meanwhile.
    if (program === -errno.ENOENT) continue;
    if (program < 0) throw failed(`open a device program of "${path}"`, program);
    if (programName(ffi, program) === NAME) own.push(program);
    else closeSync(program);
  }
  return own;
}

function closeAll(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}
