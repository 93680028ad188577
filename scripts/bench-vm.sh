#!/bin/bash
# Runs the benchmark where there is nothing but cgroup v2: bench-vm.sh [OPTION...], options as of `npm run bench`.
#
# A virtual machine (scripts/vmtest.sh, user-mode Linux, root needed) with the built dist/nunc of the host. It has one
# processor, and system calls cost several times what they do on the host: few rounds unless --rounds is given, and the
# 500 containers of `many` only if they are asked for.
#
#   VMTEST_OPTIONS   options for vmtest.sh in place of `--uml --memory 3G`
set -euo pipefail

cd "$(dirname "$0")/.."
if [ ! -x dist/nunc ]; then
  echo 'cannot measure: dist/nunc is not built (npm run build)' >&2
  exit 1
fi
options=("$@")
[[ " $* " == *' --rounds'* ]] || options+=(--rounds 8)
[[ " $* " == *' --scenario'* ]] || options+=(--scenario plain,docker,mounts,overlay,terminal,exec,parallel)

# What the benchmark writes goes where the machine may write, and from there to where it is wanted.
results=$(mktemp -d /tmp/nunc-bench-vm.XXXXXX)
trap 'rm -rf "$results"' EXIT
target=
for i in "${!options[@]}"; do
  case ${options[i]} in
    --json) target=${options[i + 1]-} options[i + 1]=$results/results.json ;;
    --json=*) target=${options[i]#*=} options[i]=--json=$results/results.json ;;
    --compare) cp "${options[i + 1]-}" "$results/earlier.json" && options[i + 1]=$results/earlier.json ;;
    --compare=*) cp "${options[i]#*=}" "$results/earlier.json" && options[i]=--compare=$results/earlier.json ;;
    --markdown* | --from* | --nunc*)
      echo "cannot do ${options[i]} in the machine: use --json, then \`npm run bench -- --from FILE\`" >&2
      exit 1
      ;;
  esac
done

# Programs come from a root file system in memory. The host's files, as the machine sees them, cost a system call of the
# host for every component of a path: a program with ten libraries would be measured by those.
# shellcheck disable=SC2016 # for the machine's shell
inside='set -e
results=$1 root=/scratch/root
shift
mkdir $root && mount -t tmpfs -o mode=755 tmpfs $root
programs=$(readlink -f node_modules/.bin/bun dist/nunc $(command -v runc crun busybox unshare mount sh))
# One by one: ldd ends at the first that is static in a way that it does not understand.
libraries=$(for file in $programs; do ldd "$file" 2>/dev/null | grep -o "/[^ ]*"; done)
for file in $programs $libraries /etc/ld.so.cache; do
  mkdir -p "$root$(dirname "$file")" && cp -L "$file" "$root$file"
done
for link in /bin /lib /lib64 /sbin; do if [ -L $link ]; then cp -P $link $root$link; fi; done
mkdir -p "$root$PWD" $root/{dev,proc,sys,tmp} "$root$results"
cp -r package.json scripts src test "$root$PWD"
for part in dev sys; do mount --rbind /$part $root/$part; done
mount -t proc proc $root/proc && mount --bind "$results" "$root$results"
exec chroot $root "$(readlink -f node_modules/.bin/bun)" "$PWD/scripts/bench.ts" --nunc "$(readlink -f dist/nunc)" "$@"'

# shellcheck disable=SC2086 # several options
scripts/vmtest.sh ${VMTEST_OPTIONS---uml --memory 3G} --timeout "${VMTEST_TIMEOUT:-1800}" --rw "$results" -- \
  bash -c "$inside" bash "$results" "${options[@]}"
[ -z "$target" ] || cp "$results/results.json" "$target"
