// The config of a container as it was at create, for the commands that come later. It was valid, or create would have
// refused it, and is not validated again: importing the validator would slow every command. Only who stumbles asks
// whether the file has changed.

import { parseDocument } from '../config/document.ts';
import type { Spec } from '../config/types.ts';
import { messageOf, NuncError } from '../error.ts';
import { type ContainerPlace, readFrozenConfig } from './store.ts';

/** @throws NuncError */
export function readFrozenSpec(place: ContainerPlace): Spec {
  return parseFrozenSpec(place, readFrozenConfig(place));
}

/** @param text what readFrozenConfig() gave @throws NuncError */
export function parseFrozenSpec(place: ContainerPlace, text: string): Spec {
  let document: unknown;
  try {
    document = parseDocument(text);
  } catch (cause) {
    throw unusable(place, messageOf(cause), cause);
  }
  if (typeof document !== 'object' || document === null) throw unusable(place, 'it is no object');
  return document as Spec;
}

function unusable(...[place, reason, cause]: [place: ContainerPlace, reason: string, cause?: unknown]): NuncError {
  const what = `the config of container ${JSON.stringify(place.id)}`;
  return new NuncError('state', `cannot use ${what}: ${reason}`, { cause });
}

/** Does what relies on a container's config. @throws what `act` throws; NuncError where the reason for it is that the
 * config is none any more */
export async function relyingOnConfig<Result>(
  place: ContainerPlace,
  act: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof NuncError ? error : await blame(place, error);
  }
}

async function blame(place: ContainerPlace, error: unknown): Promise<unknown> {
  const { parseConfig } = await import('../config/load.ts');
  try {
    parseConfig(readFrozenConfig(place));
    return error;
  } catch (flaw) {
    return unusable(place, messageOf(flaw).split('; ', 1)[0] ?? '', error);
  }
}
