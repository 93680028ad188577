// create into namespaces that a hostile container is in already: its root lies in wait for the new container's init,
// which is on the host's files until pivot_root(2) (CVE-2016-9962).

import { chmodSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { createContainer } from '../../src/container/create.ts';
import { deleteContainer } from '../../src/container/delete.ts';
import { placeOf } from '../../src/container/store.ts';
import { waitProcess } from '../../src/ffi/system-calls.ts';
import { type BundleSpec, makeBundle, mapUsers } from '../support/bundle.ts';
import { driver, kernel, requestOf } from '../support/library.ts';
import { stateOf } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';
import { slowed } from '../support/tampering.ts';
import { grant, startTracer } from '../support/tracer.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc', 'gcc');

/** Creates a container in namespaces of another one, and deletes it. */
async function createBeside(pid: number, joined: readonly string[]): Promise<void> {
  const bundle = makeBundle({ mutate: (spec) => {
    spec.linux.namespaces?.push(...joined.includes('user') ? [{ type: 'user' } as const] : []);
    for (const namespace of spec.linux.namespaces ?? []) {
      if (joined.includes(namespace.type)) namespace.path = `/proc/${pid}/ns/${namespace.type}`;
    }
  } });
  chmodSync(bundle.directory, 0o755);
  const root = stateRoot();
  const { pid: init } = createContainer(kernel(), requestOf({ bundle, root, alterPlan: slowed(1) }));
  const place = placeOf(root, bundle.id);
  await deleteContainer(kernel(), driver, { place, force: true, warn: () => undefined });
  waitProcess(kernel(), init, 0);
}

interface Neighbour {
  readonly name: string;
  readonly change: (spec: BundleSpec) => void;
  readonly joined: readonly string[];
}

const neighbours: readonly Neighbour[] = [
  { name: 'with the default capabilities', change: () => undefined, joined: ['pid'] },
  {
    name: 'with every capability in a user namespace, which is joined as well',
    joined: ['pid', 'user'],
    change: (spec) => {
      mapUsers(spec);
      grant(spec, 'CAP_SYS_PTRACE', 'CAP_SYS_ADMIN', 'CAP_DAC_OVERRIDE');
    },
  },
];

describe('while an init is set up in namespaces that are joined', () => {
  for (const { name, change, joined } of neighbours) {
    test(`a root ${name} gets at nothing of it`, async () => {
      const { bundle, found } = await startTracer(change);
      const { pid } = await stateOf(bundle.id);
      await createBeside(pid, joined);
      const lines = found();
      expect(lines.filter((line) => !/^(ready|denied)$/.test(line))).toEqual([]);
      // Or it has looked at nothing.
      expect(lines.filter((line) => line === 'denied').length).toBeGreaterThan(50);
    });
  }
});
