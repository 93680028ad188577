// JSON text → value, with errors for a person: the engines' own say nothing of the place (QuickJS) or show the text
// (Node).

import { placeOf } from './lines.ts';
import { show } from './report.ts';

/** What is wrong with a text that is not JSON: `line 3, column 5: … where … is expected`. */
export class JsonSyntaxError extends Error {}

/**
 * JSON.parse (RFC 8259; of equal keys the last one counts).
 *
 * @throws JsonSyntaxError
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const mistake = findSyntaxError(text);
    if (mistake === undefined) throw new JsonSyntaxError('not JSON that this runtime can hold', { cause });
    const { offset, expected, found } = mistake;
    throw new JsonSyntaxError(`${placeOf(text, offset)}: ${found} where ${expected} is expected`, { cause });
  }
}

export interface SyntaxMistake {
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
}

/** What may come next, in the words of a message. */
type Expected =
  'a value' | 'a value or "]"' | 'a key' | 'a key or "}"' | '":"' | '"," or "]"' | '"," or "}"' | 'the end';

interface Scan {
  readonly text: string;
  offset: number;
  expected: Expected;
  /** What closes the arrays and objects that are open. A list and no recursion, so that no depth is too much. */
  readonly open: (']' | '}')[];
}

/** As src/engine/json.c and Go have it: what is deeper is no config, and is not looked at to its end. */
const DEEPEST = 10_000;
const SPACE = 0x20;

/** Where `text` stops being JSON; undefined when it is JSON. Only for messages: it is slower than JSON.parse. */
export function findSyntaxError(text: string): SyntaxMistake | undefined {
  const scan: Scan = { text, offset: 0, expected: 'a value', open: [] };
  for (;;) {
    if (text.charCodeAt(scan.offset) <= SPACE) scan.offset = matchEnd(WHITE_SPACE, scan) ?? scan.offset;
    if (scan.expected === 'the end' && scan.offset === text.length) return undefined;
    const { offset, expected } = scan;
    if (!step(scan)) return explain(text, scan.offset, scan.offset === offset ? expected : undefined);
    if (scan.open.length > DEEPEST) {
      return { offset, found: `level ${DEEPEST + 1} of nesting`, expected: `at most ${DEEPEST}` };
    }
  }
}

// A repetition of single characters, which neither engine keeps a stack for: a string may be millions long.
const WHITE_SPACE = /[ \t\n\r]*/y;
const CHARACTERS = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![\w.+-])/y;

/** Takes what comes next. Returns false, with the offset at the mistake, when it is not what is expected. */
function step(scan: Scan): boolean {
  const character = scan.text[scan.offset];
  switch (scan.expected) {
    case 'a value or "]"':
      return character === ']' ? close(scan) : takeValue(scan);
    case 'a value':
      return takeValue(scan);
    case 'a key or "}"':
      return character === '}' ? close(scan) : takeString(scan, '":"');
    case 'a key':
      return takeString(scan, '":"');
    case '":"':
      return character === ':' && advance(scan, 'a value');
    case '"," or "]"':
      return character === ']' ? close(scan) : character === ',' && advance(scan, 'a value');
    case '"," or "}"':
      return character === '}' ? close(scan) : character === ',' && advance(scan, 'a key');
    case 'the end':
      return false;
  }
}

function takeValue(scan: Scan): boolean {
  const character = scan.text[scan.offset];
  if (character === '[' || character === '{') {
    scan.open.push(character === '[' ? ']' : '}');
    return advance(scan, character === '[' ? 'a value or "]"' : 'a key or "}"');
  }
  if (character === '"') return takeString(scan, afterValue(scan));
  const end = matchEnd(SCALAR, scan);
  if (end === undefined) return false;
  scan.offset = end;
  scan.expected = afterValue(scan);
  return true;
}

function takeString(scan: Scan, next: Expected): boolean {
  if (scan.text[scan.offset] !== '"') return false;
  scan.offset++;
  for (let end: number | undefined = scan.offset; end !== undefined; end = matchEnd(ESCAPE, scan)) {
    scan.offset = end;
    scan.offset = matchEnd(CHARACTERS, scan) ?? end;
  }
  return scan.text[scan.offset] === '"' && advance(scan, next);
}

function advance(scan: Scan, next: Expected): true {
  scan.offset++;
  scan.expected = next;
  return true;
}

function close(scan: Scan): true {
  scan.open.pop();
  return advance(scan, afterValue(scan));
}

function afterValue({ open }: Scan): Expected {
  const closer = open.at(-1);
  if (closer === undefined) return 'the end';
  return closer === ']' ? '"," or "]"' : '"," or "}"';
}

function matchEnd(pattern: RegExp, { text, offset }: Scan): number | undefined {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

const LONGEST_WORD = 1000;

/** Without `expected` the mistake is within a string. */
function explain(text: string, offset: number, expected: Expected | undefined): SyntaxMistake {
  if (expected === undefined && text[offset] === '\\') {
    return { offset, found: show(text.slice(offset, offset + 2)), expected: 'an escape of JSON' };
  }
  // A word of that length is shown cut off.
  const word = /^(?:[\w.+-]+|.)/su;
  const found = word.exec(text.slice(offset, offset + LONGEST_WORD));
  const foundText = found === null ? 'the end of the file' : show(found[0]);
  return { offset, found: foundText, expected: expected ?? 'the rest of a string' };
}
