// D-Bus values as JavaScript ones, and their signatures ("Type System" of the D-Bus specification). Pure.

/**
 * A value, whose type its signature says: numbers for all that fits into 32 bits and for `d`, bigints for `x` and `t`,
 * strings for `s`, `o` and `g`, arrays for arrays, structs and dictionary entries.
 */
export type Value = number | bigint | boolean | string | Variant | readonly Value[];

/** A `v`: a value that brings its type along. */
export interface Variant {
  /** Of one complete type. */
  readonly signature: string;
  readonly value: Value;
}

export function variant(signature: string, value: Value): Variant {
  return { signature, value };
}

/** The boundary that values of a type begin at; its first character decides. */
export function alignmentOf(type: string): number {
  switch (type.charAt(0)) {
    case 'y': case 'g': case 'v':
      return 1;
    case 'n': case 'q':
      return 2;
    case 'x': case 't': case 'd': case '(': case '{':
      return 8;
    default:
      return 4;
  }
}

/** The complete types that a signature is made of. @throws Error for what is no signature */
export function splitSignature(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length;) {
    const end = endOfType(signature, at, 0);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

/** The specification's limit on nesting, for arrays and structs together. */
const DEPTH = 64;

function endOfType(signature: string, at: number, depth: number): number {
  const invalid = (): never => {
    throw new Error(`invalid signature ${JSON.stringify(signature)}`);
  };
  const first = signature.charAt(at);
  if (depth > DEPTH) invalid();
  if (first === 'a') return endOfType(signature, at + 1, depth + 1);
  const close = first === '(' ? ')' : first === '{' ? '}' : '';
  if (close === '') return first !== '' && 'ybnqiuxtdsogvh'.includes(first) ? at + 1 : invalid();
  let end = at + 1;
  while (signature.charAt(end) !== close) end = endOfType(signature, end, depth + 1);
  return end === at + 1 ? invalid() : end + 1;
}
