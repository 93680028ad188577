// The device programs that the kernel has attached to a cgroup of v2, and whether it still has one.

import { closeSync, constants, openSync } from 'node:fs';
import { attachedPrograms, openProgram, programName } from '../../src/ffi/bpf-calls.ts';
import { BPF_CGROUP_DEVICE } from '../../src/linux/bpf.ts';
import { errno } from '../../src/linux/errno.ts';
import { kernel } from './library.ts';
import { eventually } from './lifecycle.ts';

export interface AttachedProgram {
  readonly id: number;
  readonly name: string;
}

/** By ascending id, which is the order in which they were loaded. */
export function programsOf(path: string): AttachedProgram[] {
  const cgroup = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const ids = attachedPrograms(kernel(), { cgroup, type: BPF_CGROUP_DEVICE });
    if (typeof ids === 'number') throw new Error(`cannot list the programs of ${path}: ${ids}`);
    return ids.sort((a, b) => a - b).map((id) => ({ id, name: nameOf(id) }));
  } finally {
    closeSync(cgroup);
  }
}

function nameOf(id: number): string {
  const program = openProgram(kernel(), id);
  if (program < 0) throw new Error(`cannot open program ${id}: ${program}`);
  try {
    return programName(kernel(), program);
  } finally {
    closeSync(program);
  }
}

function isLoaded(id: number): boolean {
  const program = openProgram(kernel(), id);
  if (program >= 0) closeSync(program);
  return program !== -errno.ENOENT;
}

/** The kernel lets go of a removed cgroup's programs a little later. @throws Error when it does not */
export async function untilUnloaded({ id }: AttachedProgram): Promise<void> {
  await eventually(() => isLoaded(id), (loaded) => !loaded);
}
