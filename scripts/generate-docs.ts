// Writes docs/commands.md and docs/attacks.md; with --check tells whether they are up to date. Run by Bun:
// `npm run generate`.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderAttacks } from './docs/attacks.ts';
import { renderMarkdown } from './docs/markdown.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const attacks = `${project}test/attacks/`;

/** Which file has the tests of which class of attacks. */
function attackTests(): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync(attacks).filter((each) => each.endsWith('.test.ts')).sort()) {
    const numbers = readFileSync(attacks + name, 'utf8').matchAll(/^attackTests\((\d+),/gm);
    for (const [, number] of numbers) found.set(Number(number), name);
  }
  return found;
}

function readPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Stale as well.
    return '';
  }
}

function main(): void {
  const documents = { 'docs/commands.md': renderMarkdown(), 'docs/attacks.md': renderAttacks(attackTests()) };
  for (const [name, text] of Object.entries(documents)) {
    const path = project + name;
    if (!process.argv.includes('--check')) writeFileSync(path, text);
    else if (readPresent(path) !== text) {
      process.stderr.write(`${name} is stale: run npm run generate\n`);
      process.exitCode = 1;
    }
  }
}

main();
