import { describe, expect, test } from 'vitest';
import { socketsOf } from '../../../src/dbus/address.ts';

describe('socketsOf()', () => {
  test.each([
    ['unix:path=/run/dbus/system_bus_socket', ['/run/dbus/system_bus_socket']],
    ['unix:path=/run/user/1000/bus,guid=0123', ['/run/user/1000/bus']],
    ['unix:guid=0123,abstract=/tmp/dbus-xyz', ['@/tmp/dbus-xyz']],
    ['tcp:host=localhost,port=1;unix:path=/a%20b%3b;unix:path=/c', ['/a b;', '/c']],
    ['unix:path=/broken%zz', ['/broken%zz']],
    ['nonce-tcp:host=x', []],
    ['/run/dbus/system_bus_socket', []],
    ['', []],
  ])('finds the sockets of %j', (address, sockets) => {
    expect(socketsOf(address)).toEqual(sockets);
  });
});
