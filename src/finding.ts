// What is wrong with a part of a document that somebody has written, as data, and as the line that a person reads:
// `config.json: <json pointer>: <what was found> <what is allowed>`. Knows no rules.

export interface Finding {
  /** JSON pointer (RFC 6901) of what it is about; '' for the whole document. */
  readonly pointer: string;
  readonly text: string;
  /** The words that it could be, where there are only so many. The text names them too. */
  readonly allowed?: readonly string[];
  /** What to do about it; not part of the line. */
  readonly hint?: string;
}

/** More than anybody reads. A document of megabytes can have as many mistakes as it has bytes. */
export const MOST_FINDINGS = 100;

/** The first findings, and behind them that there are others. */
export function firstOf<Told extends Finding>(findings: readonly Told[]): (Told | Finding)[] {
  const last = findings[MOST_FINDINGS - 1];
  // One more takes no more room than to say so.
  if (findings.length <= MOST_FINDINGS + 1 || last === undefined) return [...findings];
  return [...findings.slice(0, MOST_FINDINGS), { pointer: last.pointer, text: 'and more like these' }];
}

/** One line. @param document what the pointer leads into; '' where the text says itself what it is about */
export function lineOf({ pointer, text }: Finding, document = 'config.json'): string {
  const place = pointer === '' ? '' : `${printable(pointer)}: `;
  const line = printable(text);
  return document === '' ? `${place}${line}` : `${document}: ${place}${line}`;
}

// A config's author must not be able to forge lines of a log or to drive a terminal. JSON.stringify leaves DEL, the C1
// controls, Unicode's line separators and what is invisible or reorders text; keys in pointers don't even pass through
// it. Halves of characters can't be written as UTF-8.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/gu;

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
