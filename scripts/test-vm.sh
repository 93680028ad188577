#!/bin/bash
# Runs tests where there is nothing but cgroup v2, with AppArmor on: test-vm.sh [--systemd] [FILE...]
#
# Virtual machines (scripts/vmtest.sh, user-mode Linux, root needed) with this tree, node_modules and the built dist/ of
# the host, read-only. FILEs are of test/integration, attacks, fuzz and load; without FILEs it is all of
# test/integration, in two machines at once as each has one processor, which takes about ten minutes; ends with the
# counts of both. Filling the machine's cache takes some minutes and some hundred MB the first time, so this is no part
# of `npm test`; after that it boots in seconds.
#
# With --systemd, systemd is pid 1 and manages the cgroups of the containers under test (test/support/runtime.ts adds
# --systemd-cgroup). What is about a driver of its own (nunc as a library, cgroups made by hand) is then not for it.
#
#   VMTEST_OPTIONS   options for vmtest.sh in place of `--uml --modules …` (`--modules`: qemu, slower, more controllers)
#   VMTEST_MACHINES  how many at once
set -euo pipefail

cd "$(dirname "$0")/.."
systemd=
order=
if [ "${1-}" = --systemd ]; then
  systemd=--systemd
  # One of the tests has systemd execute itself anew, which leaves the others' calls unanswered.
  order=--no-file-parallelism
  export CGROUP_MANAGER=systemd
  shift
fi
if [ ! -x dist/nunc ]; then
  echo 'cannot test: dist/nunc is not built (npm run build)' >&2
  exit 1
fi
machines=${VMTEST_MACHINES:-2}
if [ $# -gt 0 ]; then
  machines=${VMTEST_MACHINES:-1}
else
  set -- test/integration
fi
# With realtime group scheduling, which v2 has no files for, nothing in a cgroup could be realtime.
options="--uml $systemd --modules --append rt_group_sched=0"
reports=$(mktemp -d /tmp/nunc-test-vm.XXXXXX)
trap 'rm -rf "$reports"' EXIT

# What the machine must be like, said before the tests.
# shellcheck disable=SC2016 # for the machine's shell
check='modules=$(cat /sys/kernel/security/lsm)
echo "Linux $(uname -r), cgroup v2 with $(cat /sys/fs/cgroup/cgroup.controllers), security modules $modules"
case $modules in *apparmor*) ;; *) echo "cannot test: AppArmor is off" >&2; exit 1 ;; esac
exec "$@"'

# One machine's part of the tests. /scratch is a file system of the machine's own: its root is an overlay, on which
# overlays can't be mounted.
run() {
  local part=$1
  shift
  # shellcheck disable=SC2086 # several options, or none
  scripts/vmtest.sh ${VMTEST_OPTIONS-$options} --timeout 1800 --env RUNTIME --env CGROUP_MANAGER \
    --env EFFORT --env EFFORT_SEED --rw "$reports" -- sh -c "$check" sh \
    env TMPDIR=/scratch NO_COLOR=1 node_modules/.bin/vitest run $order --project integration --project load \
    --shard="$part/$machines" --reporter=default --reporter=blob --outputFile.blob="$reports/$part.json" "$@" 2>&1 |
    sed -u "s/^/$part| /"
}

status=0
started=()
for part in $(seq "$machines"); do
  run "$part" "$@" &
  started+=($!)
done
for pid in "${started[@]}"; do
  wait "$pid" || status=1
done
echo
if [ "$(find "$reports" -name '*.json' | wc -l)" != "$machines" ]; then
  echo 'cannot count: a machine has left no report' >&2
  exit 1
fi
node_modules/.bin/vitest run --merge-reports="$reports" --reporter=dot || status=1
exit $status
