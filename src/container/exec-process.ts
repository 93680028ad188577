// The process of an exec: what is asked for, completed by what confines the container's own, and checked. Starts
// nothing.

import { type ExactLimit, exactLimits } from '../config/exact-limits.ts';
import { type ExactNumbers, exactNumbers } from '../config/exact-numbers.ts';
import { checkProcess, type ParsedProcess,processPart } from '../config/process.ts';
import type { Process, Spec } from '../config/types.ts';
import { ConfigError } from '../error.ts';
import type { HostFacts } from '../host/facts.ts';
import { probeHost } from '../host/probe.ts';
import { labelProblems, securityModules } from '../plan/labels.ts';
import { parseFrozenSpec } from './frozen-config.ts';
import { requireDescriptors } from './prepare.ts';
import { type ContainerPlace, readFrozenConfig } from './store.ts';

/** @param own the process of the container's config, if it has one */
export type AskProcess = (own: Process | undefined) => ParsedProcess;

/** What a process has to be executed with. */
export interface PreparedExec {
  /** The container's, with the process that joins it, and without what was for its creation only. */
  readonly spec: Spec & { readonly process: Process };
  readonly exactLimits: readonly ExactLimit[] | undefined;
  readonly exact: ExactNumbers;
  readonly facts: HostFacts;
}

interface ExecProcessRequest {
  readonly place: ContainerPlace;
  readonly ask: AskProcess;
  readonly preserveFds: number;
  readonly warn: (message: string) => void;
}

/** @throws ConfigError with all that is wrong with the process; NuncError */
export function prepareExec({ place, ask, preserveFds, warn }: ExecProcessRequest): PreparedExec {
  const text = readFrozenConfig(place);
  const container = parseFrozenSpec(place, text);
  const own = container.process;
  const asked = ask(own);
  const spec = specFor(container, completeProcess(asked.process, own));
  for (const warning of checkProcess(spec)) warn(warning);
  const rlimits = spec.process.rlimits ?? [];
  const facts = probeHost({ modules: securityModules(spec), cgroups: false, rlimits });
  processPart.within(() => {
    const problems = labelProblems(spec, facts);
    if (problems.length > 0) throw new ConfigError(problems);
  });
  requireDescriptors(preserveFds);
  const limitsAreOwn = spec.process.rlimits === own?.rlimits;
  return {
    spec,
    exactLimits: limitsAreOwn ? exactLimits(text, container) : asked.exactLimits,
    exact: exactNumbers({ linux: spec.linux ?? {} }, text),
    facts,
  };
}

/** sysctls and the label of mounts are the container's for good; its limits are its cgroup's. */
function specFor(container: Spec, process: Process): PreparedExec['spec'] {
  const { sysctl: _sysctl, mountLabel: _mountLabel, resources: _resources, ...linux } = container.linux ?? {};
  return { ...container, process, linux };
}

/** What confines and places a process: the container's own where nothing else is asked for, as with runc; limits, which
 * runc leaves as its caller has them, too. */
const INHERITED = [
  'apparmorProfile', 'selinuxLabel', 'capabilities', 'rlimits', 'oomScoreAdj', 'scheduler', 'ioPriority',
  'execCPUAffinity',
] as const;

function completeProcess(asked: Process, own: Process | undefined): Process {
  if (own === undefined) return asked;
  const inherited: Partial<Process> = {};
  for (const key of INHERITED) {
    if (own[key] !== undefined && isUnset(asked[key])) Object.assign(inherited, { [key]: own[key] });
  }
  const umask = asked.user?.umask ?? own.user?.umask;
  const user = umask === undefined ? {} : { user: { uid: 0, gid: 0, ...asked.user, umask } };
  return { ...asked, ...inherited, ...user };
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
