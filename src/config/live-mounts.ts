// What `mounts add` and `mounts remove` are told: an array like config.json's mounts, by itself, as a text. Pointers in
// messages start at the array.

import { ConfigError } from '../error.ts';
import { decodeText, parseDocument } from './document.ts';
import { describeSchemaErrors } from './messages.ts';
import { partOf } from './part.ts';
import { newReport, problem, type Report, show } from './report.ts';
import { checkMappedMounts } from './rules/id-mappings.ts';
import { checkMounts } from './rules/mounts.ts';
import { checkNulBytes } from './rules/nul-bytes.ts';
import type { Spec } from './types.ts';
import { validate } from './validate-config.js';

export const mountsPart = partOf('mounts', '/mounts');

export interface LiveMounts {
  /** The container's config with these mounts in the place of its own. */
  readonly spec: Spec;
  readonly warnings: readonly string[];
}

/** @param config the container's @throws ConfigError with all that is wrong with them */
export function parseLiveMounts(bytes: Uint8Array, config: Spec): LiveMounts {
  return mountsPart.within(() => {
    const report = newReport();
    const spec = validateMounts(bytes, config, report);
    checkMounts(spec, report);
    checkMappedMounts(spec, report);
    if (report.problems.length > 0) throw new ConfigError(report.problems);
    return { spec, warnings: report.warnings.map(mountsPart.word) };
  });
}

/** The destinations alone, whatever else is said of the mounts. @throws ConfigError */
export function parseDestinations(bytes: Uint8Array, config: Spec): string[] {
  return mountsPart.within(() => {
    const report = newReport();
    const { mounts = [] } = validateMounts(bytes, config, report);
    mounts.forEach(({ destination }, i) => {
      if (destination === '') problem(report, `/mounts/${i}/destination`, `${show(destination)} is not a path`);
    });
    if (report.problems.length > 0) throw new ConfigError(report.problems);
    return mounts.map(({ destination }) => destination);
  });
}

function validateMounts(bytes: Uint8Array, config: Spec, report: Report): Spec {
  const mounts = parseDocument(decodeText(bytes));
  const document: unknown = { ...config, mounts };
  checkNulBytes({ mounts }, report);
  if (!validate(document)) {
    throw new ConfigError([...describeSchemaErrors(validate.errors ?? [], document), ...report.problems]);
  }
  return document;
}
