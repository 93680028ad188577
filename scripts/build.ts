// Builds dist/nunc, the single executable, dist/nunc.mjs, the same for Node, and the man pages in dist/man; writes down
// what of others is in the executable, in dist/nunc.cdx.json and dist/THIRD-PARTY.txt. Run by Bun: `npm run build`.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json';
import { componentsOf, toolsOf } from './build/components.ts';
import { buildExecutable, type Parts } from './build/executable.ts';
import { writeNotices, writeSbom } from './build/sbom.ts';
import { renderManPages } from './docs/man.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** What git says; undefined outside of a repository. */
function git(...args: readonly string[]): string | undefined {
  const command = ['-C', root, ...args];
  try {
    return execFileSync('git', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** The commit that is built, with a mark when the tree differs from it. */
const commit = git('describe', '--always', '--dirty', '--abbrev=40', '--exclude=*') ?? 'unknown';
/** When it was made, in seconds: the same source has the same time, as https://reproducible-builds.org/specs has it. */
const time = process.env['SOURCE_DATE_EPOCH'] ?? git('log', '-1', '--format=%ct') ?? '0';

const constants = {
  NUNC_VERSION: JSON.stringify(manifest.version),
  NUNC_COMMIT: JSON.stringify(commit),
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
  const { status } = spawnSync(process.execPath, command, { cwd: dist, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(1);
  renameSync(output, join(dist, target));
}

/** Says what is in the executable, for who distributes it and who looks for what is known to be wrong. */
function describeExecutable(parts: Parts): void {
  const components = componentsOf(root, parts);
  const product = {
    version: manifest.version,
    licence: manifest.license,
    sha256: createHash('sha256').update(readFileSync(join(dist, 'nunc'))).digest('hex'),
    time: new Date(Number(time) * 1000).toISOString(),
    commit,
  };
  writeFileSync(join(dist, 'nunc.cdx.json'), writeSbom(product, components, toolsOf(root)));
  writeFileSync(join(dist, 'THIRD-PARTY.txt'), writeNotices(components));
}

mkdirSync(join(dist, 'man'), { recursive: true });
const output = join(dist, `.new-${process.pid}-nunc`);
const work = join(dist, 'engine');
let parts: Parts;
try {
  const contents = { entry: 'src/nunc-quickjs.ts', defines: constants };
  parts = await buildExecutable({ root, work, objects: work, output }, contents);
} catch (error) {
  console.error(`cannot build dist/nunc: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
renameSync(output, join(dist, 'nunc'));
describeExecutable(parts);
build(nodeBundle, 'nunc-node.ts', 'nunc.mjs');
for (const [name, text] of renderManPages(manifest.version)) writeFileSync(join(dist, 'man', name), text);
