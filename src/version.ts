// What this build is. scripts/build.ts bakes the version and the commit in; unbuilt sources have neither.

declare const NUNC_VERSION: string | undefined;
declare const NUNC_COMMIT: string | undefined;

export const version = typeof NUNC_VERSION === 'string' ? NUNC_VERSION : 'unbuilt';
export const commit = typeof NUNC_COMMIT === 'string' ? NUNC_COMMIT : 'unknown';

/** The runtime-spec that nunc implements. */
export const specVersion = '1.3.0';
