// Many containers of one test: bundles that share a root filesystem, each with an id, cgroups and output of its own.
// And a way to do something to all of them, so many at a time. Knows nothing of what is done.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, type BundleSpec, cgroupPlace, makeBundle } from '../bundle.ts';
import { stateRoot } from '../runtime.ts';

interface CrowdOptions {
  readonly count: number;
  readonly args: readonly string[];
  /** Changes the config of one. */
  readonly mutate?: (spec: BundleSpec, index: number) => void;
}

/** Bundles for the running test: making a root filesystem for each would take longer than running them. */
export function makeCrowd({ count, args, mutate }: CrowdOptions): Bundle[] {
  const first = makeBundle({ args });
  // Made here so that it ends, with its containers, before the bundle does: the last made goes first.
  stateRoot();
  return Array.from({ length: count }, (_, index) => {
    const id = `${first.id}-${index}`;
    const directory = join(first.directory, 'crowd', String(index));
    const spec = structuredClone(first.spec);
    spec.root.path = first.rootfs;
    spec.linux.cgroupsPath = cgroupPlace(id);
    mutate?.(spec, index);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'config.json'), JSON.stringify(spec));
    return { directory, rootfs: first.rootfs, spec, id };
  });
}

/** Does something to each, in their order, at most `atOnce` at a time. @returns what became of each */
export async function forEach<Item, Outcome>(
  items: readonly Item[],
  atOnce: number,
  action: (item: Item, index: number) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      outcomes[index] = await action(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}
