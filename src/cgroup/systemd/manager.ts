// systemd's manager, org.freedesktop.systemd1(5): the few of its methods that a scope needs. Knows nothing of cgroups.

import {
  addMatch, callMethod, connect, type Connection, DBusError, disconnect, waitForSignal,
} from '../../dbus/connection.ts';
import type { Value, Variant } from '../../dbus/value.ts';
import { NuncError } from '../../error.ts';
import type { Ffi } from '../../ffi/port.ts';
import type { Property } from './properties.ts';
import type { SystemdSocket } from './sockets.ts';

const NAME = 'org.freedesktop.systemd1';
const PATH = '/org/freedesktop/systemd1';
const MANAGER = 'org.freedesktop.systemd1.Manager';
const UNIT_EXISTS = 'org.freedesktop.systemd1.UnitExists';

export interface SystemdAccess {
  readonly ffi: Ffi;
  readonly sockets: readonly SystemdSocket[];
  /** How long systemd may take for one thing, in milliseconds. */
  readonly patience: number;
}

/** Calls `use` with a connection to the first socket that takes one. @throws NuncError naming the first */
export function withSystemd<Result>(access: SystemdAccess, use: (connection: Connection) => Result): Result {
  const connection = connectToFirst(access);
  try {
    return use(connection);
  } finally {
    disconnect(connection);
  }
}

function connectToFirst({ ffi, sockets, patience }: SystemdAccess): Connection {
  let failure: unknown;
  for (const socket of sockets) {
    try {
      return connect(ffi, { ...socket, patience });
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

type Arguments = readonly [signature: string, ...values: readonly Value[]];

function call(connection: Connection, member: string, [signature, ...body]: Arguments): readonly Value[] {
  return callMethod(connection, { destination: NAME, path: PATH, interface: MANAGER, member, signature, body });
}

/** A property of the manager itself, such as ControlGroup. */
export function managerProperty(connection: Connection, name: string): string {
  return readProperty(connection, PATH, [MANAGER, name]);
}

/** A property that every unit has; '' for a unit that there is not. */
export function unitProperty(connection: Connection, unit: string, name: string): string {
  return propertyOf(connection, unit, [`${NAME}.Unit`, name]);
}

/** A property that scopes have; '' for a unit that there is not. */
export function scopeProperty(connection: Connection, unit: string, name: string): string {
  return propertyOf(connection, unit, [`${NAME}.Scope`, name]);
}

function propertyOf(connection: Connection, unit: string, names: readonly [string, string]): string {
  try {
    const [path] = call(connection, 'GetUnit', ['s', unit]);
    return readProperty(connection, path as string, names);
  } catch (error) {
    if (error instanceof DBusError) return '';
    throw error;
  }
}

function readProperty(connection: Connection, path: string, names: readonly [string, string]): string {
  const properties = 'org.freedesktop.DBus.Properties';
  const [value] = callMethod(connection, {
    destination: NAME, path, interface: properties, member: 'Get', signature: 'ss', body: names,
  });
  const { value: text } = value as Variant;
  return typeof text === 'string' ? text : '';
}

/**
 * Starts a scope, and waits until it is there. A unit that has failed and was left under its name is forgotten.
 *
 * @throws NuncError; one that runs already is not touched
 */
export function startScope(connection: Connection, unit: string, properties: readonly Property[]): void {
  const known = withoutUnknown(connection, properties);
  watchJobs(connection);
  let job: Value | undefined;
  try {
    job = startTransientUnit(connection, unit, known);
  } catch (error) {
    if (!(error instanceof DBusError) || error.errorName !== UNIT_EXISTS) throw refused('start', unit, error);
    resetFailedUnit(connection, unit);
    try {
      job = startTransientUnit(connection, unit, known);
    } catch (again) {
      throw refused('start', unit, again);
    }
  }
  const result = waitForJob(connection, job, `the start of ${unit}`);
  if (result === 'done') return;
  resetFailedUnit(connection, unit);
  throw new NuncError('syscall', `cannot start the unit ${JSON.stringify(unit)}: its job has ended with ${
     JSON.stringify(result)}`, { code: 'E_CGROUP' });
}

/** "fail": what is in the way is not to be put aside. */
function startTransientUnit(connection: Connection, unit: string, properties: readonly Property[]): Value | undefined {
  return call(connection, 'StartTransientUnit', ['ssa(sv)a(sa(sv))', unit, 'fail', properties, []])[0];
}

/** Stops a unit, if it is there, and waits until it is gone. @throws NuncError */
export function stopUnit(connection: Connection, unit: string): void {
  watchJobs(connection);
  try {
    const [job] = call(connection, 'StopUnit', ['ss', unit, 'replace']);
    waitForJob(connection, job, `the end of ${unit}`);
  } catch (error) {
    if (!isUnknown(error)) throw refused('stop', unit, error);
  }
  // One that has failed, for instance because the kernel killed it for its memory, stays until this.
  resetFailedUnit(connection, unit);
}

/** Changes properties, until the unit is gone. @throws NuncError */
export function setUnitProperties(connection: Connection, unit: string, properties: readonly Property[]): void {
  try {
    call(connection, 'SetUnitProperties', ['sba(sv)', unit, true, withoutUnknown(connection, properties)]);
  } catch (error) {
    throw refused('change', unit, error);
  }
}

/** The first version that knows CPUWeight=0, which means idle. All other properties here are older than the kernels
 * that nunc runs on. */
const IDLE_VERSION = 252;

function withoutUnknown(connection: Connection, properties: readonly Property[]): readonly Property[] {
  const isIdle = ([name, { value }]: Property): boolean => name === 'CPUWeight' && value === 0n;
  if (!properties.some(isIdle)) return properties;
  const version = Number.parseInt(managerProperty(connection, 'Version'), 10);
  return version >= IDLE_VERSION ? properties : properties.filter((property) => !isIdle(property));
}

/** What is not there need not be forgotten. */
function resetFailedUnit(connection: Connection, unit: string): void {
  try {
    call(connection, 'ResetFailedUnit', ['s', unit]);
  } catch (error) {
    if (!(error instanceof DBusError)) throw error;
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof DBusError && error.errorName === `${NAME}.NoSuchUnit`;
}

function refused(action: string, unit: string, cause: unknown): unknown {
  if (!(cause instanceof DBusError)) return cause;
  const { message, errorName } = cause;
  const problem = `cannot ${action} the unit ${JSON.stringify(unit)}: ${message} (${errorName})`;
  return new NuncError('syscall', problem, { cause, code: 'E_CGROUP' });
}

const JOB_REMOVED = 'JobRemoved';

/** Before the call that makes the job: its end may come with the answer. */
function watchJobs(connection: Connection): void {
  addMatch(connection, `type='signal',sender='${NAME}',interface='${MANAGER}',member='${JOB_REMOVED}'`);
}

/** @returns "done", "failed", "canceled", … */
function waitForJob(connection: Connection, job: Value | undefined, awaited: string): string {
  const { body } = waitForSignal(connection, awaited, ({ interface: from, member, body: [, path] }) => (
    from === MANAGER && member === JOB_REMOVED && path === job));
  return body[3] as string;
}
