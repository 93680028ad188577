// What explain tells of a container, as data: `nunc explain --format json` prints it as it is, text.ts words it. The
// names are a promise to programs: what changes meaning gets another VERSION. docs/explain.md describes them.

import type { CgroupManager } from '../../cgroup/driver.ts';
import type { Hooks, IntelRdt } from '../../config/types.ts';
import type { DisassembledInstruction } from '../../ebpf/disassemble.ts';
import type { CgroupMode, HostFacts } from '../../host/facts.ts';
import type { Stage } from '../../plan/operation.ts';
import type { Wait } from '../../plan/waits.ts';
import type { CallVerdict } from '../../seccomp/call-verdicts.ts';

export const VERSION = 1;

export interface Explanation {
  readonly version: typeof VERSION;
  readonly container: ExplainedContainer;
  readonly host: Omit<HostFacts, 'sources' | 'links'>;
  /** What could not be known of the host, and was taken for granted: sentences. */
  readonly assumptions: readonly string[];
  /** What create would warn of. */
  readonly warnings: readonly string[];
  readonly namespaces: readonly ExplainedNamespace[];
  readonly cgroups: ExplainedCgroups;
  readonly resctrl?: ExplainedResctrl;
  readonly descriptors: readonly ExplainedDescriptor[];
  readonly idMaps?: ExplainedIdMaps;
  readonly networkDevices: readonly ExplainedNetworkDevice[];
  readonly hooks: readonly ExplainedHook[];
  readonly stages: readonly ExplainedStage[];
  /** Where the init waits for the runtime, and what for. */
  readonly waits: readonly Wait[];
  readonly seccomp?: ExplainedFilter;
  readonly deviceProgram?: { readonly cgroup: string; readonly instructions: readonly DisassembledInstruction[] };
}

export interface ExplainedContainer {
  readonly id: string;
  /** Absolute paths. */
  readonly bundle: string;
  readonly config: string;
  readonly rootfs: string;
  /** Where its state and the two fifos are. */
  readonly state: string;
}

export interface ExplainedNamespace {
  readonly type: string;
  readonly source: 'new' | 'joined' | 'inherited';
  /** Of one that is joined. */
  readonly path?: string;
  /** '' for one that the config does not mention. */
  readonly origin: string;
}

export interface ExplainedCgroups {
  readonly manager: CgroupManager;
  readonly mode: CgroupMode;
  /** The place below every mountpoint. */
  readonly path: string;
  readonly directories: readonly ExplainedCgroup[];
  /** The hierarchies in which the container stays where the runtime is. */
  readonly inherited: readonly ExplainedCgroup[];
  /** What is written, in order, behind each other. */
  readonly files: readonly ExplainedFile[];
  /** The lines for devices.allow and devices.deny of cgroup v1. */
  readonly deviceFiles: readonly ExplainedFile[];
  /** The uid that the cgroup is handed to. */
  readonly owner?: number;
  /** The scope that systemd is asked for. */
  readonly unit?: ExplainedUnit;
}

export interface ExplainedCgroup {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly path: string;
}

/** One write(2). */
export interface ExplainedFile {
  readonly path: string;
  readonly value: string;
  readonly origin: string;
  /** `late`: when the init is in the cgroup, which it would keep out; `not-new`: only where the cgroup was there, as a
   * new one has this value. */
  readonly when?: 'late' | 'not-new';
  /** Nothing is missed where the kernel has no such file. */
  readonly optional?: true;
  /** What is written where the kernel has no such file. */
  readonly otherwise?: { readonly path: string; readonly value: string };
}

export interface ExplainedUnit {
  readonly name: string;
  readonly bus: 'system' | 'user';
  readonly properties: readonly { readonly name: string; readonly type: string; readonly value: string }[];
}

export interface ExplainedResctrl {
  readonly directory: string;
  readonly monitoring?: string;
  /** Writes to the group's schemata. */
  readonly schemata: readonly string[];
  readonly config: IntelRdt;
}

export interface ExplainedDescriptor {
  readonly number: number;
  readonly holds: string;
  readonly origin: string;
}

export interface ExplainedIdMaps {
  /** As written to uid_map and gid_map. */
  readonly uid: string;
  readonly gid: string;
  /** `runtime`, or newuidmap(1) and newgidmap(1). */
  readonly uidWriter: 'runtime' | 'newuidmap';
  readonly gidWriter: 'runtime' | 'newgidmap';
  /** Whether setgroups(2) is forbidden first. */
  readonly denySetgroups: boolean;
}

export interface ExplainedNetworkDevice {
  /** On the host. */
  readonly name: string;
  readonly inside: string;
  readonly origin: string;
}

export interface ExplainedHook {
  readonly origin: string;
  readonly list: keyof Hooks;
  readonly path: string;
  readonly args: readonly string[];
  readonly timeout?: number;
  readonly namespaces: 'runtime' | 'container';
  /** The operation that waits for it; absent for those that come when the init's plan is over. */
  readonly operation?: number;
}

export interface ExplainedStage {
  readonly name: Stage;
  readonly operations: readonly ExplainedOperation[];
}

export interface ExplainedOperation {
  readonly index: number;
  /** A system call's name, or `label`, `jump`, `branch`, `set`, … */
  readonly kind: string;
  /** The operation as strace(1) would show it. */
  readonly text: string;
  /** JSON pointer of the config entry that asks for it; '' for what every container needs. */
  readonly origin: string;
  /** What a person would say it does. */
  readonly action: string;
  /** A system call's arguments, as in `text`. */
  readonly args?: readonly string[];
  /** All that the operation is made of, by the names of src/plan/operation.ts; bytes in hexadecimal. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Offset of the cell that gets the result. */
  readonly result?: number;
  /** Whether the call is made again when it gives EAGAIN. */
  readonly again?: boolean;
  /** Names of errnos that are no failure. */
  readonly tolerate?: readonly string[];
  readonly on?: readonly { readonly errno: string; readonly to: string }[];
  /** The label to go on at after a success. */
  readonly success?: string;
}

export interface ExplainedFilter {
  /** The operation that loads it. */
  readonly operation: number;
  readonly instructions: readonly DisassembledInstruction[];
  readonly calls: readonly CallVerdict[];
}
