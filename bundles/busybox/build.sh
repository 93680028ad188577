#!/bin/sh
# Makes this bundle's rootfs from the host's static busybox.
exec "$(dirname "$0")/../../scripts/make-busybox-rootfs.sh" "$(dirname "$0")/rootfs"
