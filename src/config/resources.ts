// What `update` is told: linux.resources by itself, as a text or put together from options. Pointers in messages start
// at the resources.

import { ConfigError } from '../error.ts';
import { decodeText, parseDocument } from './document.ts';
import { type ExactNumbers, exactNumbers } from './exact-numbers.ts';
import { describeSchemaErrors } from './messages.ts';
import { partOf } from './part.ts';
import { newReport } from './report.ts';
import { checkNulBytes } from './rules/nul-bytes.ts';
import { checkResources } from './rules/resources.ts';
import type { LinuxResources } from './types.ts';
import { validate } from './validate-resources.js';

export const resourcesPart = partOf('resources', '/linux/resources');

export interface ParsedResources {
  readonly resources: LinuxResources;
  /** Numbers that a double can't hold, by their pointers in a config.json. */
  readonly exact: ExactNumbers;
}

/** @throws ConfigError with all that is wrong with them */
export function parseResources(bytes: Uint8Array): ParsedResources {
  return resourcesPart.within(() => {
    const text = decodeText(bytes);
    const resources = validateResources(parseDocument(text) ?? {});
    const exact = exactNumbers({ linux: { resources } }, `{"linux":{"resources":${text}}}`);
    return { resources, exact };
  });
}

/** @throws ConfigError with all that is wrong with it */
export function checkedResources(resources: LinuxResources): LinuxResources {
  return resourcesPart.within(() => validateResources(resources));
}

function validateResources(document: unknown): LinuxResources {
  if (!validate(document)) throw new ConfigError(describeSchemaErrors(validate.errors ?? [], document));
  const report = newReport();
  const linux = { resources: document };
  checkNulBytes({ linux }, report);
  checkResources({ linux }, report);
  if (report.problems.length > 0) throw new ConfigError(report.problems);
  return document;
}
