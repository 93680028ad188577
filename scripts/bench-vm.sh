#!/bin/bash
# Runs the benchmark where there is nothing but cgroup v2: bench-vm.sh [OPTION...], options as of `npm run bench`.
#
# A virtual machine (scripts/vmtest.sh, user-mode Linux, root needed) with this tree and the built dist/nunc of the
# host, read-only. It has one processor, and system calls cost several times what they do on the host: few rounds unless
# --rounds is given, and the 500 containers of `many` only if it is asked for.
#
#   VMTEST_OPTIONS   options for vmtest.sh in place of `--uml` (such as `--cpus 2`: qemu, slower still)
set -euo pipefail

root=$(realpath "$(dirname "$0")/..")
if [ ! -x "$root/dist/nunc" ]; then
  echo 'cannot measure: dist/nunc is not built (npm run build)' >&2
  exit 1
fi
options=("$@")
[[ " $* " == *' --rounds'* ]] || options+=(--rounds 8)
[[ " $* " == *' --scenario'* ]] || options+=(--scenario plain,docker,mounts,overlay,terminal,exec,parallel)

# What the benchmark writes has to be where the machine may write; everything is sent through a directory of our own, and
# only once it is whole to where it is wanted.
results=$(mktemp -d /tmp/nunc-bench-vm.XXXXXX)
trap 'rm -rf "$results"' EXIT
target=
for i in "${!options[@]}"; do
  case ${options[i]} in
    --json) target=$(realpath -m "${options[i + 1]}") options[i + 1]=$results/results.json ;;
    --json=*) target=$(realpath -m "${options[i]#*=}") options[i]=--json=$results/results.json ;;
    --markdown | --markdown=*)
      echo 'cannot write a document from the machine: use --json FILE, then `npm run bench -- --from FILE --markdown`' >&2
      exit 1
      ;;
  esac
done

cd "$root"
# shellcheck disable=SC2086 # several options
scripts/vmtest.sh ${VMTEST_OPTIONS---uml} --timeout "${VMTEST_TIMEOUT:-1800}" --rw "$results" -- \
  node_modules/.bin/bun scripts/bench.ts "${options[@]}"
[ -z "$target" ] || cp "$results/results.json" "$target"
