// Values as ASCII text that is the same for the same value on every engine, and another for every other value. Leans on
// as little of the engine as it can.

/** @returns the text of plain data, typed arrays and errors */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return `${value.toString()}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint8Array) return `<${[...value].map((byte) => byte.toString(16).padStart(2, '0')).join('')}>`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value instanceof Error) return showError(value);
  return `{${Object.keys(value).map((key) => `${quote(key)}: ${show(Reflect.get(value, key))}`).join(', ')}}`;
}

function quote(text: string): string {
  let quoted = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const isPlain = unit >= 0x20 && unit < 0x7f && unit !== 0x5c && unit !== 0x22;
    quoted += isPlain ? text.charAt(i) : `\\u${unit.toString(16).padStart(4, '0')}`;
  }
  return `"${quoted}"`;
}

/** A failed system call in full but for the reason's words, which are libuv's or glibc's; of others only the class. */
function showError(error: Error): string {
  const { code, errno, syscall, path } = error as NodeJS.ErrnoException;
  if (errno === undefined) return error.name;
  const message = error.message.replace(/^(\w+: )[^,]*/, '$1…');
  return `${error.name}(${[message, code, errno, syscall, path].map(show).join(', ')})`;
}

/** What a call returns or throws. */
export function attempt(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

/** A short text that stands for a long one (FNV-1a, twice with different bases). */
export class Digest {
  #first = 0x811c9dc5;
  #second = 0x2166f3b1;

  add(text: string): void {
    for (let i = 0; i < text.length; i++) {
      this.#first = Math.imul(this.#first ^ text.charCodeAt(i), 0x01000193);
      this.#second = Math.imul(this.#second ^ text.charCodeAt(i), 0x01000193);
    }
    this.#first = Math.imul(this.#first ^ 0x10000, 0x01000193);
  }

  toString(): string {
    return `${(this.#first >>> 0).toString(16)}${(this.#second >>> 0).toString(16)}`;
  }
}

/** Numbers that are the same for the same seed (xorshift32). @returns a function for an integer below its argument */
export function randomIntegers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
