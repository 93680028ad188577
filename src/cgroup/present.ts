// What a partial update must know of the limits that are in force: some v2 files hold what are two properties in a
// config, or the difference of two. Reads files, judges nothing.

import { readFileSync } from 'node:fs';
import type { CgroupPlacement } from './driver.ts';

/** As the kernel prints them, without the newline; '' where there is no such file. */
export interface PresentLimits {
  /** v2: bytes or `max`. */
  readonly memoryMax: string;
  /** v2: `<quota or max> <period>` in microseconds. */
  readonly cpuMax: string;
}

/** The limits of a container's cgroups, for planSettings. */
export function readPresentLimits({ cgroups }: Pick<CgroupPlacement, 'cgroups'>): PresentLimits {
  const path = cgroups.find(({ version }) => version === 2)?.path ?? '';
  return { memoryMax: readLine(`${path}/memory.max`), cpuMax: readLine(`${path}/cpu.max`) };
}

function readLine(file: string): string {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return '';
  }
}
