// Compiles a profile once, in an interpreter that has never seen the code, and prints the nanoseconds. Built into an
// executable like nunc's by scripts/bench-seccomp.ts.

import { compileFilter } from '../../src/seccomp/compile.ts';
import { docker, podman } from '../../test/support/seccomp-profiles.ts';

const profile = process.argv.at(-1) === 'podman' ? podman : docker;
const begin = process.hrtime.bigint();
compileFilter(profile, { architecture: 'x86_64', exact: new Map() });
console.log(String(process.hrtime.bigint() - begin));
