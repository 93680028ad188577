// A directory that looks like a procfs to who writes sysctls and labels: what attackers have a runtime take for one.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A sysctl of a network namespace. */
export const SYSCTL = 'net.ipv4.ip_default_ttl';
export const SYSCTL_PATH = `sys/${SYSCTL.replaceAll('.', '/')}`;

const FILES = [
  SYSCTL_PATH, 'self/attr/exec', 'self/attr/apparmor/exec', 'thread-self/attr/exec', 'thread-self/attr/apparmor/exec',
];

export function makeFakeProcfs(directory: string): void {
  for (const file of FILES) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), '');
  }
}
