#!/bin/bash
# Runs a command where each controller has a v1 hierarchy, and there is no v2: vm-cgroup-v1.sh COMMAND [ARG...]
#
# For a virtual machine of scripts/vmtest.sh, whose cgroup mounts it replaces:
#   scripts/vmtest.sh --modules --timeout 1800 -- scripts/vm-cgroup-v1.sh env TMPDIR=/scratch \
#     node_modules/.bin/vitest run --maxWorkers=1 --testTimeout 120000 test/integration/resources.test.ts
set -euo pipefail

if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || [ -e /sys/fs/cgroup/system.slice ]; then
  echo 'cannot replace the cgroup mounts: not in a virtual machine of vmtest.sh' >&2
  exit 1
fi
umount -l /sys/fs/cgroup
mount -t tmpfs tmpfs /sys/fs/cgroup
for controller in cpuset cpu memory blkio pids hugetlb net_cls net_prio rdma devices freezer; do
  mkdir "/sys/fs/cgroup/$controller"
  mount -t cgroup -o "$controller" "$controller" "/sys/fs/cgroup/$controller"
done
exec "$@"
