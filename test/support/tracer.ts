// A container whose root looks into every process that it can (attacks/tracer.c), for tests of what joins it.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bring } from './attacks/hostile.ts';
import type { Bundle, BundleSpec } from './bundle.ts';
import { execDetached, startHost } from './exec.ts';
import { eventually } from './lifecycle.ts';

interface Tracer {
  readonly bundle: Bundle;
  /** Whole lines of what it has found so far. */
  readonly found: () => string[];
}

/** Starts it; a file of the host beside the image is what it would like to get at. */
export async function startTracer(change: (spec: BundleSpec) => void): Promise<Tracer> {
  const bundle = await startHost((spec, made) => {
    bring('tracer', made);
    chmodSync(made.directory, 0o755);
    change(spec);
  });
  const [output, secret] = [join(bundle.directory, 'found'), join(bundle.directory, 'secret')];
  writeFileSync(secret, '');
  await execDetached(bundle, ['/tracer', secret], { output });
  const found = (): string[] => readFileSync(output, 'utf8').split('\n').slice(0, -1);
  await eventually(found, (lines) => lines.includes('ready'));
  return { bundle, found };
}

/** Capabilities in every set. */
export function grant(spec: BundleSpec, ...names: readonly string[]): void {
  const sets = [...spec.process.capabilities?.bounding ?? [], ...names];
  spec.process.capabilities = { bounding: sets, effective: sets, permitted: sets };
}
