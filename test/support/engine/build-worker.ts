// Builds the programs of test/support/engine/programs.ts in a directory. Run by Bun.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildExecutable } from '../../../scripts/build/executable.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const directory = process.argv[2] ?? '';
const here = 'test/support/engine';

mkdirSync(directory, { recursive: true });
const paths = {
  root, work: join(directory, 'work'), objects: join(root, 'dist/engine'), output: join(directory, 'engine'),
};
await buildExecutable(paths, {
  entry: `${here}/engine-entry.ts`, defines: {}, replaced: { 'node:assert/strict': `${here}/assert.ts` },
});
const entrypoints = [join(root, here, 'node-entry.ts')];
const { outputs: [bundle] } = await Bun.build({ entrypoints, target: 'node', format: 'esm' });
writeFileSync(join(directory, 'node.mjs'), await bundle?.text() ?? '');
