// Documents made from the schemas in spec/: every property can come, most with a value that belongs there. Knows no
// rules beyond the schema.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from './random.ts';
import { NUMBERS, plausibleKey, plausibleString } from './values.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

interface Place {
  readonly file: string;
  /** As schema-properties.ts writes it: `process.user.uid`, `mounts[].options[]`, `linux.sysctl.*`. */
  readonly path: string;
  readonly random: Random;
  /** How often an optional property is there, in percent. */
  readonly density: number;
}

const directory = join(import.meta.dirname, '../../../spec');
const schemas = new Map<string, Schema>();

function schemaOf(file: string): Schema {
  let schema = schemas.get(file);
  if (schema === undefined) {
    schema = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Schema;
    schemas.set(file, schema);
  }
  return schema;
}

/** @param reference such as `config.schema.json` or `process.schema.json#/definitions/Process` */
export function documentOf(reference: string, random: Random, path = ''): Record<string, unknown> {
  const [file = '', pointer = ''] = reference.split('#/definitions/');
  const schema = pointer === '' ? schemaOf(file) : schemaOf(file).definitions?.[pointer] ?? {};
  return valueOf(schema, { file, path, random, density: random.pick([15, 40, 70, 95]) }) as Record<string, unknown>;
}

function valueOf(schema: Schema, place: Place): unknown {
  const { random, path, file } = place;
  if (schema.$ref !== undefined) {
    const [name = '', pointer = ''] = schema.$ref.split('#/definitions/');
    const target = name === '' ? file : name;
    return valueOf(schemaOf(target).definitions?.[pointer] ?? {}, { ...place, file: target });
  }
  if (schema.enum !== undefined) return random.pick(schema.enum);
  switch (schema.type) {
    case 'object': return objectOf(schema, place);
    case 'array': return arrayOf(schema, place);
    case 'boolean': return random.chance(50);
    case 'integer': return integerOf(schema, random);
    case 'string': return plausibleString(path, random);
    default: return random.pick(['ignored', 1, {}]);
  }
}

function objectOf({ properties, additionalProperties, required = [] }: Schema, place: Place): unknown {
  const { random, path, density } = place;
  const made: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(properties ?? {})) {
    if (!required.includes(key) && !random.chance(density)) continue;
    made[key] = valueOf(inner, { ...place, path: path === '' ? key : `${path}.${key}` });
  }
  if (additionalProperties === undefined) return made;
  for (let i = random.below(4); i > 0; i--) {
    made[plausibleKey(path, random)] = valueOf(additionalProperties, { ...place, path: `${path}.*` });
  }
  return made;
}

function arrayOf({ items = {}, minItems = 0 }: Schema, place: Place): unknown {
  const { random, path } = place;
  const length = Math.max(minItems, random.pick([0, 1, 1, 2, 3, 5]));
  return Array.from({ length }, () => valueOf(items, { ...place, path: `${path}[]` }));
}

function integerOf({ minimum = -(2 ** 31), maximum = 2 ** 31 }: Schema, random: Random): number {
  const small = Math.max(minimum, Math.min(maximum, random.below(20)));
  if (random.chance(70)) return small;
  const fitting = NUMBERS.filter((number) => Number.isInteger(number) && number >= minimum && number <= maximum);
  return random.pick([...fitting, minimum, maximum]);
}
