#!/bin/bash
# What takes too long for every change: fuzzing, attacks by race, faults and loads, at length. `npm run test:nightly`;
# paths of test files and options go to vitest. EFFORT_SEED=N repeats the random choices of a run. Needs root, and what
# `npm test` installs.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- test/fuzz test/attacks test/load test/integration/faults- test/integration/supply-chain
npm run --silent build
EFFORT=nightly exec npx vitest run --testTimeout=7200000 "$@"
