# The first process of the daemon's namespaces: sandbox.sh CONFIG LOG, started by sandbox.ts.
#
# What containerd, its shims and the plugins keep in fixed places (/run/containerd/s, /run/netns, /var/lib/cni) is in
# these mounts, not on the host. A daemon that has ended is started anew, as a service manager would.
set -e
mount --make-rshared /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mkdir /run/netns
ip link set lo up
while :; do
  containerd --config "$1" >>"$2" 2>&1 &
  # Not longer than this daemon: but as pid 1 the shell also buries orphans here.
  wait $! || :
done
