// posix_spawn(3) on top of a handful of libc functions that take plain integers: the part that both backends share.
// Knows glibc's sizes (x86_64 and aarch64), not how a function is called.

import type { SpawnRequest } from './port.ts';

/** libc's functions, pointers as numbers; each returns 0 or an errno, as posix_spawn's family does. */
export interface SpawnLibc {
  posix_spawnattr_init(attributes: number): number;
  posix_spawnattr_setflags(attributes: number, flags: number): number;
  posix_spawnattr_setsigdefault(attributes: number, signals: number): number;
  posix_spawnattr_setsigmask(attributes: number, signals: number): number;
  posix_spawnattr_setpgroup(attributes: number, group: number): number;
  posix_spawnattr_destroy(attributes: number): number;
  posix_spawn_file_actions_init(actions: number): number;
  posix_spawn_file_actions_adddup2(actions: number, from: number, to: number): number;
  /** glibc ≥ 2.29. */
  posix_spawn_file_actions_addchdir_np(actions: number, path: number): number;
  posix_spawn_file_actions_destroy(actions: number): number;
  posix_spawn(pid: number, path: number, actions: number, attributes: number, argv: number, envp: number): number;
}

/** The address of memory that neither moves nor is collected before `posixSpawn` returns. */
type PinAddress = (memory: Uint8Array) => number;

const POSIX_SPAWN_SETPGROUP = 2;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
const EINVAL = 22;

// One block holds all that libc is given: the attributes (336 bytes in glibc 2.36), the file actions (80), two sigset_t
// (128) and the pid. Rounded up generously: the types are opaque and may grow.
const ATTRIBUTES = 0;
const ACTIONS = 512;
const ALL_SIGNALS = 768;
const NO_SIGNALS = 896;
const PID = 1024;
const BLOCK_SIZE = 1032;

/**
 * Starts a process with every signal at its default disposition and an empty mask.
 *
 * @returns its pid, or `-errno`; `-EINVAL` also for a string with a NUL byte in it.
 */
export function posixSpawn(libc: SpawnLibc, request: SpawnRequest, addressOf: PinAddress): number {
  const path = packStrings([request.path], addressOf);
  const argv = packStrings(request.argv, addressOf);
  const envp = packStrings(request.envp, addressOf);
  const cwd = packStrings(request.cwd === undefined ? [] : [request.cwd], addressOf);
  if (path === undefined || argv === undefined || envp === undefined || cwd === undefined) return -EINVAL;

  const block = new Uint8Array(BLOCK_SIZE);
  block.fill(0xff, ALL_SIGNALS, NO_SIGNALS);
  const base = addressOf(block);
  const newGroup = request.newGroup === true;
  const error = withAttributes(libc, { base, newGroup }, () =>
    withActions(libc, base, () => {
      if (request.cwd !== undefined) {
        const failed = libc.posix_spawn_file_actions_addchdir_np(base + ACTIONS, cwd.text);
        if (failed !== 0) return failed;
      }
      for (const [from, to] of request.descriptors) {
        // glibc ≥ 2.29 clears close-on-exec where dup2 to the same number would leave it.
        const failed = libc.posix_spawn_file_actions_adddup2(base + ACTIONS, from, to);
        if (failed !== 0) return failed;
      }
      return libc.posix_spawn(base + PID, path.text, base + ACTIONS, base + ATTRIBUTES, argv.pointers, envp.pointers);
    }),
  );
  return error === 0 ? new DataView(block.buffer).getInt32(PID, true) : -error;
}

/** Runs `use` between init and destroy of the spawn attributes; returns the first errno. */
function withAttributes(libc: SpawnLibc, block: { base: number; newGroup: boolean }, use: () => number): number {
  const { base, newGroup } = block;
  const attributes = base + ATTRIBUTES;
  const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (newGroup ? POSIX_SPAWN_SETPGROUP : 0);
  const failed = libc.posix_spawnattr_init(attributes);
  if (failed !== 0) return failed;
  const error =
    libc.posix_spawnattr_setsigdefault(attributes, base + ALL_SIGNALS) ||
    libc.posix_spawnattr_setsigmask(attributes, base + NO_SIGNALS) ||
    (newGroup ? libc.posix_spawnattr_setpgroup(attributes, 0) : 0) ||
    libc.posix_spawnattr_setflags(attributes, flags) ||
    use();
  libc.posix_spawnattr_destroy(attributes);
  return error;
}

/** Runs `use` between init and destroy of the file actions; returns the first errno. */
function withActions(libc: SpawnLibc, base: number, use: () => number): number {
  const failed = libc.posix_spawn_file_actions_init(base + ACTIONS);
  if (failed !== 0) return failed;
  const error = use();
  libc.posix_spawn_file_actions_destroy(base + ACTIONS);
  return error;
}

interface PackedStrings {
  /** Address of a NULL-terminated array of pointers. */
  readonly pointers: number;
  /** Address of the first string. */
  readonly text: number;
}

/** Lays out strings as execve(2) wants them; undefined when one holds a NUL byte, which would silently shorten it. */
function packStrings(strings: readonly string[], addressOf: PinAddress): PackedStrings | undefined {
  let text = '';
  for (const string of strings) {
    if (string.includes('\0')) return undefined;
    text += `${string}\0`;
  }
  const bytes = new TextEncoder().encode(text);
  const table = 8 * (strings.length + 1);
  const block = new Uint8Array(table + bytes.length);
  block.set(bytes, table);

  const pointers = addressOf(block);
  const view = new DataView(block.buffer);
  let offset = table;
  for (let i = 0; i < strings.length; i++) {
    const pointer = pointers + offset;
    view.setUint32(8 * i, pointer, true);
    view.setUint32(8 * i + 4, Math.floor(pointer / 2 ** 32), true);
    offset = block.indexOf(0, offset) + 1;
  }
  return { pointers, text: pointers + table };
}
