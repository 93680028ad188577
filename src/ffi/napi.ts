// The port on ffi-napi and ref-napi: what Node uses, in the tests and in dist/nunc.mjs. Knows nothing of the
// executable's engine.

import { createRequire } from 'node:module';
import { NuncError } from '../error.ts';
import type { Ffi, SpawnRequest, SyscallArgument } from './port.ts';
import { posixSpawn, type SpawnLibc } from './posix-spawn.ts';

const LIBC = 'libc.so.6';

type Native = (...args: (number | string)[]) => number | string;

/** The two packages, with libc's syscall(2) bound. */
interface Binding {
  readonly ffi: typeof import('ffi-napi');
  readonly ref: typeof import('ref-napi');
  readonly syscall: Native;
}

// V8 may drop an array whose address is all that is left of it in a function. What a call was given stays here until
// the next one, so that the kernel never writes into freed memory.
const pinned: { memory: readonly unknown[] } = { memory: [] };

/**
 * Opens libc when it is first used.
 *
 * @throws NuncError (host) from the first call when the optional packages are not installed or can't be loaded.
 */
export function openFfi(): Ffi {
  let opened: Binding | undefined;
  let spawnLibc: SpawnLibc | undefined;
  const binding = (): Binding => (opened ??= openBinding());
  return {
    syscall: (number, ...args) => callKernel(binding(), number, args),
    spawn: (request) => spawn(binding(), (spawnLibc ??= openSpawnLibc(binding())), request),
    address: (memory) => addressOf(binding(), memory),
  };
}

function openBinding(): Binding {
  const load = createRequire(import.meta.url);
  try {
    const ffi = load('ffi-napi') as Binding['ffi'];
    const ref = load('ref-napi') as Binding['ref'];
    const long = 'int64';
    return { ffi, ref, syscall: bind(ffi, 'syscall', [long, [long, long, long, long, long, long, long]]) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw new NuncError(
      'host',
      'cannot load "ffi-napi" and "ref-napi", which nunc needs on Node (npm installs them where a C++ compiler, ' +
        `make and python3 are present; the executable dist/nunc does without): ${reason}`,
      { cause },
    );
  }
}

type Signature = readonly [result: string, args: readonly string[]];

function bind(ffi: Binding['ffi'], name: string, signature: Signature): Native {
  const native = ffi.Library(LIBC, { [name]: signature })[name];
  if (native === undefined) throw new Error(`${LIBC} has no ${name}`);
  return native;
}

function openSpawnLibc({ ffi }: Binding): SpawnLibc {
  const pointer = 'int64';
  const symbol = (name: string, args: readonly string[]): ((...args: number[]) => number) => {
    const native = bind(ffi, name, ['int', args]);
    return (...values) => Number(native(...values));
  };
  return {
    posix_spawnattr_init: symbol('posix_spawnattr_init', [pointer]),
    posix_spawnattr_setflags: symbol('posix_spawnattr_setflags', [pointer, 'int16']),
    posix_spawnattr_setsigdefault: symbol('posix_spawnattr_setsigdefault', [pointer, pointer]),
    posix_spawnattr_setsigmask: symbol('posix_spawnattr_setsigmask', [pointer, pointer]),
    posix_spawnattr_setpgroup: symbol('posix_spawnattr_setpgroup', [pointer, 'int']),
    posix_spawnattr_destroy: symbol('posix_spawnattr_destroy', [pointer]),
    posix_spawn_file_actions_init: symbol('posix_spawn_file_actions_init', [pointer]),
    posix_spawn_file_actions_adddup2: symbol('posix_spawn_file_actions_adddup2', [pointer, 'int', 'int']),
    posix_spawn_file_actions_addchdir_np: symbol('posix_spawn_file_actions_addchdir_np', [pointer, pointer]),
    posix_spawn_file_actions_destroy: symbol('posix_spawn_file_actions_destroy', [pointer]),
    posix_spawn: symbol('posix_spawn', [pointer, pointer, pointer, pointer, pointer, pointer]),
  };
}

function callKernel(binding: Binding, number: number, args: readonly SyscallArgument[]): number {
  pinned.memory = args;
  const integers = [number, 0, 0, 0, 0, 0, 0];
  for (const [i, argument] of args.entries()) {
    integers[i + 1] = typeof argument === 'number' ? argument : addressOf(binding, argument);
  }
  const result = Number(binding.syscall(...integers));
  return result === -1 ? -binding.ffi.errno() : result;
}

function spawn(binding: Binding, libc: SpawnLibc, request: SpawnRequest): number {
  const memory: Uint8Array[] = [];
  pinned.memory = memory;
  return posixSpawn(libc, request, (bytes) => {
    memory.push(bytes);
    return addressOf(binding, bytes);
  });
}

// Asking for `buffer` moves a small array out of V8's heap, for good: its address lasts from here on.
function addressOf({ ref }: Binding, memory: Uint8Array): number {
  if (memory.length === 0) return 0;
  return ref.address(Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength));
}
