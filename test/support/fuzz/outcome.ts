// What may come of a config: something planned, or an error that a person can act on. Everything else is a finding.

import { ConfigError, NuncError } from '../../../src/error.ts';
import { lineOf } from '../../../src/finding.ts';

/** Errors of what is asked for that no place of the config is to blame for. */
const HOST_ERRORS: readonly RegExp[] = [
  /^cannot run on Linux 5\.10: /, /^cannot compile a plan for "aarch64": not supported yet$/,
  /^cannot compile a container for systemd: /, /^cannot set \/linux\/resources\/\S+: /,
];

/** What one line for a terminal must not hold; lone surrogates can't even be written as UTF-8. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/u;
const LONGEST_LINE = 300_000;

/** @returns the messages of an error that is allowed to be. @throws the error itself, or what is wrong with it */
export function acceptable(error: unknown): string[] {
  if (error instanceof ConfigError) {
    for (const finding of error.findings) {
      if (finding.pointer !== '' && !finding.pointer.startsWith('/')) throw new Error(`no pointer: ${finding.pointer}`);
      checkLine(lineOf(finding));
    }
    const { length } = error.findings;
    if (length === 0 || length > 110) throw new Error(`${length} findings`);
    return error.findings.map(({ text }) => text);
  }
  if (!(error instanceof NuncError)) throw error;
  checkLine(error.message);
  const isOfConfig = error.kind === 'config' || (error.kind === 'host' && error.message.includes('(/'));
  if (!isOfConfig && !HOST_ERRORS.some((words) => words.test(error.message))) {
    throw new Error(`an error without a place in the config, ${error.kind}: ${error.message}`, { cause: error });
  }
  return [error.message];
}

export function checkLine(line: string): void {
  const found = UNPRINTABLE.exec(line);
  if (found !== null) {
    throw new Error(`a message with ${JSON.stringify(found[0])}: ${JSON.stringify(line.slice(0, 300))}`);
  }
  if (line === '' || line.length > LONGEST_LINE) throw new Error(`a message of ${line.length} characters`);
}
