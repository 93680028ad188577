// What another host has said of itself (`nunc features --host`) → HostFacts. Looks at nothing of this host.

import { ConfigError } from '../error.ts';
import type { Architecture, CgroupMode, Hierarchy, HostFacts } from '../host/facts.ts';
import { CAPABILITIES } from '../linux/capabilities.ts';
import { decodeText, parseDocument } from './document.ts';
import { describeSchemaErrors } from './messages.ts';
import { partOf } from './part.ts';
import { newReport, problem, type Report, show } from './report.ts';
import type { ToldFacts } from './types.ts';
import { validate } from './validate-host.js';

/** @throws ConfigError with all that is wrong with them, by their JSON pointers */
export function parseHostFacts(bytes: Uint8Array): HostFacts {
  return partOf('host facts', '').within(() => {
    const document = parseDocument(decodeText(bytes));
    if (!validate(document)) throw new ConfigError(describeSchemaErrors(validate.errors ?? [], document));
    const report = newReport();
    checkCapabilities(document, report);
    checkHierarchies(document, report);
    if (report.problems.length > 0) throw new ConfigError(report.problems);
    const { architecture, cgroupMode, hierarchies, sources = {}, links = {}, ...rest } = document;
    return {
      ...rest,
      architecture: architecture satisfies Architecture,
      cgroupMode: cgroupMode satisfies CgroupMode,
      // The schema's integers from 1 to 2.
      hierarchies: hierarchies as readonly Hierarchy[],
      sources,
      links,
    };
  });
}

function checkCapabilities({ capabilities }: ToldFacts, report: Report): void {
  for (const [i, name] of capabilities.entries()) {
    if (!Object.hasOwn(CAPABILITIES, name)) problem(report, `/capabilities/${i}`, `${show(name)} is no capability`);
  }
}

function checkHierarchies({ hierarchies, cgroupMode }: ToldFacts, report: Report): void {
  for (const [i, { mountpoint }] of hierarchies.entries()) {
    if (mountpoint.startsWith('/')) continue;
    problem(report, `/hierarchies/${i}/mountpoint`, `${show(mountpoint)} is not an absolute path`);
  }
  const has = (version: number): boolean => hierarchies.some((hierarchy) => hierarchy.version === version);
  const mode = has(1) ? (has(2) ? 'hybrid' : 'v1') : has(2) ? 'v2' : 'none';
  if (mode === cgroupMode) return;
  problem(report, '/cgroupMode', `${show(cgroupMode)}, but the hierarchies make it ${show(mode)}`);
}
