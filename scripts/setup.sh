# What quickstart.sh and test.sh both need: packages and node_modules. Sourced by them, in the repository's root.

fail() {
  echo "$0: $*" >&2
  exit 1
}

# Debian packages that are not there yet; nothing is touched when none is missing.
install_packages() {
  local package missing=()
  for package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] || fail "run as root, or install first: ${missing[*]}"
  local apt=(apt-get -o DPkg::Lock::Timeout=600 -qq)
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null ||
    { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null; } ||
    fail "cannot install ${missing[*]}"
}

# node_modules as package-lock.json has it; the copy of that file inside says which one it was made from.
install_modules() {
  command -v npm >/dev/null || fail 'npm is missing: install Node.js 20.19 or later'
  cmp -s package-lock.json node_modules/.nunc-package-lock.json && return
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.nunc-package-lock.json
}
