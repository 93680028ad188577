// Writes docs/commands.md; with --check tells whether it is up to date. Run by Bun: `npm run generate`.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderMarkdown } from './docs/markdown.ts';

const path = fileURLToPath(new URL('../docs/commands.md', import.meta.url));

function main(): void {
  const text = renderMarkdown();
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
    return;
  }
  let present = '';
  try {
    present = readFileSync(path, 'utf8');
  } catch {
    // Stale as well.
  }
  if (present === text) return;
  process.stderr.write('docs/commands.md is stale: run npm run generate\n');
  process.exitCode = 1;
}

main();
