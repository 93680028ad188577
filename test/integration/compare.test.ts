// nunc and runc on one bundle made by `nunc spec`, changed in many ways: what the container's process sees has to be
// the same, down to the last mount option. What is not is in the table below, with the reason; a difference that is
// not in it fails, and so does an entry without its difference.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, type BundleSpec, makeBundle, makeRootfs, writeConfig } from '../support/bundle.ts';
import { type CompareCase, compareCases } from '../support/compare-cases.ts';
import { compareViews, type Difference, readView, type View, viewScript } from '../support/inside.ts';
import { succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'runc', 'nunc');

interface Explanation {
  readonly fact: RegExp;
  readonly ours: RegExp;
  readonly theirs: RegExp;
  readonly why: string;
  /** The cases that have this difference: all of them if not given. */
  readonly cases?: RegExp;
  /** Cases that do not have it. */
  readonly except?: RegExp;
  /** Whether it is there on this host at all. */
  readonly onHost?: () => boolean;
}

const hasV1 = (): boolean => ['v1', 'hybrid'].includes(probeHost().cgroupMode);

const IN_USER_NAMESPACE = /user namespace/;

const EXPLANATIONS: readonly Explanation[] = [
  {
    fact: /^dev \/dev\/core$/,
    ours: / \/proc\/kcore$/,
    theirs: /^absent$/,
    why: 'runc makes /dev/core only on hosts that have a /proc/kcore; nunc always, as it does all the other links',
    onHost: () => !existsSync('/proc/kcore'),
  },
  {
    fact: /^cgroups \/\.$/,
    ours: /^drwxr-xr-x/,
    theirs: /^dr-xr-xr-x/,
    why: "runc gives the tmpfs at /sys/fs/cgroup the mode of sysfs' directory below it, against its option mode=755",
    onHost: hasV1,
  },
  {
    fact: /^cgroups \/[\w.]+$/,
    ours: /^drwxr-xr-t/,
    theirs: /^drwxr-xr-x/,
    why: 'the sticky bit is the mark of the cgroups that a nunc made, so that it removes no other',
    // There the directory seen is not the container's.
    except: /^joined namespaces$/,
  },
  {
    fact: /^mount \/sys\/fs\/cgroup$/,
    ours: /\| ro,nosuid,nodev,noexec,relatime \|/,
    theirs: /\| rw,nosuid,nodev,noexec,relatime \|/,
    why: 'asked for ro, runc makes the hierarchies read-only and leaves the tmpfs around them writable',
    onHost: hasV1,
    except: /^writable cgroups/,
  },
  {
    fact: /^mount \/sys\/fs\/cgroup\/systemd$/,
    ours: / cgroup \| cgroup \| /,
    theirs: / cgroup \| systemd \| /,
    why: "the source of a cgroup mount is only a name: nunc clones the host's mount, runc makes one called systemd",
    onHost: hasV1,
    cases: /cgroup namespace|^joined namespaces$/,
  },
  {
    fact: /^mount \/sys\/fs\/cgroup$/,
    ours: / cgroup2 \| cgroup2 \| /,
    theirs: / cgroup2 \| cgroup \| /,
    why: 'the same in a pure v2 tree',
    onHost: () => !hasV1(),
    // There nunc makes a new mount too.
    except: /^joined namespaces$/,
  },
  {
    fact: /^dev \/dev\/mqueue(\/\.)?$/,
    ours: /root root$/,
    theirs: /root nogroup$/,
    why: "the directory is the ipc namespace maker's: root's of the user namespace, but runc has a host's group still",
    cases: IN_USER_NAMESPACE,
    except: /^a joined user/,
  },
  {
    fact: /^mount \/$/,
    ours: / shared \|/,
    theirs: /relatime \|  \|/,
    why: 'runc makes "/" shared before it mounts the rootfs and not after, and its rootfs is not',
    cases: /^rootfsPropagation r?shared$/,
  },
  {
    fact: /^mount \/sys\/fs\/cgroup\/\w+$/,
    ours: /relatime \|  \|/,
    theirs: / shared \|/,
    why: "runc's are peers of the host's: what the container mounts there appears on the host",
    onHost: hasV1,
    cases: /^rootfsPropagation rshared$/,
  },
];

function explains(explanation: Explanation, { fact, ours = 'absent', theirs = 'absent' }: Difference): boolean {
  return explanation.fact.test(fact) && explanation.ours.test(ours) && explanation.theirs.test(theirs);
}

function explanationsFor(name: string): Explanation[] {
  return EXPLANATIONS.filter(({ cases, except, onHost }) => cases?.test(name) !== false && except?.test(name) !== true
    && onHost?.() !== false);
}

/** The config that `nunc spec` writes, with what every comparison needs. */
async function specOf(bundle: Bundle): Promise<BundleSpec> {
  const { cgroupsPath } = bundle.spec.linux;
  rmSync(join(bundle.directory, 'config.json'));
  await succeed(['spec', '--bundle', bundle.directory]);
  const spec = JSON.parse(readFileSync(join(bundle.directory, 'config.json'), 'utf8')) as BundleSpec;
  spec.process.terminal = false;
  spec.process.args = ['sh', '-c', viewScript];
  if (cgroupsPath !== undefined) spec.linux.cgroupsPath = cgroupsPath;
  return spec;
}

const PATIENCE = 20_000;

/** What the script has written when it has come to its end. */
async function finished(path: string): Promise<string> {
  for (const start = Date.now(); ; ) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text.includes('=#=end')) return text;
    if (Date.now() - start > PATIENCE) throw new Error(`the container has not finished: ${text.slice(-500)}`);
    await delay(10);
  }
}

/** Runs the bundle, on a root filesystem that nothing has been in, detached, so that stdio is the same for both. */
async function viewOf(bundle: Bundle, { prepare }: CompareCase, program?: string): Promise<View> {
  rmSync(bundle.rootfs, { recursive: true, force: true });
  makeRootfs(bundle.rootfs);
  await prepare?.(bundle);
  const output = join(bundle.directory, 'output');
  rmSync(output, { force: true });
  const runtimeOptions = program === undefined ? {} : { program };
  const args = ['run', '--detach', '--bundle', bundle.directory, bundle.id];
  const { status } = await runtime(args, { ...runtimeOptions, output });
  if (status !== 0) throw new Error(`${program ?? 'nunc'} failed: ${readFileSync(output, 'utf8')}`);
  const text = await finished(output);
  await succeed(['delete', '--force', bundle.id], runtimeOptions);
  return readView(text, { bundle: bundle.directory, id: bundle.id });
}

describe('a container of nunc and one of runc see the same', () => {
  for (const compareCase of compareCases) {
    test(compareCase.name, async () => {
      const made = makeBundle();
      const bundle = { ...made, spec: await specOf(made) };
      await compareCase.change?.(bundle.spec);
      writeConfig(bundle);
      const ours = await viewOf(bundle, compareCase);
      const theirs = await viewOf(bundle, compareCase, 'runc');
      expect(ours.size).toBeGreaterThan(100);

      const differences = compareViews(ours, theirs);
      const explanations = explanationsFor(compareCase.name);
      const unexplained = differences.filter((difference) => !explanations.some((one) => explains(one, difference)));
      expect(unexplained).toEqual([]);
      const outdated = explanations.filter((one) => !differences.some((difference) => explains(one, difference)));
      expect(outdated.map(({ why }) => why)).toEqual([]);
    }, 60_000);
  }
});
