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

/** One line. @param document what the pointer leads into; '' where the text says itself what it is about */
export function lineOf({ pointer, text }: Finding, document = 'config.json'): string {
  const place = pointer === '' ? '' : `${printable(pointer)}: `;
  return document === '' ? `${place}${text}` : `${document}: ${place}${text}`;
}

// A config's author must not be able to forge lines of a log or to drive a terminal. JSON.stringify leaves DEL, the C1
// controls, Unicode's line separators and what is invisible or reorders text; keys in pointers don't even pass through
// it.
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
