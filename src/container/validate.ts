// validate: everything that is to be said of a bundle, at once. Errors are what create would refuse, found by the same
// rules; the stages that create goes through one after another are asked one by one, as far as they don't depend on
// each other. Needs no privileges, makes nothing.

import { closeSync } from 'node:fs';
import { resolve } from 'node:path';
import { planDeviceRules } from '../cgroup/devices/plan.ts';
import type { CgroupDriver } from '../cgroup/driver.ts';
import { planSettings } from '../cgroup/plan-settings.ts';
import { exactLimits } from '../config/exact-limits.ts';
import { examineConfig, type ExaminedConfig, readConfig } from '../config/load.ts';
import { newReport, type Report } from '../config/report.ts';
import { canBeAsked, type Rule } from '../config/rules.ts';
import type { Spec } from '../config/types.ts';
import { ConfigError, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { type Finding, firstOf } from '../finding.ts';
import { parseAllMountOptions } from '../plan/mount-options.ts';
import { joinedNamespaces } from '../plan/namespaces.ts';
import { compileFilter } from '../seccomp/compile.ts';
import { adviceOn, type Warning } from './advice.ts';
import { checkUnknown } from './advice/unknown-properties.ts';
import { type Bundle, BUNDLE_RULES } from './bundle-rules.ts';
import { addHints } from './config-hints.ts';
import { inDocumentOrder } from './document-order.ts';
import { openNamespaces } from './namespaces.ts';
import { placeCgroups, type RootlessChoice } from './placement.ts';
import { planContainer } from './plan-container.ts';
import { probeFor, requireKernel } from './prepare.ts';
import { findResctrl } from './surroundings.ts';

export interface ValidateRequest {
  readonly bundle: string;
  /** The config's name in the bundle, when it is not config.json. */
  readonly config?: string;
  readonly rootless: RootlessChoice;
  readonly cgroupDriver: CgroupDriver;
}

export interface Verdict {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Warning[];
  /** config.json as it was read, '' when it could not be. */
  readonly text: string;
}

/** Never throws for what is wrong with the bundle. */
export function validateBundle(ffi: Ffi, request: ValidateRequest): Verdict {
  let text = '';
  let examined: ExaminedConfig;
  try {
    text = readConfig(resolve(request.bundle, request.config ?? 'config.json'));
    examined = examineConfig(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { errors: error.findings, warnings: [], text };
  }
  const { document, wrong, report } = examined;
  const unknown = newReport();
  checkUnknown(document, unknown);
  const warnings: Warning[] = [
    ...report.warnings, ...unknown.warnings.map((warning) => ({ ...warning, kind: 'unknown-property' })),
  ];
  const errors = [...report.problems];
  // There is nothing more to be said of what is no object.
  if (!wrong.includes('')) {
    const found = judge(ffi, { request, text, examined });
    errors.push(...found.problems);
    warnings.push(...found.warnings);
  }
  addHints(errors, document);
  addHints(warnings, document);
  return { errors: inDocumentOrder(errors, document), warnings: inDocumentOrder(warnings, document), text };
}

interface Judged {
  readonly request: ValidateRequest;
  readonly text: string;
  readonly examined: ExaminedConfig;
}

interface Planned extends Bundle {
  readonly ffi: Ffi;
  readonly request: ValidateRequest;
  readonly exact: ExaminedConfig['exact'];
}

/** What create does with a bundle that its rules have found nothing wrong with. */
const PLANNING: readonly Rule<Planned>[] = [
  { reads: ['/linux/cgroupsPath', '/linux/resources', '/linux/namespaces'], check: planCgroups },
  { reads: ['/linux/seccomp'], check: planSeccomp },
  { reads: ['/linux/namespaces'], check: joinNamespaces },
  { reads: ['/linux/intelRdt'], check: useResctrl },
];

/** What is wrong beyond the config by itself, and all advice. */
function judge(ffi: Ffi, { request, text, examined }: Judged): { problems: Finding[]; warnings: Warning[] } {
  const { wrong, exact, report: own } = examined;
  const bundle = bundleOf(request, examined);
  const report = newReport();
  for (const { reads, check } of BUNDLE_RULES) if (canBeAsked(reads, wrong)) check(bundle, report);
  for (const { reads, check } of PLANNING) {
    if (canBeAsked(reads, wrong)) collect(report, () => { check({ ...bundle, ffi, request, exact }, report); });
  }
  // What is left, such as what a kernel lacks; it takes a config that nothing else is wrong with.
  if (own.problems.length + report.problems.length === 0) {
    collect(report, () => { planAll(bundle, { request, text, examined }, report); });
  }
  const warnings = adviceOn({ ...bundle, ffi }, wrong);
  return { problems: distinct(report.problems), warnings: [...newWarnings(report.warnings, warnings), ...warnings] };
}

/** Parts of it that don't follow the schema are left out: nobody asks for them. */
function bundleOf(request: ValidateRequest, { document, wrong }: ExaminedConfig): Bundle {
  const spec = document as Spec;
  const bundle = resolve(request.bundle);
  const rootfs = canBeAsked(['/root'], wrong) ? resolve(bundle, spec.root?.path ?? '') : bundle;
  const readable = canBeAsked(['/mounts'], wrong) ? spec : { ...spec, mounts: [] };
  const mountOptions = parseAllMountOptions(readable.mounts ?? []);
  return { spec, bundle, rootfs, mountOptions, facts: probeFor(readable, mountOptions, bundle) };
}

/** Adds what a stage throws. */
function collect(report: Report, stage: () => void): void {
  try {
    stage();
  } catch (error) {
    if (error instanceof ConfigError) report.problems.push(...error.findings);
    else if (error instanceof NuncError) {
      const { origin = pointerIn(error.message), message: text, hint } = error;
      report.problems.push({ pointer: origin, text, ...(hint === undefined ? {} : { hint }) });
    } else throw error;
  }
}

/** Errors of the host name in parentheses what asks for it. */
function pointerIn(message: string): string {
  return /\((\/[\w/~]+)\)/.exec(message)?.[1] ?? '';
}

function planCgroups({ spec, facts, request, exact }: Planned, report: Report): void {
  const warn = (text: string): void => { report.warnings.push({ pointer: '/linux', text }); };
  const { rootless, cgroupDriver } = request;
  const placement = placeCgroups({ id: ID, rootless, cgroupDriver, warn }, { spec, facts });
  if (placement.manager === 'disabled') return;
  const resources = spec.linux?.resources ?? {};
  collect(report, () => planSettings(resources, placement, { exact }));
  collect(report, () => planDeviceRules(resources, placement, facts));
}

/** A name for what is not to be made. */
const ID = 'container';

function planSeccomp({ spec, facts, exact }: Planned, report: Report): void {
  const { seccomp } = spec.linux ?? {};
  if (seccomp === undefined) return;
  report.warnings.push(...firstOf(compileFilter(seccomp, { architecture: facts.architecture, exact }).warnings));
}

function joinNamespaces({ ffi, spec }: Planned): void {
  const joined = joinedNamespaces(spec);
  for (const descriptor of openNamespaces(ffi, joined)) closeSync(descriptor);
}

function useResctrl({ spec }: Planned): void {
  if (spec.linux?.intelRdt !== undefined) findResctrl();
}

function planAll(bundle: Bundle, { request, text, examined }: Judged, report: Report): void {
  const { facts, spec } = bundle;
  requireKernel(facts);
  const place = { root: '/', id: ID, noPivot: false, newKeyring: true, preserveFds: 0 };
  const warn = (): void => {
    // Told by planCgroups().
  };
  const numbers = { exact: examined.exact, exactLimits: exactLimits(text, spec) };
  const prepared = { ...bundle, ...numbers, text, kernelFileSystems: [], annotations: bundle.spec.annotations ?? {} };
  const { compiled } = planContainer({ ...request, ...place, warn }, prepared);
  report.warnings.push(...firstOf(compiled.warnings));
}

/** Stages that depend on one another tell of the same things. */
function distinct<Told extends Finding>(findings: readonly Told[]): Told[] {
  return [...new Map(findings.map((finding) => [`${finding.pointer}: ${finding.text}`, finding])).values()];
}

/** What create warns of, without what there is more precise advice about. */
function newWarnings(warnings: readonly Finding[], advice: readonly Warning[]): Finding[] {
  const isBelow = (pointer: string): boolean => advice.some((other) => other.pointer.startsWith(`${pointer}/`));
  return distinct(warnings).filter(({ pointer }) => pointer !== '/process/capabilities' || !isBelow(pointer));
}
