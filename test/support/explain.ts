// Explains configs for hosts that are not this one, from facts that real ones have printed (`nunc features --host`).

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseHostFacts } from '../../src/config/host-facts.ts';
import type { Spec } from '../../src/config/types.ts';
import { explainContainer, type Explained, type ExplainRequest } from '../../src/container/explain/explain.ts';
import type { HostFacts } from '../../src/host/facts.ts';

/** hybrid and v2: root; v2-user: an ordinary user of the latter. */
export type HostName = 'hybrid' | 'v2' | 'v2-user';

/** The facts of a host; the sources of the project's bundles are there. */
export function factsOf(name: HostName): HostFacts {
  const facts = parseHostFacts(readFileSync(join(import.meta.dirname, 'hosts', `${name}.json`)));
  const paths = ['/usr', '/bin', '/sbin', '/lib', '/sys'];
  const sources = Object.fromEntries(paths.map((path) => [path, 'directory' as const]));
  return { ...facts, sources };
}

export function bundleConfig(name: string): Spec {
  const path = join(import.meta.dirname, '../../bundles', name, 'config.json');
  return JSON.parse(readFileSync(path, 'utf8')) as Spec;
}

/** A bundle of the config, gone with the test. */
export function bundleOf(spec: Spec): string {
  const bundle = mkdtempSync(join(tmpdir(), 'nunc-explained-'));
  onTestFinished(() => rmSync(bundle, { recursive: true, force: true }));
  mkdirSync(join(bundle, 'rootfs'));
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
  return bundle;
}

export function requestFor(bundle: string, facts: HostFacts, other: Partial<ExplainRequest> = {}): ExplainRequest {
  return {
    root: '/run/nunc',
    id: 'c1',
    bundle,
    noPivot: false,
    newKeyring: true,
    preserveFds: 0,
    rootless: 'auto',
    host: { facts, cgroupManager: 'cgroupfs' },
    ...other,
  };
}

export function explain(spec: Spec, facts: HostFacts, other: Partial<ExplainRequest> = {}): Promise<Explained> {
  return explainContainer(requestFor(bundleOf(spec), facts, other));
}
