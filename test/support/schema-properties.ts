// The properties of the documents that the schemas in spec/ describe: what a table of all of them must have.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const directory = resolve(import.meta.dirname, '../../spec');

function readSchemas(): Map<string, Schema> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.schema.json'));
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(join(directory, name), 'utf8')) as Schema]));
}

/**
 * The names of all properties that are no objects themselves: `process.user.uid`, `mounts[].options[]`,
 * `linux.sysctl.*`.
 *
 * @param document the file of its schema, such as `config.schema.json`
 */
export function propertiesOf(document: string): string[] {
  const schemas = readSchemas();
  const found: string[] = [];
  const walk = (schema: Schema, file: string, path: string): void => {
    if (schema.$ref !== undefined) {
      const [name = '', pointer = ''] = schema.$ref.split('#');
      const target = name === '' ? file : name;
      const definition = schemas.get(target)?.definitions?.[pointer.replace('/definitions/', '')];
      if (definition === undefined) throw new Error(`${file}: ${schema.$ref} leads nowhere`);
      walk(definition, target, path);
    } else if (schema.properties !== undefined) {
      const prefix = path === '' ? '' : `${path}.`;
      for (const [key, inner] of Object.entries(schema.properties)) walk(inner, file, `${prefix}${key}`);
    } else if (schema.items !== undefined) walk(schema.items, file, `${path}[]`);
    else if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, file, `${path}.*`);
    else found.push(path);
  };
  walk(schemas.get(document) ?? {}, document, '');
  return found;
}
