// Words for what a precompiled validator (validate-*.js) finds. Knows ajv's error objects; knows nothing of
// config.json.

import type { Finding } from '../finding.ts';
import { show } from './report.ts';

/** What ajv tells of an error when its own messages are off. */
export interface SchemaError {
  /** JSON pointer of the value. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The pointer of what is wrong: for a missing property its own, not its object's. */
export function errorPointer({ instancePath, keyword, params }: SchemaError): string {
  return keyword === 'required' ? `${instancePath}/${String(params.missingProperty)}` : instancePath;
}

/** One for each wrong value, in the order of the schema. A value of the wrong type gets only that said of it. */
export function describeSchemaErrors(errors: readonly SchemaError[], document: unknown): Finding[] {
  const findings = new Map<string, Finding>();
  for (const error of errors) {
    const pointer = errorPointer(error);
    if (findings.has(pointer) && error.keyword !== 'type') continue;
    const allowed = error.keyword === 'enum' ? { allowed: allowedWords(error) } : {};
    findings.set(pointer, { pointer, text: describe(error, document), ...allowed });
  }
  return [...findings.values()];
}

/** An empty string among them only stands for absence. */
function allowedWords({ params }: SchemaError): string[] {
  return (params.allowedValues as string[]).filter((value) => value !== '');
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
};

function describe(error: SchemaError, document: unknown): string {
  const { instancePath, keyword, params } = error;
  if (keyword === 'required') return 'missing, but required';
  const found = show(valueAt(document, instancePath));
  switch (keyword) {
    case 'type':
      return `${found} is not ${TYPES[String(params.type)] ?? String(params.type)}`;
    case 'enum':
      return `${found} is not one of ${allowedWords(error).join(', ')}`;
    case 'minimum':
      return `${found} is less than ${limitText(params.limit)}`;
    case 'maximum':
      return `${found} is more than ${limitText(params.limit)}`;
    case 'minItems':
      return `without entries, at least ${String(params.limit)} is required`;
    default:
      return `${found} is not allowed (${keyword})`;
  }
}

/** A bound in all its digits. 2^63 and 2^64 are the doubles that stand for the largest 64-bit integers. */
function limitText(limit: unknown): string {
  if (typeof limit !== 'number') return String(limit);
  return limit >= 2 ** 63 ? String(BigInt(limit) - 1n) : String(BigInt(limit));
}

/** What a JSON pointer leads to; undefined for nothing. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}
