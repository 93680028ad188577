// Whether AppArmor and SELinux are on, for HostFacts. Looked at only when a config asks for a label of theirs.

import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';

/** The module's own switch: 'Y' when it was compiled in, not turned off at boot, and initialised. */
export function isAppArmorOn(): boolean {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y');
  } catch {
    return false;
  }
}

const SELINUX_MAGIC = 0xf97cff8c;

/** As libselinux decides: its file system is there, and is not mounted read-only, which hides it from containers. */
export function isSelinuxOn(): boolean {
  try {
    accessSync('/sys/fs/selinux', constants.W_OK);
    return statfsSync('/sys/fs/selinux').type === SELINUX_MAGIC;
  } catch {
    return false;
  }
}
