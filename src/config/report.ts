// What is found wrong with a config.json, and how it is worded: `config.json: <json pointer>: <what was found> <what is
// allowed>`. Knows no rules.

export interface Report {
  /** Each makes the config unusable. */
  readonly problems: string[];
  /** Worth telling, but the container can be made. */
  readonly warnings: string[];
}

export function newReport(): Report {
  return { problems: [], warnings: [] };
}

export function problem(report: Report, pointer: string, text: string): void {
  report.problems.push(at(pointer, text));
}

export function warning(report: Report, pointer: string, text: string): void {
  report.warnings.push(at(pointer, text));
}

/** One line of a report. The whole document's pointer is ''. */
export function at(pointer: string, text: string): string {
  return pointer === '' ? `config.json: ${text}` : `config.json: ${describe({ pointer, text })}`;
}

/** The same for a document that has no name. */
export function describe({ pointer, text }: { readonly pointer: string; readonly text: string }): string {
  return `${printable(pointer)}: ${text}`;
}

/** A key as a token of a JSON pointer (RFC 6901). */
export function token(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

const LONGEST_VALUE = 80;

/** A value as a message shows it: short, and on one line whatever it holds. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return printable(JSON.stringify(value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value));
  }
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

// A config's author must not be able to forge lines of a log or to drive a terminal. JSON.stringify leaves DEL, the C1
// controls, Unicode's line separators and what is invisible or reorders text; keys in pointers don't even pass through
// it.
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
