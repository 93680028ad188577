// Which sockets lead to a systemd: the bus that it is on or, where there is none, its own. Pure: the environment comes
// in as data.

import { socketsOf } from '../../dbus/address.ts';
import { NuncError } from '../../error.ts';
import type { PlacedUnit } from '../driver.ts';

export interface SystemdSocket {
  readonly socket: string;
  readonly isBus: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The sockets, in the order in which they are to be tried. systemd's own one, for a host without a bus, counts only
 * where the environment does not say which bus to use.
 *
 * @throws NuncError when the environment says nothing, or names no socket
 */
export function socketsOfSystemd(bus: PlacedUnit['bus'], environment: Environment): SystemdSocket[] {
  const variable = bus === 'system' ? 'DBUS_SYSTEM_BUS_ADDRESS' : 'DBUS_SESSION_BUS_ADDRESS';
  const address = environment[variable];
  if (address) {
    const sockets = socketsOf(address).map((socket) => ({ socket, isBus: true }));
    if (sockets.length > 0) return sockets;
    throw new NuncError('host', `cannot talk to systemd: ${variable}=${address} names no socket`);
  }
  if (bus === 'system') {
    return [{ socket: '/run/dbus/system_bus_socket', isBus: true }, { socket: '/run/systemd/private', isBus: false }];
  }
  const directory = environment['XDG_RUNTIME_DIR'];
  if (!directory) {
    throw new NuncError('host', "cannot talk to the user's systemd: "
      + 'neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set');
  }
  return [{ socket: `${directory}/bus`, isBus: true }, { socket: `${directory}/systemd/private`, isBus: false }];
}
