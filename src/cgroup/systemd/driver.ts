// The systemd driver: a container's cgroup is a transient scope, which systemd makes when it is asked over D-Bus. What
// systemd does not do (files without a property, hierarchies of version 1 that it leaves alone, device rules) is done
// as for cgroupfs, in the same directories. docs/decisions/systemd.md has what is whose.
//
// A scope can't be without a process. So that the init can be born into it (CLONE_INTO_CGROUP), a holder is in it
// first, and ends when the init has come.

import { lstatSync } from 'node:fs';
import { messageOf, NuncError } from '../../error.ts';
import type { Ffi } from '../../ffi/port.ts';
import { cgroupfs } from '../cgroupfs.ts';
import { completeCgroups, makeCgroups } from '../create.ts';
import type {
  CgroupChanges, CgroupContents, CgroupDriver, CgroupPlacement, CreatedCgroups, PlacedUnit, RemovableCgroups,
} from '../driver.ts';
import { processesOf } from '../processes.ts';
import type { Setting } from '../setting.ts';
import { moveBeside } from './beside.ts';
import { deviceProperties, keepingDevices } from './devices.ts';
import { completeSettings, keepFiles, lostOf, withOtherHalf } from './kept.ts';
import {
  managerProperty, scopeProperty, setUnitProperties, startScope, stopUnit, type SystemdAccess, unitProperty,
  withSystemd,
} from './manager.ts';
import { cgroupOfSystemd, placeUnit, unitOf } from './placement.ts';
import { limitProperties, type Property } from './properties.ts';
import { rejoin } from './rejoin.ts';
import { descriptionOf, scopeProperties } from './scope.ts';
import { type Environment, socketsOfSystemd } from './sockets.ts';

/** A process that waits in a scope. */
export interface Holder {
  readonly pid: number;
  /** Ends it, and waits until it has ended. */
  end(): void;
}

export interface SystemdHost {
  readonly ffi: Ffi;
  readonly environment: Environment;
  readonly startHolder: () => Holder;
  /** How long systemd may take for one thing, in milliseconds; 30 s, as with runc, when absent. */
  readonly patience?: number;
  /** Whether systemd runs this host: sd_booted(3). */
  readonly isBooted: () => boolean;
}

export function systemd(host: SystemdHost): CgroupDriver {
  const files = cgroupfs(host.ffi);
  let holder: Holder | undefined;
  const release = (): void => {
    holder?.end();
    holder = undefined;
  };
  return {
    resolvePlacement: (facts, request) => {
      if (!host.isBooted()) throw unavailable();
      const bus = request.rootless === true ? 'user' : 'system';
      const unit = unitOf(request, bus);
      if (bus === 'user' && facts.cgroupMode !== 'v2') {
        throw new NuncError('host', "the user's systemd has cgroups for containers only where all are of version 2");
      }
      return placeUnit(facts, { unit, root: bus === 'user' ? rootOf(access(host, bus)) : '' });
    },
    createCgroups: (placement, contents) => {
      holder = host.startHolder();
      try {
        return createScope(host, placement, { contents, pid: holder.pid });
      } catch (error) {
        release();
        throw error;
      }
    },
    settleCgroups: (created, contents) => {
      release();
      if (created.mode !== 'v2') rejoin(created);
      const { late } = splitSettings(contents?.settings);
      // Without an init the scope has gone with its holder.
      if (late.length > 0 && processesOf(created).length > 0) update(host, created, { resources: {}, settings: late });
    },
    updateCgroups: (cgroups, changes) => update(host, cgroups, changes),
    removeCgroups: (cgroups) => {
      release();
      removeScope(host, cgroups);
      files.removeCgroups(cgroups);
    },
  };
}

function unavailable(): NuncError {
  return new NuncError('host', 'systemd cgroup flag passed, but systemd support for managing cgroups is not available');
}

const PATIENCE = 30_000;

function access({ ffi, environment, patience = PATIENCE }: SystemdHost, bus: PlacedUnit['bus']): SystemdAccess {
  return { ffi, sockets: socketsOfSystemd(bus, environment), patience };
}

/** A user's systemd is itself in a cgroup, and its units below it. */
function rootOf(user: SystemdAccess): string {
  return withSystemd(user, (connection) => managerProperty(connection, 'ControlGroup'));
}

function unitIn({ unit }: CgroupPlacement): PlacedUnit {
  if (unit === undefined) throw new NuncError('state', 'the state of the container names no unit');
  return unit;
}

