// create into namespaces that a hostile container is in already: its root lies in wait for the new container's init,
// which is on the host's files until pivot_root(2) (CVE-2016-9962).

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { createContainer } from '../../src/container/create.ts';
import { deleteContainer } from '../../src/container/delete.ts';
import { placeOf } from '../../src/container/store.ts';
import { waitProcess } from '../../src/ffi/system-calls.ts';
import { errno } from '../../src/linux/errno.ts';
import type { Operation } from '../../src/plan/operation.ts';
import { type Bundle, type BundleSpec, makeBundle } from '../support/bundle.ts';
import { execDetached, startHost } from '../support/exec.ts';
import { driver, kernel, requestOf, type Trial } from '../support/library.ts';
import { eventually, stateOf } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc', 'gcc');
const tracer = join(import.meta.dirname, '../support/tracer.c');

/** Has the init wait before each of its steps: its times are as long as the tracer wants them. */
const slowly: Trial['alterPlan'] = (compiled) => {
  const operations = compiled.plan.operations.flatMap((operation): Operation[] => {
    const { kind, stage, origin, action } = operation;
    if (stage !== 'init' || kind === 'label') return [operation];
    const time = { words: [0, 1_000_000] };
    return [{ kind: 'ppoll', args: [0, 0, time, 0, 0], tolerate: [errno.EINTR], stage, origin, action }, operation];
  });
  return { ...compiled, plan: { ...compiled.plan, operations } };
};

/** Starts a container whose root looks into every process that it can. @returns what it has found so far */
async function startTracer(change: (spec: BundleSpec) => void): Promise<{ bundle: Bundle; found: () => string[] }> {
  const bundle = await startHost((spec, { rootfs, directory }) => {
    execFileSync('gcc', ['-static', '-O1', '-o', join(rootfs, 'tracer'), tracer]);
    chmodSync(directory, 0o755);
    change(spec);
  });
  const output = join(bundle.directory, 'found');
  await execDetached(bundle, ['/tracer', '/none'], { output });
  const found = (): string[] => readFileSync(output, 'utf8').split('\n');
  await eventually(found, (lines) => lines.includes('ready'));
  return { bundle, found };
}

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
  const { pid: init } = createContainer(kernel(), requestOf({ bundle, root, alterPlan: slowly }));
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
      spec.linux.namespaces?.push({ type: 'user' });
      spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      const more = ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN', 'CAP_DAC_OVERRIDE'];
      const sets = [...spec.process.capabilities?.bounding ?? [], ...more];
      spec.process.capabilities = { bounding: sets, effective: sets, permitted: sets };
    },
  },
];

describe('while an init is set up in namespaces that are joined', () => {
  for (const { name, change, joined } of neighbours) {
    test(`a root ${name} gets at nothing of it`, async () => {
      const { bundle, found } = await startTracer(change);
      const { pid } = await stateOf(bundle.id);
      await createBeside(pid, joined);
      const lines = found().slice(0, -1);
      expect(lines.filter((line) => !/^(ready|denied)$/.test(line))).toEqual([]);
      // Or it has looked at nothing.
      expect(lines.filter((line) => line === 'denied').length).toBeGreaterThan(50);
    });
  }
});
