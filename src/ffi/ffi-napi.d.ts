// What napi.ts uses of two optional packages, so that the sources type-check where they could not be built.

declare module 'ffi-napi' {
  /** The functions of a shared object: name → [result type, argument types]. */
  export function Library(
    file: string,
    functions: Readonly<Record<string, readonly [result: string, args: readonly string[]]>>,
  ): Record<string, (...args: (number | string)[]) => number | string>;

  /** errno as the last call left it. */
  export function errno(): number;
}

declare module 'ref-napi' {
  export function address(memory: Buffer): number;
}
