// Fault injection: every operation of a plan, and every system call of the runtime itself, fails once. The failure is
// told by name, and nothing is left.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { NuncError } from '../../src/error.ts';
import type { Ffi } from '../../src/ffi/port.ts';
import { errno, errnoName } from '../../src/linux/errno.ts';
import { syscalls } from '../../src/linux/syscalls.ts';
import type { Operation } from '../../src/plan/operation.ts';
import { type Bundle, type BundleSpec, makeBundle, mapUsers } from '../support/bundle.ts';
import { holdings, kernel, type Outcome, reapUnknown, remainsOf, type Trial, tryLife } from '../support/library.ts';
import { eventually, refusalOf, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { type Result, runProgram, stateRoot } from '../support/runtime.ts';
import { bindFfi, cannotFail, failing, faultyFfi, type Reference, traceLife } from '../support/tampering.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
const nunc = join(import.meta.dirname, '../../dist/nunc');
const TIMEOUT = 480_000;

interface Expectation {
  readonly operation: Operation;
  readonly index: number;
  readonly reference: Reference;
}

/** The command that must have failed because of the operation, if one must. */
function whoFails({ operation, index, reference }: Expectation, outcome: Outcome): 'create' | 'start' | 'nobody' {
  if (!reference.executed.has(index)) return 'nobody';
  if (operation.stage === 'start') return 'start';
  if (index <= createdIndex(reference.operations)) return 'create';
  // Behind the report that the container is created its init fails while create ends, before start finds it, or just
  // as start opens the gate, which looks like a program that has ended at once: who comes first is up to the scheduler.
  if (outcome.create !== undefined) return 'create';
  return outcome.start === undefined ? 'nobody' : 'start';
}

function createdIndex(operations: readonly Operation[]): number {
  const action = 'report that the container is created';
  return operations.findIndex((operation) => operation.kind === 'write' && operation.action === action);
}

function expectFailure(outcome: Outcome, expectation: Expectation): void {
  const { operation, index, reference } = expectation;
  const who = whoFails(expectation, outcome);
  const what = `operation ${index}: ${operation.kind}, ${operation.action}`;
  expect(Object.keys(outcome), what).toEqual(who === 'nobody' ? [] : [who]);
  if (who === 'nobody') return;
  const error = outcome[who];
  expect(error, what).toBeInstanceOf(NuncError);
  const message = error instanceof Error ? error.message : '';
  if (who === 'start' && operation.stage !== 'start') {
    // A hook can't enter the namespaces of an init that has ended, or ends with it.
    expect(message, what).toMatch(
      /^cannot (start (a container that has stopped|the container: its init sent an une)|run hook .*\/startContainer)/,
    );
    return;
  }
  const subject = operation.action.startsWith('exec: ') ? operation.action : `cannot ${operation.action}`;
  const where = `operation ${index + 1} of ${reference.operations.length}: fail`;
  const origin = operation.origin === '' ? '' : `, ${operation.origin}`;
  expect(message).toBe(`${subject}: input/output error (${where}${origin})`);
}

/** Everything that has a stage of its own in the planner. */
function enrich(spec: BundleSpec): void {
  const { linux, process: { user } } = spec;
  mapUsers(spec);
  linux.namespaces?.push({ type: 'time' });
  linux.timeOffsets = { monotonic: { secs: 10 }, boottime: { secs: 20 } };
  linux.sysctl = { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.all.rp_filter': '1' };
  linux.devices = [
    { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 },
  ];
  linux.rootfsPropagation = 'private';
  spec.domainname = 'example.org';
  spec.process.user = { ...user, uid: 1000, gid: 1000, umask: 0o27, additionalGids: [5, 6] };
  spec.process.oomScoreAdj = 500;
  spec.mounts.push(
    { destination: '/mnt', source: '/usr', type: 'bind', options: ['rbind', 'rro', 'rslave'] },
    { destination: '/tmp', source: 'tmpfs', type: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777'] },
    { destination: '/run', source: 'tmpfs', type: 'tmpfs' },
  );
}

/** Targets and directories that the rootfs lacks, so that the branches which make them are taken. */
function addMissing(spec: BundleSpec): void {
  spec.root.readonly = false;
  spec.process.cwd = '/made/cwd';
  spec.mounts.push(
    { destination: '/made/directory', source: 'tmpfs', type: 'tmpfs' },
    { destination: '/made/file', source: '/etc/passwd', type: 'bind', options: ['bind', 'ro'] },
  );
}

/** Hooks that do nothing, in every list whose failure is the command's. */
function addHooks(spec: BundleSpec): void {
  const lists = ['prestart', 'createRuntime', 'createContainer', 'poststart'] as const;
  spec.hooks = Object.fromEntries(lists.map((list) => [list, [{ path: '/bin/sh', args: ['sh', '-c', 'cat; echo'] }]]));
  spec.hooks.startContainer = [{ path: '/bin/true' }];
  spec.linux.rootfsPropagation = 'shared';
}

const plans: readonly { name: string; mutate: (spec: BundleSpec) => void }[] = [
  { name: 'of the default config', mutate: () => undefined },
  { name: 'of a config whose mount targets are missing', mutate: addMissing },
  { name: 'of a config with hooks', mutate: addHooks },
  { name: 'of a config with a user namespace and all that a plan can have', mutate: enrich },
];

function makeTrial(mutate: (spec: BundleSpec) => void): Trial {
  const bundle: Bundle = makeBundle({ args: ['sleep', '1000'], mutate });
  return { bundle, root: stateRoot() };
}

function resetRootfs({ bundle }: Trial): void {
  rmSync(join(bundle.rootfs, 'made'), { recursive: true, force: true });
}

describe('a failure of each operation', () => {
  for (const { name, mutate } of plans) {
    test(`${name} is told and leaves nothing`, async () => {
      const trial = makeTrial(mutate);
      const watch = watchHost(trial.bundle);
      // Once for what the first use of a function opens for good.
      await tryLife(trial);
      resetRootfs(trial);
      const reference = await traceLife(trial);
      expect(reference.executed.size).toBeGreaterThan(100);
      const birth = reference.operations.findIndex(({ kind }) => kind === 'clone3');
      const before = holdings();
      for (const [index, operation] of reference.operations.entries()) {
        if (cannotFail(operation)) continue;
        resetRootfs(trial);
        expectFailure(await tryLife({ ...trial, alterPlan: failing(index) }), { operation, index, reference });
        // Stage 0 has no longer a way to tell of the init that it has made, which takes a moment to end.
        if (operation.stage === 'stage0' && index > birth) {
          await eventually(() => {
            reapUnknown();
            return remainsOf(trial, before);
          }, (remains) => remains.length === 0);
        }
        expect(remainsOf(trial, before), `${operation.kind}, ${operation.action}`).toEqual([]);
      }
      await watch.nothingLeft();
    }, TIMEOUT);
  }
});

/** A failure of these need not be one of the command: wait4 is repeated, and delete --force makes sure in several ways
 * that the init has ended, how many depends on how quickly it does. */
const REDUNDANT = new Set([
  'wait4', 'pidfd_open', 'pidfd_send_signal', 'ppoll',
  // What a hook does not read or write is no failure of its own.
  'read', 'write',
  // A limit that can't be changed stays as it is.
  'prlimit64',
]);

/** Whose life is made of more system calls. */
const lives: readonly { name: string; mutate: (spec: BundleSpec) => void; calls: readonly string[] }[] = [
  {
    name: 'by default',
    mutate: () => undefined,
    calls: ['mknodat', 'memfd_create', 'fcntl', 'spawn', 'wait4', 'flock'],
  },
  { name: 'with hooks', mutate: addHooks, calls: ['pipe2', 'close_range', 'waitid', 'pidfd_open', 'read', 'write'] },
];

describe('a failure of each system call of the runtime itself', () => {
  for (const { name: what, mutate, calls: some } of lives) {
    test(`is told and leaves nothing, ${what}`, async () => {
      const trial = makeTrial(mutate);
      const watch = watchHost(trial.bundle);
      const counting = faultyFfi(-1);
      expect(await tryLife({ ...trial, ffi: counting.ffi })).toEqual({});
      for (const name of some) {
        expect(counting.calls).toContain(name);
      }
      const before = holdings();
      for (const [target, name] of counting.calls.entries()) {
        const { ffi, fault } = faultyFfi(target);
        const outcome = await tryLife({ ...trial, ffi });
        const failed = fault()?.name;
        const what = `call ${target}, ${failed ?? name}: ${String(outcome.create ?? outcome.start ?? outcome.delete)}`;
        const least = failed === undefined || REDUNDANT.has(failed) ? 0 : 1;
        expect(Object.keys(outcome).length, what).toBeGreaterThanOrEqual(least);
        for (const error of Object.values(outcome)) {
          expect(error, what).toBeInstanceOf(NuncError);
          expect(error instanceof Error ? error.message : '', what).toMatch(/^cannot .*input\/output error/);
        }
        expect(remainsOf(trial, before), what).toEqual([]);
      }
      await watch.nothingLeft();
    }, TIMEOUT);
  }

  for (const [number, message] of [
    [errno.EACCES, /^cannot make the init: this host forbids executable memfds$/],
    [errno.EMFILE, /^cannot make the init: too many open files$/],
  ] as const) {
    test(`memfd_create with ${errnoName(number)} says what is the matter`, async () => {
      const trial = makeTrial(() => undefined);
      const ffi: Ffi = {
        ...bindFfi(kernel()),
        syscall: (call, ...args) =>
          call === syscalls.x86_64.memfd_create ? -number : kernel().syscall(call, ...args),
      };
      const { create } = await tryLife({ ...trial, ffi });
      expect(create).toBeInstanceOf(NuncError);
      expect(create instanceof Error ? create.message : '').toMatch(message);
    });
  }
});

/** Runs a script with nunc in namespaces of its own; `$ROOT` is a state root, `$BUNDLE` and `$ID` the bundle's. */
function inPrivateNamespaces(bundle: Bundle, script: string, flags: readonly string[] = []): Promise<Result> {
  const path = process.env['PATH'] ?? '';
  const env = { PATH: path, ROOT: stateRoot(), BUNDLE: bundle.directory, ID: bundle.id, NUNC: nunc };
  return runProgram(['unshare', '--mount', ...flags, 'sh', '-c', script], { env });
}

/** create with its outputs apart from what the container would hold open, then what is in the root. */
const CREATE = `"$NUNC" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BUNDLE/errors"
status=$?
ls -A "$ROOT"
if [ $status = 0 ]; then "$NUNC" --root "$ROOT" delete --force "$ID"; fi
cat "$BUNDLE/errors" >&2
exit $status`;

/** Creates with a tmpfs of more and more room as the state root. @returns how often there was not enough */
async function countFailures(bundle: Bundle, room: (units: number) => string): Promise<number> {
  for (let units = 1; units < 50; units++) {
    const mount = `mount -t tmpfs -o ${room(units)} tmpfs "$ROOT"`;
    const result = await inPrivateNamespaces(bundle, `${mount} && ${CREATE}`);
    if (result.status === 0) return units - 1;
    expect(refusalOf(result), room(units)).toMatch(/^cannot .*no space left on device/);
    expect(result.stdout, room(units)).toBe('');
  }
  throw new Error('there was never enough room');
}

describe('a state directory', () => {
  test('without room leaves nothing of the container', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    // The container's directory, two files that are replaced, two fifos: each is the one too many once.
    expect(await countFailures(bundle, (inodes) => `nr_inodes=${inodes}`)).toBeGreaterThanOrEqual(5);
    await watch.nothingLeft();
  });

  test('without space for its files leaves nothing of the container', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    expect(await countFailures(bundle, (pages) => `size=${pages * 4096}`)).toBeGreaterThanOrEqual(1);
    await watch.nothingLeft();
  });

  test('that is read-only is told of', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const result = await inPrivateNamespaces(bundle, `mount -t tmpfs -o ro tmpfs "$ROOT" && ${CREATE}`);
    expect(refusalOf(result)).toMatch(/^cannot make the state directory .*: read-only file system$/);
    await watch.nothingLeft();
  });
});

describe('vm.memfd_noexec = 2', () => {
  test('is told of, with what to do', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const script = `if ! echo 2 2>/dev/null >/proc/sys/vm/memfd_noexec; then echo unknown; exit 0; fi; ${CREATE}`;
    const result = await inPrivateNamespaces(bundle, script, ['--pid', '--fork', '--mount-proc']);
    // Linux before 6.3 does not know it.
    if (result.stdout !== 'unknown\n') expect(refusalOf(result)).toContain('this host forbids executable memfds');
    await watch.nothingLeft();
  });
});