/** Tasks that there are at once when a container is created: the holder, with version 1 stage 0, and the init. */
const TASKS_AT_START = 3;

/** Limits that would keep the init out wait until it is in. */
function splitSettings(settings: readonly Setting[] = []): { early: Setting[]; late: Setting[] } {
  const isLate = ({ late, file, value }: Setting): boolean =>
    late === true || (file === 'pids.max' && Number(value) < TASKS_AT_START);
  return { early: settings.filter((setting) => !isLate(setting)), late: settings.filter(isLate) };
}

function update(host: SystemdHost, cgroups: RemovableCgroups, changes: CgroupChanges): void {
  const kept = keepFiles(cgroups);
  const settings = completeSettings(kept, changes.settings);
  const properties = [
    ...limitProperties(withOtherHalf(kept, settings)), ...deviceProperties(cgroups, changes.deviceRules),
  ];
  if (properties.length > 0) setProperties(host, cgroups, { properties, hasRules: changes.deviceRules !== undefined });
  const lost = lostOf(cgroups, kept, settings);
  cgroupfs(host.ffi).updateCgroups(cgroups, { ...changes, settings: [...lost, ...settings] });
}

function setProperties(
  host: SystemdHost,
  cgroups: RemovableCgroups,
  { properties, hasRules }: { properties: readonly Property[]; hasRules: boolean },
): void {
  const unit = unitIn(cgroups);
  withSystemd(access(host, unit.bus), (connection) => {
    keepingDevices(cgroups, {
      apply: () => { setUnitProperties(connection, unit.name, properties); },
      readPolicy: () => scopeProperty(connection, unit.name, 'DevicePolicy'),
      hasRules,
    });
  });
}

interface Scope {
  readonly contents: CgroupContents | undefined;
  /** Of the process that is in it first. */
  readonly pid: number;
}

function createScope(host: SystemdHost, placement: CgroupPlacement, { contents: all, pid }: Scope): CreatedCgroups {
  const unit = unitIn(placement);
  const contents = all === undefined ? undefined : { ...all, settings: splitSettings(all.settings).early };
  const devices = deviceProperties(placement, contents?.deviceRules);
  const properties = scopeProperties(unit, { contents, pid, devices });
  withSystemd(access(host, unit.bus), (connection) => {
    if (unit.bus === 'user') moveBeside(connection, placement);
    startScope(connection, unit.name, properties);
  });
  // What systemd has begun is the container's as a whole, whoever made which directory.
  const created = { ...placement, made: placement.cgroups.map(() => true) };
  try {
    verifyPlace(placement);
    // Of what is made here alone it is known that it has the values that new ones have.
    completeCgroups(host.ffi, makeCgroups(placement), contents);
    return created;
  } catch (error) {
    undo(host, created);
    throw error;
  }
}

/** systemd may have been told by somebody's drop-in to put the scope elsewhere. */
function verifyPlace({ cgroups, unit }: CgroupPlacement): void {
  const kept = cgroupOfSystemd({ cgroups });
  if (kept === undefined || lstatSync(kept.path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const what = `the cgroup of the unit ${JSON.stringify(unit?.name)}`;
  throw new NuncError('syscall', `cannot find ${what}: systemd has not made ${JSON.stringify(kept.path)}`, {
    code: 'E_CGROUP',
  });
}

function undo(host: SystemdHost, created: CreatedCgroups): void {
  try {
    removeScope(host, created);
    cgroupfs(host.ffi).removeCgroups(created);
  } catch {
    // The reason why create failed is the one to report.
  }
}

/** Stops the scope. One of the same name that another made is left: create may have died before it made its own. */
function removeScope(host: SystemdHost, cgroups: RemovableCgroups): void {
  const unit = unitIn(cgroups);
  try {
    withSystemd(access(host, unit.bus), (connection) => {
      const isOurs = cgroups.made !== undefined
        || unitProperty(connection, unit.name, 'Description') === descriptionOf(unit);
      if (isOurs) stopUnit(connection, unit.name);
    });
  } catch (error) {
    // A user's systemd goes when the user does, and takes all its units along.
    if (cgroups.cgroups.every(({ path }) => lstatSync(path, { throwIfNoEntry: false }) === undefined)) return;
    throw error instanceof NuncError ? error : new NuncError('syscall', messageOf(error), {
      cause: error, code: 'E_CGROUP',
    });
  }
}
