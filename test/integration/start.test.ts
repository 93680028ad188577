// start: hears from the init whether the user's program could be executed.

import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type BundleSpec, makeBundle } from '../support/bundle.ts';
import {
  createBundle, eventually, outputOf, refusal, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

/** Executable by mode, and yet none. */
const unexecutable: readonly { what: string; content: string; message: RegExp }[] = [
  { what: 'has an unknown format', content: 'no program at all', message: /exec format error/ },
  { what: 'is empty', content: '', message: /exec format error/ },
  { what: 'names a missing interpreter', content: '#!/no/such/interpreter\n', message: /no such file or directory/ },
];

describe('start fails with the reason, and nothing is left after delete, when the program', () => {
  for (const { what, content, message } of unexecutable) {
    nuncTest(what, async () => {
      const bundle = makeBundle({ args: ['/bin/bad'] });
      writeFileSync(join(bundle.rootfs, 'bin/bad'), content);
      chmodSync(join(bundle.rootfs, 'bin/bad'), 0o755);
      const watch = watchHost(bundle);
      await createBundle(bundle);
      const refused = await refusal(['start', bundle.id]);
      expect(refused).toMatch(message);
      expect(refused).toMatch(/exec: "\/bin\/bad".*\/process\/args/);
      await untilStatus(bundle.id, 'stopped');
      await succeed(['delete', bundle.id]);
      await watch.nothingLeft();
    });
  }

  nuncTest('has gone since create', async () => {
    const bundle = makeBundle({ args: ['/bin/goes'] });
    const program = join(bundle.rootfs, 'bin/goes');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    await createBundle(bundle);
    rmSync(program);
    expect(await refusal(['start', bundle.id])).toContain('no such file or directory');
    await untilStatus(bundle.id, 'stopped');
  });
});

describe('start', () => {
  test('does not execute the program before', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', 'echo started'] });
    await createBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('started');
    expect(readFileSync(outputOf(bundle), 'utf8')).not.toContain('started');
    await succeed(['start', bundle.id]);
    await untilStatus(bundle.id, 'stopped');
    expect(readFileSync(outputOf(bundle), 'utf8')).toContain('started\n');
  });

  test('returns when the program is executed, not when it ends', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    const { pid, status } = await stateOf(bundle.id);
    expect(status).toBe('running');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x001000\0');
  });

  nuncTest('refuses a container whose config has no process, which create accepts', async () => {
    const bundle = makeBundle({ mutate: (spec: Partial<BundleSpec>) => { delete spec.process; } });
    const watch = watchHost(bundle);
    await createBundle(bundle);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'created' });
    expect(await refusal(['start', bundle.id])).toContain('no process');
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('fails when the init has been killed', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    await createBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    process.kill(pid, 'SIGKILL');
    await eventually(() => existsSync(`/proc/${pid}/exe`), (alive) => !alive);
    expect(await refusal(['start', bundle.id])).toBe('cannot start a container that has stopped');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'stopped', pid: 0 });
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });
});
