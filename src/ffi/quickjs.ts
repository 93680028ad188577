// The port on the engine of the executable, which has all of it. Knows nothing of Node.

import { native } from './native.ts';
import type { Ffi, SpawnRequest } from './port.ts';
import { posixSpawn } from './posix-spawn.ts';

export function openFfi(): Ffi {
  return {
    syscall: native.syscall,
    spawn,
    address: native.address,
  };
}

function spawn(request: SpawnRequest): number {
  // The engine frees what nothing refers to any more at once.
  const memory: Uint8Array[] = [];
  return posixSpawn(native.libc, request, (bytes) => {
    memory.push(bytes);
    return native.address(bytes);
  });
}
