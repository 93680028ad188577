// Entry of dist/nunc.mjs, on Node.

import { openFfi } from './ffi/napi.ts';
import { main } from './main.ts';

void main(process.argv.slice(2), openFfi).then((status) => process.exit(status));
