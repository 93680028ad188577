// Device rules that change while a container runs: what it may do follows, and what it always may never fails.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import { DEFAULT_RULES } from '../../src/cgroup/devices/default-rules.ts';
import { deviceCgroup } from '../../src/cgroup/devices/plan.ts';
import type { RemovableCgroups } from '../../src/cgroup/driver.ts';
import type { DeviceRule } from '../../src/config/types.ts';
import { bundleFor } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { expected, makeNodes, NODES, probeScript, type Rules, told, withRules } from '../support/device-probes.ts';
import { programsOf, untilUnloaded } from '../support/device-programs.ts';
import { kernel } from '../support/library.ts';
import { eventually } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { type Running, startRuntime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'cgroups', 'nunc');
const v2 = requires('root', 'busybox', 'cgroup-v2', 'nunc');

const LOCAL: DeviceRule = { allow: true, type: 'c', major: 240 };

/** A container whose shell takes commands. */
class Shell {
  readonly #running: Running;
  #output = '';

  constructor(bundle: Bundle) {
    const options = { keepInputOpen: true, timeout: 120_000 };
    this.#running = startRuntime(['run', '--bundle', bundle.directory, bundle.id], options);
    this.#running.child.stdout?.on('data', (chunk: Buffer) => { this.#output += chunk.toString(); });
    this.#running.child.stderr?.on('data', (chunk: Buffer) => { this.#output += chunk.toString(); });
  }

  /** @returns the lines that a script prints */
  async tell(script: string): Promise<string[]> {
    const start = this.#output.length;
    this.#running.child.stdin?.write(`${script}\necho =#""=\n`);
    const seen = (): string => this.#output.slice(start);
    await eventually(seen, (text) => text.includes('=#=\n'), 60_000);
    return seen().slice(0, seen().indexOf('=#=')).trimEnd().split('\n');
  }

  async end(): Promise<void> {
    this.#running.child.stdin?.end();
    await this.#running.ended;
  }
}

interface InUse {
  readonly shell: Shell;
  /** The container's NODES on the host. */
  readonly nodes: string;
  readonly cgroups: RemovableCgroups;
  update(rules: Rules): void;
}

/** A running container whose rules can be changed. */
async function inUse(rules: Rules): Promise<InUse> {
  const bundle = await bundleFor('', (spec) => withRules(spec, rules), { args: ['sh'], prepare: makeNodes });
  const shell = new Shell(bundle);
  await shell.tell('true');
  const state = readFileSync(join(stateRoot(), bundle.id, 'state.json'), 'utf8');
  const { cgroups } = JSON.parse(state) as { cgroups: RemovableCgroups };
  const update = (changed: Rules): void => {
    const deviceRules = [...changed, ...DEFAULT_RULES];
    cgroupfs(kernel()).updateCgroups(cgroups, { resources: {}, settings: [], deviceRules });
  };
  return { shell, nodes: `${bundle.directory}/nodes`, cgroups, update };
}

const CLOSED: Rules = [{ allow: false, access: 'rwm' }];

test('update: device rules change for a running container, and what stays allowed never fails', async () => {
  const { shell, nodes, update } = await inUse(CLOSED);
  const lists: readonly Rules[] = [
    [{ ...LOCAL, minor: 5, access: 'rw' }],
    [{ ...LOCAL, minor: 5, access: 'r' }, { ...LOCAL, minor: 6, access: 'rw' }],
    [{ ...LOCAL, access: 'rw' }],
    [{ allow: true, type: 'c', access: 'rwm' }],
    CLOSED,
    [{ allow: true, access: 'rwm' }],
    [{ allow: true, access: 'rwm' }, { ...LOCAL, allow: false, minor: 5, access: 'w' }],
    CLOSED,
  ];
  for (let round = 0; round < 2; round++) {
    for (const rules of lists) {
      update(rules);
      expect(told(await shell.tell(probeScript()))).toEqual(expected(rules));
    }
  }
  // Opened all the time while the rules change under it.
  const count = 10_000;
  await shell.tell(`cd ${NODES}; (i=0; failed=0; while [ ! -e stop ]; do
    true <>/dev/null || failed=$((failed+1)); i=$((i+1)); [ $i = ${count} ] && : >enough; done; echo $failed >result
    ) 2>/dev/null &`);
  let updates = 0;
  await eventually(() => {
    for (let i = 0; i < lists.length; i++) update(lists[i] ?? CLOSED);
    updates += lists.length;
    return updates >= 400 && existsSync(`${nodes}/enough`);
  }, (enough) => enough, 90_000);
  expect(await shell.tell('touch stop; wait; cat result')).toEqual(['0']);
  await shell.end();
}, 150_000);

v2('update: one program is attached before and after, in one place; delete leaves none', async () => {
  const { shell, cgroups, update } = await inUse(CLOSED);
  const path = deviceCgroup(cgroups)?.path ?? '';
  const [first, ...others] = programsOf(path);
  expect([first?.name, ...others]).toEqual(['nunc_devices']);
  for (const rules of [[{ ...LOCAL, access: 'rw' }], [{ allow: true }], CLOSED]) {
    update(rules);
    expect(programsOf(path).map(({ name }) => name)).toEqual(['nunc_devices']);
  }
  const [last] = programsOf(path);
  expect(last?.id).not.toBe(first?.id);
  if (first === undefined || last === undefined) throw new Error('no program');
  await untilUnloaded(first);
  await shell.end();
  await untilUnloaded(last);
});
