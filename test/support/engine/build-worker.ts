// Builds the programs of test/support/engine/programs.ts in a directory. Run by Bun.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { buildExecutable } from '../../../scripts/build/executable.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const directory = process.argv[2] ?? '';
const here = 'test/support/engine';

/** The regular expressions of the sources: `[source, flags]`. */
function findExpressions(): [string, string][] {
  const found = new Map<string, [string, string]>();
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.set(node.text, [node.text.slice(1, end), node.text.slice(end + 1)]);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of new Bun.Glob('src/**/*.{ts,js}').scanSync(root)) {
    const text = readFileSync(join(root, file), 'utf8');
    if (!file.startsWith('src/engine/')) visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  }
  return [...found.keys()].sort().map((key) => found.get(key) ?? ['', '']);
}

mkdirSync(directory, { recursive: true });
const defines = { SOURCE_REGEXPS: JSON.stringify(findExpressions()) };
const paths = {
  root, work: join(directory, 'work'), objects: join(root, 'dist/engine'), output: join(directory, 'engine'),
};
await buildExecutable(paths, {
  entry: `${here}/engine-entry.ts`, defines, replaced: { 'node:assert/strict': `${here}/assert.ts` },
});
const entrypoints = [join(root, here, 'node-entry.ts')];
const { outputs: [bundle] } = await Bun.build({ entrypoints, target: 'node', format: 'esm', define: defines });
writeFileSync(join(directory, 'node.mjs'), await bundle?.text() ?? '');
