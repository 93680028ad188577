// JSON Schema → which properties there are, for who looks for misspelt ones. As schema-types.ts, of the same subset.

import type { Schema, SchemaFile } from './schema-types.ts';

/** Declares a table of what every definition in `files` that `root` leads to is made of. */
export function generateProperties(files: readonly SchemaFile[], root: string): string {
  const named = new Map<string, Schema>();
  for (const file of files) {
    if (file.title !== undefined) named.set(file.title, file);
    for (const [name, schema] of Object.entries(file.definitions ?? {})) named.set(name, schema);
  }
  const shapes = new Map<string, string>();
  const pending = [root];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const schema = named.get(name);
    if (schema === undefined) throw new Error(`no definition is called ${name}`);
    if (!shapes.has(name)) shapes.set(name, shapeOf(schema, pending));
  }
  let text = `
/** What a value is made of: its properties, or what all of its entries are. Nothing is known of any other. */
export interface Shape {
  readonly properties?: Readonly<Record<string, Shape | string>>;
  readonly entries?: Shape | string;
}

/** By name, \`${root}\` being the whole document. A string stands for the shape of that name. */
export const SHAPES: Readonly<Record<string, Shape>> = {
`;
  for (const [name, shape] of shapes) text += `  ${name}: ${shape},\n`;
  return `${text}};\n`;
}

/** @param pending receives the names that it refers to */
function shapeOf(schema: Schema, pending: string[]): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    pending.push(name);
    return `'${name}'`;
  }
  if (schema.properties !== undefined) {
    const properties = Object.entries(schema.properties).map(([key, value]) => `${key}: ${shapeOf(value, pending)}`);
    return `{ properties: { ${properties.join(', ')} } }`;
  }
  const entries = schema.items ?? schema.additionalProperties;
  return entries === undefined ? '{}' : `{ entries: ${shapeOf(entries, pending)} }`;
}
