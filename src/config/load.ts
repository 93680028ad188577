// config.json → a checked Spec. Reads one file; knows nothing of what is done with it.

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf, ConfigError } from '../error.ts';
import { type Finding, firstOf, MOST_FINDINGS } from '../finding.ts';
import { errnoMessage } from '../linux/errno.ts';
import { decodeText, parseDocument } from './document.ts';
import { type ExactLimit, exactLimits } from './exact-limits.ts';
import { checkExactNumbers, type ExactNumbers, exactNumbers } from './exact-numbers.ts';
import { describeSchemaErrors, errorPointer } from './messages.ts';
import { bounded, newReport, type Report } from './report.ts';
import { checkRules } from './rules.ts';
import { checkNulBytes } from './rules/nul-bytes.ts';
import type { Spec } from './types.ts';
import { validate } from './validate-config.js';

/** Twenty times what the largest real ones have, and as much as other inputs may have (commands/input.ts); more would
 * only be an attempt to exhaust memory. */
export const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

const NO_CONFIG = 'a bundle is a directory with a config.json, which `nunc spec` can write; --bundle names it';

export interface ParsedConfig {
  readonly spec: Spec;
  readonly warnings: readonly Finding[];
  /** Numbers of `spec` that a double can't hold. */
  readonly exact: ExactNumbers;
}

export interface LoadedConfig extends ParsedConfig {
  /** The file's text, to be kept with the container: later edits have no effect on it. */
  readonly text: string;
  /** process.rlimits, where the numbers of `spec` are not exact. */
  readonly exactLimits: readonly ExactLimit[] | undefined;
}

/**
 * Reads and checks `<bundle>/config.json`.
 *
 * @param file another name, from the bundle's directory on
 * @throws ConfigError with all that is wrong with it.
 */
export function loadConfig(bundle: string, file = 'config.json'): LoadedConfig {
  const text = readConfig(resolve(bundle, file));
  const { spec, warnings, exact } = parseConfig(text);
  const limits = exactLimits(text, spec);
  return { spec, text, exact, exactLimits: limits, warnings };
}

/**
 * Checks the text of a config.json by the specification alone. A property that is null counts as absent, see
 * spec/README.md.
 *
 * @throws ConfigError with all that is wrong with it.
 */
export function parseConfig(text: string): ParsedConfig {
  const { document, report, exact } = examineConfig(text);
  if (report.problems.length > 0) throw new ConfigError(report.problems);
  return { spec: document as Spec, warnings: report.warnings, exact };
}

export interface ExaminedConfig {
  /** A Spec but for what is at the pointers in `wrong`. */
  readonly document: unknown;
  /** All that the specification has against it. */
  readonly report: Report;
  /** Where it does not follow the schema. */
  readonly wrong: readonly string[];
  /** See ParsedConfig; none when it does not follow the schema. */
  readonly exact: ExactNumbers;
}

/** Finds all that is wrong with the text of a config.json. @throws ConfigError for what is no JSON */
export function examineConfig(text: string): ExaminedConfig {
  const document = parseDocument(text);
  const report = newReport();
  const nulBytes = newReport();
  if (text.includes('\\u0000')) checkNulBytes(document, nulBytes);
  if (validate(document)) {
    report.problems.push(...firstOf(nulBytes.problems));
    checkRules(document, report);
    const exact = exactNumbers(document, text);
    checkExactNumbers(exact, report);
    return { document, report: bounded(report), wrong: [], exact };
  }
  // What the schema found, and the rules for the parts that it found nothing wrong with.
  const errors = validate.errors ?? [];
  // A document with hundreds of mistakes is something else than a config: nobody asks what its parts mean.
  const wrong = errors.length > MOST_FINDINGS ? [''] : errors.map(errorPointer);
  report.problems.push(...describeSchemaErrors(errors, document), ...firstOf(nulBytes.problems));
  checkRules(document as Spec, report, wrong);
  return { document, report: bounded(report), wrong, exact: new Map() };
}

/** The text of a config, whatever is in it. @throws ConfigError */
export function readConfig(path: string): string {
  return decodeText(readBounded(path));
}

function readBounded(path: string): Uint8Array {
  const status = orUnreadable(path, (name) => statSync(name));
  // Opening a fifo would wait for its other end.
  if (!status.isFile()) throw unreadable(path, 'not a regular file');
  if (status.size > MAX_CONFIG_BYTES) {
    throw unreadable(path, `${status.size} bytes, at most ${MAX_CONFIG_BYTES} are allowed`);
  }
  return orUnreadable(path, (name) => readFileSync(name));
}

function orUnreadable<Result>(path: string, read: (path: string) => Result): Result {
  try {
    return read(path);
  } catch (cause) {
    // Both engines give errno negated, as libuv does.
    const number = cause instanceof Error && 'errno' in cause ? cause.errno : undefined;
    const reason = typeof number === 'number' ? errnoMessage(Math.abs(number)) : String(cause);
    throw unreadable(path, reason, codeOf(cause) === 'ENOENT' ? NO_CONFIG : undefined);
  }
}

function unreadable(path: string, reason: string, hint?: string): ConfigError {
  const text = `cannot read ${JSON.stringify(path)}: ${reason}`;
  return new ConfigError([{ pointer: '', text, ...(hint === undefined ? {} : { hint }) }], { document: '' });
}
