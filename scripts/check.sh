#!/bin/bash
# Everything that can be said of the sources without running them: `npm run check`. Goes on after a failure, to show all.
cd "$(dirname "$0")/.." || exit 1

status=0
for part in types lint rooms exports generated; do
  npm run --silent "check:$part" || { echo "check:$part failed" >&2; status=1; }
done
exit $status
