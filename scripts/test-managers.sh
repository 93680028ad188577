#!/bin/bash
# Runs the whole batteries of real managers, on runc and on nunc, and prints both results side by side:
# `npm run test:managers [podman|containerd|docker]…`, all without a name. Options (`-t NAME`) go to vitest. Needs root.
# The fast cases are part of `npm test`, too.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

managers=()
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
  managers+=("$1")
  shift
done
[ ${#managers[@]} -gt 0 ] || managers=(podman containerd docker)

packages=(busybox-static runc uidmap iproute2 g++ make)
filters=()
for manager in "${managers[@]}"; do
  case $manager in
    podman) packages+=(podman conmon buildah containernetworking-plugins iptables catatonit) ;;
    containerd) packages+=(containerd containernetworking-plugins) ;;
    docker) packages+=(docker.io iptables docker-compose) ;;
    *) fail "\"$manager\" is none of podman, containerd, docker" ;;
  esac
  filters+=("test/managers/$manager")
done

install_packages "${packages[@]}"
install_modules
npm run --silent build

rm -rf dist/managers
status=0
MANAGERS_ALL=1 npx vitest run --project managers "${filters[@]}" "$@" || status=1
for table in dist/managers/*.md; do
  [ -e "$table" ] || continue
  printf '\n## %s\n\n' "$(basename "$table" .md)"
  cat "$table"
done
exit $status
