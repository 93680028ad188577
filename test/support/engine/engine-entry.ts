// Entry of an executable that runs tests on the engine of dist/nunc: `contract`, one of endurance.ts, or the names of
// groups of comparisons.

import { turn } from '../../../src/engine/globals.ts';
import { openFfi } from '../../../src/ffi/quickjs.ts';
import { contract } from '../../unit/ffi/contract.ts';
import { endurance } from './endurance.ts';
import { report, runCases } from './run-cases.ts';

function runContract(): void {
  const ffi = openFfi();
  for (const { name, run } of contract) {
    try {
      run(ffi);
      report({ name });
    } catch (error) {
      report({ name, result: String(error) });
    }
  }
}

async function main(args: readonly string[]): Promise<void> {
  const [first = ''] = args;
  if (first === 'contract') runContract();
  else await (endurance[first] ?? (() => runCases(args)))();
}

Object.assign(globalThis, {
  nuncStart: () => {
    void main(process.argv.slice(1)).then(() => process.exit(0));
  },
  nuncTurn: () => {
    if (!turn()) process.exit(1);
  },
});
