// Makes of the bare engine (ECMAScript 2020) what nunc's sources expect: names of Node's and of the Encoding
// Standard's, and what later editions of ECMAScript have. To be imported before anything else.

import { native } from '../ffi/native.ts';
import { bufferFunctions } from './buffer.ts';
import { startTimer, stopTimer } from './loop.ts';
import { nodeProcess } from './process.ts';
import { Utf8Decoder, Utf8Encoder } from './text.ts';

export { turn } from './loop.ts';

/** Not enumerable, as the language's own. */
function define(object: object, properties: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

define(globalThis, {
  process: nodeProcess,
  Buffer: bufferFunctions,
  TextEncoder: Utf8Encoder,
  TextDecoder: Utf8Decoder,
  performance: { now: () => native.now() },
  // yargs asks for its functions, and calls none of them.
  console: {},
  setInterval: startTimer,
  clearInterval: stopTimer,
});

define(JSON, {
  parse: (text: string, reviver?: (this: unknown, key: string, value: unknown) => unknown): unknown => {
    if (reviver !== undefined) throw new TypeError('JSON.parse() with a reviver is not supported');
    return native.parse(text);
  },
});

// ECMAScript 2022 and 2023.

function at<Element>(this: ArrayLike<Element>, index: number): Element | undefined {
  return this[index < 0 ? this.length + index : index];
}

type Test = (value: unknown, index: number, array: readonly unknown[]) => unknown;

function findLastIndex(this: readonly unknown[], test: Test): number {
  let i = this.length - 1;
  while (i >= 0 && !test(this[i], i, this)) i--;
  return i;
}

function findLast(this: readonly unknown[], test: Test): unknown {
  return this[findLastIndex.call(this, test)];
}

define(Array.prototype, { at, findLast, findLastIndex });
define(Uint8Array.prototype, { at });
define(String.prototype, { at });
define(Object, {
  hasOwn: (object: object, key: PropertyKey) => Object.prototype.hasOwnProperty.call(object, key),
});

const BareError = Error;

/** Error with the option `cause`. Its prototype is the same object, so that it is the class of all errors. */
function ErrorWithCause(message?: string, options?: { readonly cause?: unknown }): Error {
  // Also called without `new`.
  const target = new.target as typeof Error | undefined ?? BareError;
  const error = Reflect.construct<[message?: string], Error>(BareError, message === undefined ? [] : [message], target);
  if (options !== undefined && 'cause' in options) define(error, { cause: options.cause });
  return error;
}
ErrorWithCause.prototype = BareError.prototype;
define(BareError.prototype, { constructor: ErrorWithCause });
define(globalThis, { Error: ErrorWithCause });
