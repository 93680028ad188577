// kill: every way to name a signal, and what --all reaches.

import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import {
  createBundle, eventually, outputOf, refusal, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtimeName } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');

const listed = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'ALRM', 'TERM', 'CONT', 'WINCH', 'URG', 'PWR', 'XCPU'];
const listener = `${listed.map((name) => `trap 'echo got ${name}' ${name}`).join('\n')}
echo ready
while :; do sleep 0.02; done`;

/** A running container that writes `got NAME` for every signal it gets. */
async function startListener(): Promise<Bundle> {
  const bundle = makeBundle({ args: ['sh', '-c', listener] });
  await startBundle(bundle);
  await untilWritten(bundle, 'ready');
  return bundle;
}

function untilWritten(bundle: Bundle, line: string): Promise<string> {
  return eventually(() => readFileSync(outputOf(bundle), 'utf8'), (text) => text.split('\n').includes(line));
}

describe('kill', () => {
  test('takes a name, with SIG or without, in any case, and a number', async () => {
    const bundle = await startListener();
    const ways = [
      ['USR1', 'USR1'], ['SIGUSR2', 'USR2'], ['hup', 'HUP'], ['sigint', 'INT'], ['SigQuit', 'QUIT'], ['14', 'ALRM'],
      ['SIGWINCH', 'WINCH'], ['23', 'URG'], ['pwr', 'PWR'], ['24', 'XCPU'],
    ] as const;
    for (const [argument, name] of ways) {
      await succeed(['kill', bundle.id, argument]);
      await untilWritten(bundle, `got ${name}`);
    }
  });

  test('sends TERM when it is told nothing', async () => {
    const bundle = await startListener();
    await succeed(['kill', bundle.id]);
    await untilWritten(bundle, 'got TERM');
  });

  test('sends TERM when the signal is empty', async () => {
    const bundle = await startListener();
    await succeed(['kill', bundle.id, '']);
    await untilWritten(bundle, 'got TERM');
  });

  test('with signal 0 only asks whether the container is there', async () => {
    const bundle = await startListener();
    await succeed(['kill', bundle.id, '0']);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
    expect(readFileSync(outputOf(bundle), 'utf8')).not.toContain('got');
  });

  test('refuses what is no signal', async () => {
    const bundle = await startListener();
    // Go reads what does not fit into an int, and cuts it.
    const signals = ['NOSUCH', 'SIGNOSUCH', '65', '99', '1.5', 'SIG', '0x9', ' ', 'constructor'];
    if (runtimeName === 'nunc') signals.push('4294967305', '18446744073709551625');
    for (const signal of signals) {
      expect(await refusal(['kill', bundle.id, signal]), signal).toMatch(/unknown signal|invalid argument/);
    }
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
    expect(readFileSync(outputOf(bundle), 'utf8')).not.toContain('got');
  });

  test('STOP and CONT hold the process and let it go on', async () => {
    const bundle = await startListener();
    const { pid } = await stateOf(bundle.id);
    const state = (): string => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
    await succeed(['kill', bundle.id, 'STOP']);
    await eventually(state, (now) => now === 'T');
    await succeed(['kill', bundle.id, 'CONT']);
    await eventually(state, (now) => now !== 'T');
  });

  test('KILL ends a container that ignores everything else', async () => {
    const bundle = await startListener();
    await succeed(['kill', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
  });

  test('KILL ends a created container', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    await succeed(['kill', bundle.id, '9']);
    await untilStatus(bundle.id, 'stopped');
  });
});

/** In the host's pid namespace: its processes outlive its init. */
function makeSharedPids(script: string): Bundle {
  return makeBundle({
    args: ['sh', '-c', script],
    mutate: (spec) => {
      spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'pid');
    },
  });
}

describe('kill --all', () => {
  test('sends the signal to every process', async () => {
    const bundle = makeSharedPids(`for i in 1 2 3; do
      sh -c "trap 'echo child $i' USR1; echo up $i; while :; do sleep 0.02; done" & done
      trap 'echo parent' USR1; while :; do sleep 0.02; done`);
    await startBundle(bundle);
    for (const i of [1, 2, 3]) await untilWritten(bundle, `up ${i}`);
    await succeed(['kill', '--all', bundle.id, 'USR1']);
    for (const line of ['child 1', 'child 2', 'child 3', 'parent']) await untilWritten(bundle, line);
    await succeed(['kill', '-a', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
  });

  test('reaches what an ended init has left in a shared pid namespace', async () => {
    const bundle = makeSharedPids('sleep 1000 & echo child $!');
    const watch = watchHost(bundle);
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    await untilAlive(bundle, true);
    await succeed(['kill', '--all', bundle.id, '9']);
    await untilAlive(bundle, false);
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });

  test('of a stopped container is no failure', async () => {
    const bundle = makeBundle({ args: ['true'] });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['kill', '--all', bundle.id, 'KILL']);
  });
});

/** Whether the process that the container's script has told of lives. */
function untilAlive(bundle: Bundle, wanted: boolean): Promise<boolean> {
  const pid = /^child (\d+)$/m.exec(readFileSync(outputOf(bundle), 'utf8'))?.[1] ?? '';
  const alive = (): boolean => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };
  return eventually(alive, (now) => now === wanted);
}
