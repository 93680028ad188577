// JSON Schema → TypeScript types, for the subset of draft-07 that spec/ uses: definitions with unique names, objects
// with properties or with additionalProperties, arrays, string enumerations, scalars. Throws at anything else.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
}

export interface SchemaFile extends Schema {
  readonly $id: string;
  /** The name of the root's type, when the file describes a whole document. */
  readonly title?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** Declarations of everything in `files`, all properties readonly. Throws when two definitions have one name. */
export function generateTypes(files: readonly SchemaFile[]): string {
  const named = new Map<string, Schema>();
  for (const file of files) {
    if (file.title !== undefined) addNamed(named, file.title, file);
    for (const [name, schema] of Object.entries(file.definitions ?? {})) addNamed(named, name, schema);
  }
  let text = '';
  for (const [name, schema] of named) text += declaration(name, schema, named);
  return text;
}

function addNamed(named: Map<string, Schema>, name: string, schema: Schema): void {
  if (named.has(name)) throw new Error(`two definitions are called ${name}`);
  named.set(name, schema);
}

/** Interfaces and enumerations get a name in TypeScript; other definitions are written out where they are used. */
function isDeclared(schema: Schema): boolean {
  return schema.properties !== undefined || schema.enum !== undefined;
}

function declaration(name: string, schema: Schema, named: ReadonlyMap<string, Schema>): string {
  if (!isDeclared(schema)) return '';
  const comment = schema.description === undefined ? '' : `/** ${schema.description} */\n`;
  if (schema.enum !== undefined) return enumeration(name, schema.enum, comment);
  let body = '';
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.description !== undefined) body += `  /** ${property.description} */\n`;
    const optional = schema.required?.includes(key) === true ? '' : '?';
    body += `  readonly ${key}${optional}: ${typeText(property, named)};\n`;
  }
  return `\n${comment}export interface ${name} {\n${body}}\n`;
}

/** A type, and its words as data: what nunc says that it knows (`features`) is what the validators take. */
function enumeration(name: string, words: readonly string[], comment: string): string {
  const constant = `${name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_WORDS`;
  const lines = words.map((word) => `  '${word}',\n`).join('');
  const type = `${comment}export type ${name} = (typeof ${constant})[number];\n`;
  return `\nexport const ${constant} = [\n${lines}] as const;\n\n${type}`;
}

function typeText(schema: Schema, named: ReadonlyMap<string, Schema>): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    const target = named.get(name);
    if (target === undefined) throw new Error(`nothing is called ${name}`);
    return isDeclared(target) ? name : typeText(target, named);
  }
  switch (schema.type) {
    case undefined:
      return 'unknown';
    case 'integer':
      return 'number';
    case 'string':
    case 'boolean':
      return schema.type;
    case 'array':
      return `readonly ${typeText(schema.items ?? {}, named)}[]`;
    case 'object':
      return `Readonly<Record<string, ${typeText(schema.additionalProperties ?? {}, named)}>>`;
    default:
      throw new Error(`type ${schema.type} is not provided for`);
  }
}
