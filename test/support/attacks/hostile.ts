// What attackers bring along: C programs, compiled once for a test file, and a helper that swaps two paths while a
// runtime works. Knows nothing of what there is to gain.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Bundle } from '../bundle.ts';
import { effort } from '../effort.ts';
import type { Target } from './attack.ts';

let programs: string | undefined;
const compiled = new Map<string, string>();

afterAll(() => {
  if (programs !== undefined) rmSync(programs, { recursive: true, force: true });
});

/** A static program made of <name>.c beside this file. @returns its path */
export function compile(name: string): string {
  programs ??= mkdtempSync(join(tmpdir(), 'nunc-attackers-'));
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const path = join(programs, name);
  execFileSync('gcc', ['-static', '-O1', '-o', path, join(import.meta.dirname, `${name}.c`)]);
  compiled.set(name, path);
  return path;
}

/** Puts an attacker's program into an image, as /<name>. */
export function bring(name: string, { rootfs }: Pick<Bundle, 'rootfs'>): void {
  copyFileSync(compile(name), join(rootfs, name));
}

/** Does something while a hostile helper exchanges two paths. */
export async function whileSwapping<T>(paths: readonly [string, string], action: () => Promise<T>): Promise<T> {
  const helper = spawn(compile('swap'), paths, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(helper, 'exit');
  try {
    await Promise.race([once(helper.stdout, 'data'), ended.then(() => {
      throw new Error(`cannot exchange ${paths.join(' and ')}`);
    })]);
    return await action();
  } finally {
    helper.kill('SIGKILL');
    await ended;
  }
}

/** Attacks again and again for a bounded time, until something is gained. Of peers it is only to be known that they can
 * be attacked at all. @returns what, and in which round */
export async function again(
  { name }: Target,
  attack: (round: number) => Promise<readonly string[]>,
): Promise<string[]> {
  const end = Date.now() + (name === 'nunc' ? effort({ usual: 800, nightly: 60_000 })
    : effort({ usual: 400, nightly: 20_000 }));
  for (let round = 1; Date.now() < end; round++) {
    const gains = await attack(round);
    if (gains.length > 0) return gains.map((gain) => `${gain} (round ${round})`);
  }
  return [];
}

/** Runs a bundle in the foreground; what a peer leaves of a failed one is removed. */
export async function runOnce(target: Target, bundle: Bundle, options: readonly string[] = []): Promise<string> {
  const { status, stdout } = await target.run(['run', ...options, '--bundle', bundle.directory, bundle.id]);
  if (status !== 0) await target.run(['delete', '--force', bundle.id]);
  return stdout;
}
