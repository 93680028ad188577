// What may be behind a failure that the kernel explains with one number. Looks at the host and the rootfs, changes
// nothing; rather says nothing than something that may be wrong.

import type { NuncError } from '../../error.ts';
import type { Ffi } from '../../ffi/port.ts';
import { hintForMount } from './mounts.ts';
import { hintForNamespaces } from './namespaces.ts';
import { hintForProgram, hintForWorkingDirectory } from './program.ts';
import type { Scene } from './scene.ts';
import { hintForFilter } from './seccomp.ts';

/** @returns a clause that follows the error's message; undefined when nothing is known */
export function findHint(ffi: Ffi, error: NuncError, scene: Scene): string | undefined {
  const { origin = '' } = error;
  const filter = hintForFilter(error, scene);
  if (filter !== undefined) return filter;
  if (origin.startsWith('/process/args')) return hintForProgram(ffi, error, scene);
  if (origin === '/process/cwd') return hintForWorkingDirectory(ffi, error, scene);
  if (error.code === 'E_MOUNT') return hintForMount(error, scene);
  return hintForNamespaces(error, scene);
}
