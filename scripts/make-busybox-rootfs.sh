#!/bin/sh
# Makes a root filesystem of busybox: make-busybox-rootfs.sh DIRECTORY
#
# Takes the host's static busybox (Debian: busybox-static; BUSYBOX names another one) and needs no root. Safe to run
# twice and concurrently: the tree is made beside DIRECTORY and renamed into place; a complete one is left as it is.
set -eu

if [ $# -ne 1 ]; then
  echo 'usage: make-busybox-rootfs.sh DIRECTORY' >&2
  exit 2
fi
target=${1%/}
busybox=${BUSYBOX:-$(command -v busybox || true)}

if [ -z "$busybox" ] || ldd "$busybox" 2>/dev/null | grep -q '=>'; then
  echo "cannot make \"$target\": there is no static busybox on this host (Debian: apt-get install busybox-static)" >&2
  exit 1
fi
if cmp -s "$busybox" "$target/bin/busybox"; then
  exit 0
fi
if [ -e "$target/bin/busybox" ]; then
  echo "cannot make \"$target\": it holds another busybox; remove it first" >&2
  exit 1
fi

umask 022
mkdir -p "$(dirname "$target")"
new=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM

chmod 755 "$new"
mkdir "$new/bin" "$new/dev" "$new/etc" "$new/home" "$new/mnt" "$new/proc" "$new/root" "$new/run" "$new/sys" \
  "$new/tmp" "$new/usr" "$new/var"
chmod 700 "$new/root"
chmod 1777 "$new/tmp"
cp "$busybox" "$new/bin/busybox"
chmod 755 "$new/bin/busybox"
# Hard links: one process makes all four hundred, and they are right wherever the tree is moved.
"$new/bin/busybox" --install "$new/bin"
ln -s bin "$new/sbin"
ln -s ../bin "$new/usr/bin"
ln -s ../bin "$new/usr/sbin"

cat >"$new/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
user:x:1000:1000:user:/home:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
END
cat >"$new/etc/group" <<'END'
root:x:0:
tty:x:5:
user:x:1000:
nogroup:x:65534:
END

# Fails on a directory that somebody else has filled meanwhile, with an equally good tree.
if ! mv -T "$new" "$target" 2>/dev/null && ! cmp -s "$busybox" "$target/bin/busybox"; then
  echo "cannot make \"$target\": it exists and is no busybox root" >&2
  exit 1
fi
