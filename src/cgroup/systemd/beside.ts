// A way into a user's scopes for a runtime that is not itself in one: from a login session, whose cgroup is root's, an
// ordinary user can't put a process into those that it has been given (cgroups(7), "Cgroups delegation: delegation
// containment"). Its systemd can, by asking root's: the runtime gets a scope of its own there first, as podman does.

import { readFileSync } from 'node:fs';
import type { Connection } from '../../dbus/connection.ts';
import { variant } from '../../dbus/value.ts';
import { mayMove } from '../delegation.ts';
import type { CgroupPlacement } from '../driver.ts';
import { ownCgroupPath } from '../own.ts';
import { startScope } from './manager.ts';

/** Moves this process, when it could not start a child in the placement's cgroups from where it is. */
export function moveBeside(connection: Connection, { cgroups }: CgroupPlacement): void {
  const memberships = readFileSync('/proc/self/cgroup', 'latin1');
  const isOutside = cgroups.some(({ version, controllers, mountpoint, path }) => (
    !mayMove(mountpoint + ownCgroupPath(memberships, { version, controllers }), path)));
  if (!isOutside) return;
  startScope(connection, `nunc-${process.pid}.scope`, [
    ['Description', variant('s', 'nunc')],
    ['PIDs', variant('au', [process.pid])],
    ['CollectMode', variant('s', 'inactive-or-failed')],
  ]);
}
