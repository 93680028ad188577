// exec as a library in the test's own process, as library.ts has the rest of nunc: where its plan can be tampered with.

import type { Process } from '../../src/config/types.ts';
import { execInContainer, type ExecRequest } from '../../src/container/exec.ts';
import { placeOf } from '../../src/container/store.ts';
import type { Ffi } from '../../src/ffi/port.ts';
import type { Bundle } from './bundle.ts';
import { kernel } from './library.ts';
import { stateRoot } from './runtime.ts';

export interface ExecTrial {
  readonly bundle: Bundle;
  readonly args: readonly string[];
  readonly process?: Partial<Process>;
  readonly ffi?: Ffi;
  readonly request?: Partial<ExecRequest>;
}

/** Executes a detached process, which becomes a child of the test. @returns exec's status */
export function execAsLibrary(trial: ExecTrial): Promise<number> {
  const { bundle, args, process = {}, ffi = kernel(), request = {} } = trial;
  return execInContainer(ffi, {
    place: placeOf(stateRoot(), bundle.id),
    ask: (own) => ({ process: { cwd: '/', ...own, ...process, args: [...args] }, exactLimits: undefined }),
    detach: true,
    ignorePaused: false,
    preserveFds: 0,
    cgroups: new Map(),
    warn: () => undefined,
    ...request,
  });
}
