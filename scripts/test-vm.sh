#!/bin/sh
# Runs integration tests where there is nothing but cgroup v2: test-vm.sh [FILE...]
#
# A virtual machine (scripts/vmtest.sh, user-mode Linux, root needed) with this tree, node_modules and the built dist/
# of the host, read-only. Without FILEs: the tests of config.json and the comparison with runc. Filling the machine's
# cache takes some minutes and some hundred MB the first time, so this is no part of `npm test`; after that it boots in
# seconds. VMTEST_OPTIONS are options for vmtest.sh in place of `--uml` (empty: qemu, slower, with more controllers).
set -eu

cd "$(dirname "$0")/.."
if [ ! -x dist/nunc ]; then
  echo 'cannot test: dist/nunc is not built (npm run build)' >&2
  exit 1
fi
if [ $# -eq 0 ]; then
  set -- test/integration/config-*.test.ts test/integration/compare.test.ts
fi

# /scratch is a file system of the machine's own: its root is an overlay, on which overlays can't be mounted.
# shellcheck disable=SC2086 # several options
exec scripts/vmtest.sh ${VMTEST_OPTIONS---uml} --timeout 1800 --env RUNTIME -- \
  env TMPDIR=/scratch NO_COLOR=1 node_modules/.bin/vitest run --maxWorkers=1 "$@"
