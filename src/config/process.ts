// The process that `exec` is told: a file like config.json's process, or that one with changes. Pointers in messages
// start at the process.

import { ConfigError } from '../error.ts';
import { decodeText, parseDocument } from './document.ts';
import { type ExactLimit, exactLimits } from './exact-limits.ts';
import { describeSchemaErrors } from './messages.ts';
import { partOf } from './part.ts';
import { newReport, type Report } from './report.ts';
import { checkProcessRules } from './rules.ts';
import { checkNulBytes } from './rules/nul-bytes.ts';
import type { Process, Spec } from './types.ts';
import { validate } from './validate-process.js';

export const processPart = partOf('process', '/process');

export interface ParsedProcess {
  readonly process: Process;
  /** Its rlimits, where their numbers are not exact. */
  readonly exactLimits: readonly ExactLimit[] | undefined;
}

/** What the text of a process.json says. @throws ConfigError with all that the schema finds wrong with it */
export function parseProcess(bytes: Uint8Array): ParsedProcess {
  return processPart.within(() => {
    const text = decodeText(bytes);
    const process = parseDocument(text);
    if (!validate(process)) throw new ConfigError(describeSchemaErrors(validate.errors ?? [], process));
    return { process, exactLimits: exactLimits(`{"process":${text}}`, { process }) };
  });
}

/**
 * Checks the process of a spec, which is the container's but for that.
 *
 * @returns what was ignored, a sentence each
 * @throws ConfigError with all that is wrong with it
 */
export function checkProcess(spec: Spec): readonly string[] {
  return processPart.within(() => {
    const report: Report = newReport();
    // Written as an escape, which is found at once where there is none.
    if (JSON.stringify(spec.process).includes('\\u0000')) checkNulBytes({ process: spec.process }, report);
    checkProcessRules(spec, report);
    if (report.problems.length > 0) throw new ConfigError(report.problems);
    return report.warnings.map(processPart.word);
  });
}
