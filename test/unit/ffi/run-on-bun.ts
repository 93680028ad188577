// Runs the FFI contract on Bun and prints one JSON object per case: {name, error?}. Started by bun.test.ts.

import { openFfi } from '../../../src/ffi/bun.ts';
import { contract } from './contract.ts';

const ffi = openFfi();
for (const { name, run } of contract) {
  let error: string | undefined;
  try {
    run(ffi);
  } catch (thrown) {
    error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  }
  console.log(JSON.stringify({ name, error }));
}
