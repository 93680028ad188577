// The hooks of start, and what becomes of the container when one of them fails. Loaded only for containers that have
// some.

import type { CgroupDriver } from '../cgroup/driver.ts';
import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { destroyContainer } from './delete.ts';
import { runPoststartHooks, runPoststopHooks, runStartContainerHooks } from './hooks.ts';
import type { ContainerPlace, StateFile } from './store.ts';

/** A container whose lock the caller holds. */
interface Started {
  readonly place: ContainerPlace;
  readonly state: StateFile;
  readonly warn: (message: string) => void;
}

export interface StartHooks {
  /** startContainer. @throws NuncError when one fails; the container is gone then */
  before(): void;
  /** poststart. @throws NuncError when one fails; the container is gone then */
  after(): void;
}

export function hooksOfStart(ffi: Ffi, driver: CgroupDriver, started: Started): StartHooks {
  const { place, state } = started;
  const orDestroy = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      throw destroy(ffi, driver, { ...started, error });
    }
  };
  return {
    before: () => orDestroy(() => runStartContainerHooks(ffi, place, state)),
    after: () => orDestroy(() => runPoststartHooks(ffi, state)),
  };
}

/** runtime.md, "Lifecycle", steps 7 and 9: stopped, destroyed, and the poststop hooks run. @returns what to report */
function destroy(ffi: Ffi, driver: CgroupDriver, failed: Started & { readonly error: unknown }): unknown {
  const { place, state, warn, error } = failed;
  try {
    destroyContainer(ffi, driver, { place, state });
  } catch (second) {
    return new NuncError('hook', `${messageOf(error)}; and ${messageOf(second)}`, { cause: error });
  }
  runPoststopHooks(ffi, state, warn);
  return error;
}
