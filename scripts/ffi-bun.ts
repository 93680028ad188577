// The port on bun:ffi, for the benchmarks, which run on Bun. Knows nothing of Node.

import { dlopen, FFIType, type Pointer,ptr, read } from 'bun:ffi';
import type { Ffi, SpawnRequest, SyscallArgument } from '../src/ffi/port.ts';
import { posixSpawn, type SpawnLibc } from '../src/ffi/posix-spawn.ts';

const LIBC = 'libc.so.6';

// i64_fast takes and returns a number wherever one is exact. Pointers are passed as such numbers too, so that they can
// be computed with.
const LONG = FFIType.i64_fast;
const INT = FFIType.i32;


type Syscall =
  // eslint-disable-next-line max-params -- syscall(2) has them
  (number: number, a: number, b: number, c: number, d: number, e: number, f: number) => number | bigint;

interface Kernel {
  readonly syscall: Syscall;
  /** Where this thread's errno is. Asking libc after the call could change what it points to. */
  readonly errno: Pointer | bigint;
}

/** Opens libc, which costs 0.1–0.35 ms, when it is first used. */
export function openFfi(): Ffi {
  let kernel: Kernel | undefined;
  let spawnLibc: SpawnLibc | undefined;
  return {
    syscall: (number, ...args) => callKernel((kernel ??= openKernel()), number, args),
    spawn: (request: SpawnRequest) => posixSpawn((spawnLibc ??= openSpawnLibc()), request, addressOf),
    address: addressOf,
  };
}

function openKernel(): Kernel {
  const { symbols } = dlopen(LIBC, {
    syscall: { args: [LONG, LONG, LONG, LONG, LONG, LONG, LONG], returns: LONG },
    __errno_location: { args: [], returns: FFIType.ptr },
  });
  const errno = symbols.__errno_location();
  if (errno === null) throw new Error('libc has no errno');
  return { syscall: symbols.syscall, errno };
}

function openSpawnLibc(): SpawnLibc {
  return dlopen(LIBC, {
    posix_spawnattr_init: { args: [LONG], returns: INT },
    posix_spawnattr_setflags: { args: [LONG, INT], returns: INT },
    posix_spawnattr_setsigdefault: { args: [LONG, LONG], returns: INT },
    posix_spawnattr_setsigmask: { args: [LONG, LONG], returns: INT },
    posix_spawnattr_setpgroup: { args: [LONG, INT], returns: INT },
    posix_spawnattr_destroy: { args: [LONG], returns: INT },
    posix_spawn_file_actions_init: { args: [LONG], returns: INT },
    posix_spawn_file_actions_adddup2: { args: [LONG, INT, INT], returns: INT },
    posix_spawn_file_actions_addchdir_np: { args: [LONG, LONG], returns: INT },
    posix_spawn_file_actions_destroy: { args: [LONG], returns: INT },
    posix_spawn: { args: [LONG, LONG, LONG, LONG, LONG, LONG], returns: INT },
  }).symbols;
}

function callKernel(kernel: Kernel, number: number, args: readonly SyscallArgument[]): number {
  const result = Number(
    kernel.syscall(
      number, toInteger(args[0]), toInteger(args[1]), toInteger(args[2]), toInteger(args[3]), toInteger(args[4]),
      toInteger(args[5]),
    ),
  );
  return result === -1 ? -read.i32(kernel.errno, 0) : result;
}

// A missing argument is 0: syscall(2) ignores what the call doesn't take. ptr() refuses an empty array, whose address
// no call may follow anyway.
function toInteger(argument: SyscallArgument | undefined): number {
  if (argument === undefined) return 0;
  if (typeof argument === 'number') return argument;
  return argument.length === 0 ? 0 : ptr(argument);
}

function addressOf(memory: Uint8Array): number {
  // JavaScriptCore keeps a small array inside its own cell until someone asks for `buffer`, and moves it out then:
  // asking now makes the address last.
  return memory.buffer.byteLength === 0 ? 0 : ptr(memory);
}
