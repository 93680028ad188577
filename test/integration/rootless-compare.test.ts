// nunc and runc as the same ordinary user on the same bundles: what the container's process sees has to be the same.
// What is not is in the table below, with the reason; a difference that is not in it fails.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { type BundleSpec, makeRootfs } from '../support/bundle.ts';
import { compareViews, type Difference, readView, type View, viewScript } from '../support/inside.ts';
import { eventually } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { mapRanges, runAs, type UserBundle, userBundle, useUser } from '../support/users.ts';

const needs = ['users', 'busybox', 'runc', 'nunc'] as const;
const user = useUser(missing(needs).length === 0);
const test = requires(...needs);

/** Runs the bundle detached, on a root filesystem that nothing has been in, so that stdio is the same for both. */
async function viewOf(bundle: UserBundle, program: string): Promise<View> {
  rmSync(bundle.rootfs, { recursive: true, force: true });
  makeRootfs(bundle.rootfs);
  execFileSync('chown', ['-Rh', `${user().uid}:${user().gid}`, bundle.rootfs]);
  const output = join(bundle.directory, 'output');
  rmSync(output, { force: true });
  const run = [program, 'run', '--detach', '--bundle', bundle.directory, bundle.id];
  const { status } = await runAs(user(), run, { output });
  if (status !== 0) throw new Error(`${program} failed: ${readFileSync(output, 'utf8')}`);
  const text = await eventually(() => readFileSync(output, 'utf8'), (said) => said.includes('=#=end'), 20_000);
  expect(await runAs(user(), [program, 'delete', '--force', bundle.id])).toMatchObject({ status: 0 });
  return readView(text, { bundle: bundle.directory, id: bundle.id });
}

interface Explanation {
  readonly fact: RegExp;
  readonly ours: RegExp;
  readonly theirs: RegExp;
  readonly why: string;
  /** Whether it is there on this host at all. */
  readonly onHost?: () => boolean;
}

const isPureV2 = (): boolean => probeHost().cgroupMode === 'v2';

const EXPLANATIONS: readonly Explanation[] = [
  {
    fact: /^dev \/dev\/core$/,
    ours: / \/proc\/kcore$/,
    theirs: /^absent$/,
    why: 'runc makes /dev/core only on hosts that have a /proc/kcore; nunc always, as it does all the other links',
    onHost: () => !existsSync('/proc/kcore'),
  },
  {
    fact: /^cgroups \/[\w.]+$/,
    ours: / nobody nogroup$/,
    theirs: /^(absent|drwxrwxrwt root root)$/,
    why: 'runc looks for a cgroup that it could not make and covers /sys/fs/cgroup with an empty tmpfs, where nunc '
      + "the caller's, read-only",
    onHost: isPureV2,
  },
  {
    fact: /^mount \/sys\/fs\/cgroup \(2\)$/,
    ours: /\| ro,nosuid,nodev,noexec,relatime \|  \| cgroup2 /,
    theirs: / tmpfs \| ro,/,
    why: 'the same',
    onHost: isPureV2,
  },
  {
    fact: /^mount \/sys\/[\w/]+( \(\d\))?$/,
    ours: /\| ro,/,
    theirs: /\| rw,/,
    why: 'the config binds /sys with rbind,ro: runc leaves what is below it writable (CVE-2023-25809), and the tmpfs '
      + 'of its cgroup mount',
  },
  {
    fact: /^status Groups$/,
    ours: /^$/,
    theirs: /^0$/,
    why: "runc keeps the caller's supplementary groups where it could set those of the config, which are none",
  },
  { fact: /^user$/, ours: /^uid=7 gid=8$/, theirs: / groups=0\(root\)$/, why: 'the same, as id(1) says it' },
];

function explains(explanation: Explanation, { fact, ours = 'absent', theirs = 'absent' }: Difference): boolean {
  return explanation.fact.test(fact) && explanation.ours.test(ours) && explanation.theirs.test(theirs);
}

function unexplained(differences: readonly Difference[]): Difference[] {
  const applying = EXPLANATIONS.filter(({ onHost }) => onHost?.() !== false);
  return differences.filter((difference) => !applying.some((one) => explains(one, difference)));
}

const cases: readonly (readonly [name: string, change: (spec: BundleSpec) => void])[] = [
  ['its own id', () => undefined],
  ['ranges', (spec) => {
    mapRanges(user(), spec);
    spec.process.user = { uid: 7, gid: 8 };
  }],
  ['a network namespace', (spec) => { spec.linux.namespaces?.push({ type: 'network' }); }],
];

for (const [name, change] of cases) {
  test(`a rootless container of nunc and one of runc see the same with ${name}`, async () => {
    const bundle = await userBundle(user(), viewScript, change);
    const ours = await viewOf(bundle, user().program);
    const theirs = await viewOf(bundle, 'runc');
    expect(ours.size).toBeGreaterThan(100);
    expect(unexplained(compareViews(ours, theirs))).toEqual([]);
  }, 60_000);
}
