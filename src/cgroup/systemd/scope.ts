// What a container's scope is started with. Pure.

import { variant } from '../../dbus/value.ts';
import type { CgroupContents, PlacedUnit } from '../driver.ts';
import { annotatedProperties } from './annotations.ts';
import { limitProperties, type Property } from './properties.ts';

/** What `systemctl status` shows, and by which a scope is known for nunc's. */
export function descriptionOf({ name }: PlacedUnit): string {
  return `nunc container ${name.replace(/\.scope$/, '')}`;
}

/**
 * As runc's: the container may make cgroups of its own (Delegate), and everything is counted. What annotations say
 * comes last, and counts.
 */
export function scopeProperties(
  unit: PlacedUnit,
  { contents, pid, devices }: { contents: CgroupContents | undefined; pid: number; devices: readonly Property[] },
): Property[] {
  const yes = variant('b', true);
  return [
    ['Description', variant('s', descriptionOf(unit))],
    ['Slice', variant('s', unit.slice)],
    ['Delegate', yes],
    ['PIDs', variant('au', [pid])],
    ['MemoryAccounting', yes],
    ['CPUAccounting', yes],
    ['IOAccounting', yes],
    ['TasksAccounting', yes],
    // Or it would be stopped before others at shutdown, and wait for basic.target at boot.
    ['DefaultDependencies', variant('b', false)],
    ...limitProperties(contents?.settings ?? []),
    ...devices,
    ...annotatedProperties(contents?.annotations ?? {}),
  ];
}
