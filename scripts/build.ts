// Builds dist/nunc, the single executable, dist/nunc.mjs, the same for Node, and the man pages in dist/man. Run by Bun:
// `npm run build`.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json';
import { buildExecutable } from './build/executable.ts';
import { renderManPages } from './docs/man.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const bun = join(root, 'node_modules/.bin/bun');

/** The commit that is built, with a mark when the tree differs from it. */
function currentCommit(): string {
  const git = ['-C', root, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    return execFileSync('git', git, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

const constants = {
  NUNC_VERSION: JSON.stringify(manifest.version),
  NUNC_COMMIT: JSON.stringify(currentCommit()),
};

const nodeBundle = [
  'build', '--target=node', '--format=esm',
  ...Object.entries(constants).flatMap(([name, value]) => ['--define', `${name}=${value}`]),
  '--external', 'ffi-napi', '--external', 'ref-napi',
  '--banner', '#!/usr/bin/env node',
];

/** Builds beside the old file and moves the new one over it: a container manager may be starting it right now. */
function build(args: readonly string[], entry: string, target: string): void {
  const output = join(dist, `.new-${process.pid}-${target}`);
  const command = [...args, join(root, 'src', entry), '--outfile', output];
  // Bun writes the executable to the current directory first, and leaves it there when it is stopped.
  const { status } = spawnSync(bun, command, { cwd: dist, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(1);
  renameSync(output, join(dist, target));
}

mkdirSync(join(dist, 'man'), { recursive: true });
const output = join(dist, `.new-${process.pid}-nunc`);
const work = join(dist, 'engine');
try {
  await buildExecutable({ root, work, objects: work, output }, { entry: 'src/nunc-quickjs.ts', defines: constants });
} catch (error) {
  console.error(`cannot build dist/nunc: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
renameSync(output, join(dist, 'nunc'));
build(nodeBundle, 'nunc-node.ts', 'nunc.mjs');
for (const [name, text] of renderManPages(manifest.version)) writeFileSync(join(dist, 'man', name), text);
