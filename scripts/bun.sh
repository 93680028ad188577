#!/bin/sh
# Runs Bun as it came from npm: scripts/bun.sh FILE… Its package's install script only puts the right binary in another's
# place; the build does without (`npm ci --ignore-scripts`).
for bun in "$(dirname "$0")"/../node_modules/@oven/bun-linux-*/bin/bun; do
  if "$bun" --version >/dev/null 2>&1; then exec "$bun" "$@"; fi
done
echo 'cannot run Bun: node_modules has none for this machine; run `npm ci`' >&2
exit 1
