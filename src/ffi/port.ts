// The port through which the runtime reaches the kernel and libc. Two backends implement it: quickjs.ts (the
// executable) and napi.ts (Node). Knows nothing of what the calls are for; linux/ has the numbers and flags.

/** An argument of a system call: an integer, or memory whose address is passed. The memory must not move or be
 * resized during the call; the kernel may write into it. */
export type SyscallArgument = number | Uint8Array;

export interface SpawnRequest {
  /** File to execute, an absolute path such as /proc/self/fd/7. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  /** Descriptors of the child: `[from, to]` pairs, applied in order by dup2, so that a `to` must not be a later `from`.
   * Descriptors 0–2 are inherited as they are unless named; every `to` is open without close-on-exec in the child,
   * `from` = `to` included. Everything else follows its close-on-exec flag. */
  readonly descriptors: readonly (readonly [from: number, to: number])[];
  /** Where the child starts; a relative `path` is then looked up from there. This process's own when absent. */
  readonly cwd?: string;
  /** Whether the child leads a process group of its own, so that it can be ended with all that it starts. */
  readonly newGroup?: boolean;
}

export interface Ffi {
  /**
   * syscall(2), by number.
   *
   * @returns the result, or `-errno` (a number from -4095 to -1) on failure. Results beyond 2^53 do not occur in what
   * nunc calls. Blocks the calling thread as long as the kernel does.
   */
  syscall(number: number, ...args: readonly SyscallArgument[]): number;

  /**
   * posix_spawn(3) with every signal at its default disposition and an empty signal mask.
   *
   * @returns the child's pid, or `-errno` of what failed (execve included).
   */
  spawn(request: SpawnRequest): number;

  /** The address of `memory`, to build structures that hold pointers (msghdr, iovec). Valid while `memory` is
   * referenced. */
  address(memory: Uint8Array): number;
}
