// Entry of the same comparisons on Node.

import { runCases } from './run-cases.ts';

void runCases(process.argv.slice(2)).then(() => process.exit(0));
