// What an entry of the table of resources looks like, and words for what a kernel may lack.

import type { LinuxResources } from '../../../src/config/types.ts';
import { type Controller, filesOf } from '../cgroup-files.ts';

/** Contents by file names; a RegExp in place of them: the container can't be made, and the message says why. */
export type Expected = Readonly<Record<string, string | RegExp>> | RegExp;

export interface ResourceCase {
  readonly name: string;
  /** The properties that it shows, below linux.resources. */
  readonly properties?: readonly string[];
  readonly resources: LinuxResources;
  readonly controller: Controller;
  readonly v1: Expected;
  readonly v2: Expected;
}

export const MB = 1 << 20;
export const NO_EQUIVALENT = /: cgroup v2 has no equivalent$/;

/** How v1 prints that there is no limit. */
export const V1_UNLIMITED = '9223372036854771712';

/** What a kernel has or has not: the values, or the refusal. */
export const where = (condition: boolean, values: Expected, refusal: Expected): Expected => {
  return condition ? values : refusal;
};

/** Whether a new cgroup has a file on this host. */
export const has = (controller: Controller, file: string): boolean => filesOf(controller).includes(file);

/** The refusal where a file is missing. */
export const missing = (pointer: string, hint: string): RegExp => {
  return new RegExp(`^cannot set /linux/resources/${pointer}: write .*: no such file or directory; ${hint}$`);
};
