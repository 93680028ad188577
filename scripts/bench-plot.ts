// A picture of what `npm run bench -- --json FILE` has written: a bar for each runtime and command.
//
//   bun scripts/bench-plot.ts results.json picture.svg [--scenario NAME] [--cpu]

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchPlot } from './bench/bench-plot.ts';

const { values, positionals } = parseArgs({
  options: { scenario: { type: 'string', default: 'plain' }, cpu: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [results, picture] = positionals;
if (results === undefined || picture === undefined) {
  process.stderr.write('Usage: bun scripts/bench-plot.ts results.json picture.svg [--scenario NAME] [--cpu]\n');
  process.exit(2);
}
writeFileSync(picture, benchPlot(JSON.parse(readFileSync(results, 'utf8')), {
  scenario: values.scenario,
  quantity: values.cpu ? 'cpu' : 'wall',
}));
