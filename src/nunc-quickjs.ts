// Entry of the executable dist/nunc. Evaluated while that is built; the two functions are what it starts with
// (engine/engine.c).

// First: what it defines is used where the others are evaluated.
import { turn } from './engine/globals.ts';
import { openFfi } from './ffi/quickjs.ts';
import { main } from './main.ts';

Object.assign(globalThis, {
  nuncStart: () => {
    void main(process.argv.slice(1), openFfi).then((status) => process.exit(status));
  },
  nuncTurn: () => {
    // Without anything to wait for it would wait for ever.
    if (!turn()) process.exit(1);
  },
});
