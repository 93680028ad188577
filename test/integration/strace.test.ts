// What the kernel sees of `nunc run`: no JavaScript engine between clone and execve, only the plan (issue 2, "It must
// show", 3). And what a container that waits for start costs.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import { createContainer } from '../../src/container/create.ts';
import type { Plan } from '../../src/plan/operation.ts';
import { type Bundle, type BundleSpec, makeBundle, mapUsers } from '../support/bundle.ts';
import { kernel } from '../support/library.ts';
import { createBundle, stateOf, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';
import type { TracedCall } from '../support/trace.ts';
import { follow, splitAtExecve, traceRun } from '../support/trace-run.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc', 'strace');

/** Thrown to end a create before anything is made. */
class Seen extends Error {}

/** The plan that nunc compiles of a bundle. */
function planOf(bundle: Bundle): Plan {
  let plan: Plan | undefined;
  try {
    createContainer(kernel(), {
      root: stateRoot(),
      id: bundle.id,
      bundle: bundle.directory,
      noPivot: false,
      newKeyring: true,
      preserveFds: 0,
      rootless: 'false',
      cgroupDriver: cgroupfs(kernel()),
      warn: () => undefined,
      alterPlan: (compiled) => {
        plan = compiled.plan;
        throw new Seen();
      },
    });
  } catch (error) {
    if (!(error instanceof Seen)) throw error;
  }
  if (plan === undefined) throw new Error('create did not compile a plan');
  return plan;
}

const BIRTHS = new Set(['clone', 'clone3', 'fork', 'vfork']);

interface Processes {
  readonly engine: ReadonlySet<number>;
  readonly stageZero: number;
  readonly init: number;
}

/** Who is who; expects that the engine makes threads and one spawned process, and that process the init. */
function identify(calls: readonly TracedCall[]): Processes {
  const engine = new Set<number>([calls[0]?.pid ?? 0]);
  const spawned: number[] = [];
  const born: number[] = [];
  for (const { pid, name, args, result } of calls) {
    if (!BIRTHS.has(name)) continue;
    if (engine.has(pid) && args.includes('CLONE_THREAD')) {
      engine.add(Number(result));
    } else if (engine.has(pid)) {
      // posix_spawn(3): the child borrows the engine's memory, and the engine waits, until execve.
      expect(args).toMatch(/flags=CLONE_VM\|CLONE_VFORK(?:, exit_signal=|\|)SIGCHLD/);
      spawned.push(Number(result));
    } else {
      expect(spawned).toContain(pid);
      expect(args).toContain('CLONE_PARENT');
      born.push(Number(result));
    }
  }
  expect(spawned).toHaveLength(1);
  expect(born).toHaveLength(1);
  return { engine, stageZero: spawned[0] ?? 0, init: born[0] ?? 0 };
}

const configs: readonly { name: string; mutate: (spec: BundleSpec) => void }[] = [
  { name: 'the default config', mutate: () => undefined },
  {
    name: 'a user namespace, a user, and a program without a path',
    mutate: (spec) => {
      mapUsers(spec);
      spec.process.user = { ...spec.process.user, uid: 1000, gid: 1000 };
    },
  },
];

describe('run', () => {
  for (const { name, mutate } of configs) {
    test(`makes only the calls of the plan between clone and execve, with ${name}`, async () => {
      const bundle = makeBundle({ args: ['true'], mutate });
      const watch = watchHost(bundle);
      const plan = planOf(bundle);
      const calls = await traceRun(bundle.directory, bundle.id);
      const { engine, stageZero, init } = identify(calls);
      const of = (pid: number): TracedCall[] => calls.filter((call) => call.pid === pid);

      const [spawning, stageZeroCalls] = splitAtExecve(of(stageZero));
      expect(spawning.at(-1)?.args).toMatch(/^"\/proc\/self\/fd\/\d+", \["nunc-init"\], 0x\w+ \/\* 0 vars \*\/$/);
      const ofStageZero = follow(plan, stageZeroCalls, 0);
      const birth = plan.operations.findIndex(({ kind }) => kind === 'clone3');
      expect(ofStageZero).toContain(birth);

      const [initCalls] = splitAtExecve(of(init));
      const ofInit = follow(plan, initCalls, birth + 1);
      expect(ofInit).toContain(plan.operations.findIndex(({ kind }) => kind === 'execve'));
      expect(initCalls.at(-1)?.args).toContain('["true"]');
      expect(ofInit.size).toBeGreaterThan(80);
      // A follower that takes everything would prove nothing.
      const shortened = initCalls.filter((call) => call.name !== 'setsid');
      expect(() => follow(plan, shortened, birth + 1)).toThrow('setsid');

      const others = new Set(calls.map(({ pid }) => pid).filter((pid) => !engine.has(pid)));
      expect([...others].sort()).toEqual([stageZero, init].sort());
      await watch.nothingLeft();
    });
  }
});

/** Kilobytes of a line of a file of /proc. */
function kilobytes(path: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(path, 'utf8'))?.[1]);
}

describe('a created container', () => {
  for (const { name, mutate } of configs) {
    test(`costs at most 64 KiB and holds its standard streams and two fifos, with ${name}`, async () => {
      const bundle = makeBundle({ mutate });
      await createBundle(bundle);
      const { pid } = await stateOf(bundle.id);
      expect(kilobytes(`/proc/${pid}/smaps_rollup`, 'Rss')).toBeLessThanOrEqual(64);
      expect(kilobytes(`/proc/${pid}/status`, 'VmRSS')).toBeLessThanOrEqual(64);
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Threads:\s+1$/m);

      const descriptors = new Map(
        readdirSync(`/proc/${pid}/fd`).map((fd) => [Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`)]),
      );
      expect([...descriptors.keys()].sort()).toEqual([0, 1, 2, 3, 4]);
      expect([descriptors.get(3), descriptors.get(4)].sort()).toEqual(
        ['gate', 'report'].map((fifo) => `${stateRoot()}/${bundle.id}/${fifo}`),
      );
      expect(readlinkSync(`/proc/${pid}/exe`)).toBe('/memfd:nunc-init (deleted)');
    });
  }

  test('keeps nothing of the engine: signals, environment, working directory', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    for (const set of ['SigBlk', 'SigIgn', 'SigCgt', 'SigPnd', 'ShdPnd']) {
      expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
    }
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('');
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
  });
});
