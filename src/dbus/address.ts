// Addresses of D-Bus servers, as DBUS_SYSTEM_BUS_ADDRESS has them: `unix:path=/run/dbus/system_bus_socket;…`. Pure.

/**
 * The sockets that an address names, in order: paths, or names of abstract sockets with `@` before them. Other
 * transports than AF_UNIX are left out.
 */
export function socketsOf(address: string): string[] {
  const sockets: string[] = [];
  for (const alternative of address.split(';')) {
    const colon = alternative.indexOf(':');
    if (alternative.slice(0, colon) !== 'unix') continue;
    for (const pair of alternative.slice(colon + 1).split(',')) {
      const [key = '', value = ''] = pair.split('=');
      if (key === 'path') sockets.push(unescape(value));
      else if (key === 'abstract') sockets.push(`@${unescape(value)}`);
    }
  }
  return sockets;
}

/** Bytes that are not letters, digits or one of `-_/.\*` are written as %xx. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
