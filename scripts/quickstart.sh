#!/bin/bash
# Installs what is missing, builds nunc and runs a container from bundles/hello: `npm run quickstart`. Needs root.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

[ "$(id -u)" -eq 0 ] || fail 'run as root: this bundle is not for a rootless container'
install_packages musl-tools gcc binutils
install_modules
npm run --silent build
echo '$ dist/nunc run --bundle bundles/hello hello'
exec dist/nunc run --bundle bundles/hello "hello-$$"
