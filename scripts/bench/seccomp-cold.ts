// Compiles a profile once, as the first thing that a program does, and prints the milliseconds. Built into an
// executable as nunc is, by scripts/bench-seccomp.ts.

import { writeSync } from 'node:fs';
import { turn } from '../../src/engine/globals.ts';
import { compileFilter } from '../../src/seccomp/compile.ts';
import { docker, podman } from '../../test/support/seccomp-profiles.ts';

Object.assign(globalThis, {
  nuncStart: () => {
    const profile = process.argv.at(-1) === 'podman' ? podman : docker;
    const begin = performance.now();
    compileFilter(profile, { architecture: 'x86_64', exact: new Map() });
    writeSync(1, String(performance.now() - begin));
    process.exit(0);
  },
  nuncTurn: turn,
});
