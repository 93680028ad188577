// Fault injection into plans of every feature: each operation fails with an errno that nobody expects, and with each of
// those that the plan has a way for. The first is told, the others need not be; nothing is left.

import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { CreateRequest } from '../../src/container/create.ts';
import { NuncError } from '../../src/error.ts';
import { type Bundle, type BundleSpec, makeBundle, writeConfig } from '../support/bundle.ts';
import { effort, seed } from '../support/effort.ts';
import { holdings, type Outcome, reapUnknown, remainsOf, type Trial, tryLife } from '../support/library.ts';
import { eventually, watchHost } from '../support/lifecycle.ts';
import { randomFrom } from '../support/random.ts';
import { type Requirement, requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';
import { cannotFail, failing, type Reference, replacing, traceLife, waysOf } from '../support/tampering.ts';

const TIMEOUT = effort({ usual: 120_000, nightly: 900_000 });
const MOST = effort({ usual: 25, nightly: Infinity });

interface Feature {
  readonly name: string;
  readonly needs?: readonly Requirement[];
  readonly change?: (spec: BundleSpec, bundle: Bundle) => void;
  readonly options?: Partial<CreateRequest>;
}

const MAP = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

function mapIds(spec: BundleSpec, { directory, rootfs }: Bundle): void {
  chmodSync(directory, 0o711);
  execFileSync('chown', ['-hR', '100000:100000', rootfs]);
  const source = join(directory, 'source');
  mkdirSync(source);
  spec.linux.namespaces?.push({ type: 'user' });
  spec.linux.uidMappings = MAP;
  spec.linux.gidMappings = MAP;
  spec.mounts.push({ destination: '/mnt', source, options: ['bind'], uidMappings: MAP, gidMappings: MAP });
}

const features: readonly Feature[] = [
  { name: 'by default' },
  { name: '--no-pivot', options: { noPivot: true } },
  {
    name: 'a terminal',
    change: ({ process }) => { process.terminal = true; },
    options: { takeTerminal: (master) => { closeSync(master); } },
  },
  { name: 'mounts with maps of their own', needs: ['idmapped-mounts'], change: mapIds },
  {
    name: 'a session keyring, a scheduler and a profile',
    change: (spec) => {
      spec.process.scheduler = { policy: 'SCHED_BATCH' };
      spec.process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 5 };
      spec.linux.personality = { domain: 'LINUX' };
      spec.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['swapon'], action: 'SCMP_ACT_ERRNO' }],
      };
    },
    options: { newKeyring: true },
  },
];

interface Case {
  readonly name: string;
  readonly mustFail: boolean;
  readonly alterPlan: Trial['alterPlan'];
}

/** Of every operation that is executed: its failure, and its ways. */
function casesOf({ operations, executed }: Reference): Case[] {
  const cases: Case[] = [];
  operations.forEach((operation, index) => {
    if (!executed.has(index) || cannotFail(operation)) return;
    const name = `${index}: ${operation.kind}, ${operation.action}`;
    cases.push({ name: `failing ${name}`, mustFail: true, alterPlan: failing(index) });
    for (const way of waysOf(operation)) {
      cases.push({ name: `${way.kind} in place of ${name}`, mustFail: false, alterPlan: replacing(index, way) });
    }
  });
  const random = randomFrom(seed);
  while (cases.length > MOST) cases.splice(random(cases.length), 1);
  return cases;
}

function expectOrderly(outcome: Outcome, { name, mustFail }: Case): void {
  const errors = Object.values(outcome) as unknown[];
  if (mustFail) expect(errors.length, name).toBeGreaterThan(0);
  for (const error of errors) {
    expect(error, name).toBeInstanceOf(NuncError);
    expect(error instanceof Error ? error.message : '', name).toMatch(/^(cannot|exec:|container) /);
  }
}

describe('a failure of each operation, and each way that the plan has for one', () => {
  for (const { name, needs = [], change, options = {} } of features) {
    requires('root', 'cgroups', 'busybox', 'nunc', ...needs)(`with ${name} (seed ${seed})`, async () => {
      const bundle = makeBundle({ args: ['sleep', '1000'] });
      change?.(bundle.spec, bundle);
      writeConfig(bundle);
      const trial: Trial = { bundle, root: stateRoot(), options };
      const watch = watchHost(bundle);
      await tryLife(trial);
      const reference = await traceLife(trial);
      const before = holdings();
      const counts = { failed: 0, 'went on': 0 };
      for (const one of casesOf(reference)) {
        const outcome = await tryLife({ ...trial, alterPlan: one.alterPlan });
        expectOrderly(outcome, one);
        counts[Object.keys(outcome).length > 0 ? 'failed' : 'went on'] += 1;
        // Stage 0 may have been unable to tell of the init that it has made, which takes a moment to end.
        const remains = await eventually(() => {
          reapUnknown();
          return remainsOf(trial, before);
        }, (found) => found.length === 0).catch(() => remainsOf(trial, before));
        expect(remains, one.name).toEqual([]);
      }
      process.stdout.write(`  ${name}: ${JSON.stringify(counts)} of ${reference.executed.size} operations executed\n`);
      await watch.nothingLeft();
    }, TIMEOUT);
  }
});
