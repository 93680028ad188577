// Looks for a program in a rootfs in the way the init does, execvp(3)'s, to say why it is not found.

import type { Ffi } from '../ffi/port.ts';
import { errno } from '../linux/errno.ts';
import { inspectProgram, type ProgramFile } from './program-file.ts';

export interface FoundProgram {
  /** As the container has it; where nothing was found, the first thing of that name that can't be executed. */
  readonly path: string;
  readonly file: ProgramFile;
  /** Whether the search ends here; what is there may still be something that the kernel can't execute. */
  readonly found: boolean;
  /** The directories that were searched; none for a name with a slash. */
  readonly searched: readonly string[];
}

interface Wanted {
  readonly name: string;
  /** The container's working directory, for a relative name. */
  readonly cwd: string;
  /** $PATH of the container. */
  readonly path: string;
}

/**
 * @param rootfs the directory, an absolute path of the host
 */
export function findProgram(ffi: Ffi, rootfs: string, { name, cwd, path }: Wanted): FoundProgram {
  if (name.includes('/')) {
    const place = below(cwd, name);
    const file = inspectProgram(ffi, rootfs, place);
    return { path: place, file, found: isProgram(file), searched: [] };
  }
  const searched = [...new Set(path.split(':'))];
  let other: FoundProgram | undefined;
  for (const directory of searched) {
    const place = below(cwd, `${directory === '' ? '.' : directory}/${name}`);
    const file = inspectProgram(ffi, rootfs, place);
    if (isProgram(file)) return { path: place, file, found: true, searched };
    if (file.kind !== 'missing') other ??= { path: place, file, found: false, searched };
  }
  return other ?? { path: name, file: { kind: 'missing', errno: errno.ENOENT }, found: false, searched };
}

function below(cwd: string, path: string): string {
  return path.startsWith('/') ? path : `${cwd === '/' ? '' : cwd}/${path}`;
}

/** Whether access(2) would say so to somebody. A file that this caller can't read counts, for the container might. */
function isProgram(file: ProgramFile): boolean {
  return file.kind === 'unreadable' || ('executable' in file && file.executable);
}
