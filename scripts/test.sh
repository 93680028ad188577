#!/bin/bash
# Installs what the tests need, builds, checks and tests: `npm test`. Arguments go to vitest. Needs root.
# Ends with a failure when any of the steps failed; leaves vitest's counts in dist/test-results.json.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

install_packages busybox-static strace runc crun binutils hyperfine linux-libc-dev musl-tools gcc libseccomp-dev uidmap iproute2 g++ make \
  python3 python3-gi python3-protobuf criu git zsh mandoc groff podman conmon buildah \
  catatonit libcap2-bin containerd docker.io containernetworking-plugins iptables netsniff-ng
install_modules
npm run --silent build
[ -d bundles/busybox/rootfs ] || bundles/busybox/build.sh

status=0
npm run --silent check || status=1
results=dist/test-results.json
rm -f "$results"
npx vitest run --reporter=default --reporter=json --outputFile.json="$results" "$@" || status=1
exit $status
