#!/bin/sh
# Runs Bun as it came from npm: scripts/bun.sh FILE… The install script of its package only puts the right binary in the
# place of a script that fails; the build does without (`npm ci --ignore-scripts`).
modules=$(dirname "$0")/../node_modules
for bun in "$modules/bun/bin/bun.exe" "$modules"/@oven/bun-linux-*/bin/bun; do
  if "$bun" --version >/dev/null 2>&1; then exec "$bun" "$@"; fi
done
echo 'cannot run Bun: node_modules has none for this machine; run "npm ci"' >&2
exit 1
