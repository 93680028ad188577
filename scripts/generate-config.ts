// Generates from the JSON Schemas in spec/ what src/config/ needs of them: TypeScript types, and validators as plain
// code (compiling a schema at start would cost tens of milliseconds, and ajv itself would have to be shipped).
//
//   bun scripts/generate-config.ts            writes the files
//   bun scripts/generate-config.ts --check    fails when one of them is not what would be written

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { generateProperties } from './schema-properties.ts';
import { generateTypes, type SchemaFile } from './schema-types.ts';
import { shortenValidator, VALIDATOR_FUNCTIONS } from './shorten-validator.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const NOTICE = '// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.\n';

/** Validators by the file they go to, with the schema and the type that it stands for. */
const VALIDATORS = [
  { file: 'validate-config', schema: 'config.schema.json', type: 'Spec' },
  { file: 'validate-state', schema: 'state.schema.json', type: 'State' },
  { file: 'validate-host', schema: 'host.schema.json', type: 'ToldFacts' },
  { file: 'validate-features', schema: 'features.schema.json', type: 'Features' },
  { file: 'validate-process', schema: 'process.schema.json#/definitions/Process', type: 'Process' },
  { file: 'validate-resources', schema: 'resources.schema.json#/definitions/LinuxResources', type: 'LinuxResources' },
] as const;

function readSchemas(): SchemaFile[] {
  const directory = join(ROOT, 'spec');
  const names = readdirSync(directory).filter((name) => name.endsWith('.schema.json'));
  return names.sort().map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as SchemaFile);
}

/**
 * One validator as an ES module without imports. All errors are collected in one pass, which is no slower than stopping
 * at the first while there is none (numbers in spec/README.md). The messages are messages.ts's, so ajv's are left out.
 */
function generateValidator(schemas: readonly SchemaFile[], id: string): string {
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    strict: true,
    code: { source: true, esm: true, lines: true },
    schemas: schemas.map(withoutDescriptions),
  });
  const validate = ajv.getSchema(id);
  if (validate === undefined) throw new Error(`no schema has the $id ${id}`);
  const code = standaloneCode(ajv, validate);
  if (/\brequire\(|\bimport\b/.test(code)) throw new Error(`${id}: the validator needs a module of ajv's at run time`);
  return `${NOTICE}/* eslint-disable */\n${shortenValidator(code)}`;
}

/** ajv writes the schemas into the code; what validates nothing only makes that longer. */
function withoutDescriptions(file: SchemaFile): SchemaFile {
  const text = JSON.stringify(file, (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  );
  return JSON.parse(text) as SchemaFile;
}

function generateDeclaration(type: string): string {
  return `${NOTICE}
import type { SchemaError } from './messages.ts';
import type { ${type} } from './types.ts';

/** Whether \`data\` follows the schema; if not, \`errors\` has all that is wrong until the next call. */
export const validate: {
  (data: unknown): data is ${type};
  errors?: readonly SchemaError[] | null;
};
`;
}

function generateAll(): Map<string, string> {
  const schemas = readSchemas();
  const files = new Map([
    ['src/config/types.ts', NOTICE + generateTypes(schemas)],
    ['src/config/validate-functions.js', `${NOTICE}/* eslint-disable */\n${VALIDATOR_FUNCTIONS}`],
    ['src/config/properties.ts', `${NOTICE}/* eslint-disable */\n${generateProperties(schemas, 'Spec')}`],
  ]);
  for (const { file, schema, type } of VALIDATORS) {
    files.set(`src/config/${file}.js`, generateValidator(schemas, schema));
    files.set(`src/config/${file}.d.ts`, generateDeclaration(type));
  }
  return files;
}

function main(): void {
  const check = process.argv.includes('--check');
  let stale = 0;
  for (const [path, text] of generateAll()) {
    const full = join(ROOT, path);
    if (!check) {
      writeFileSync(full, text);
    } else if (readOrEmpty(full) !== text) {
      process.stderr.write(`${path} is stale: run bun scripts/generate-config.ts\n`);
      stale++;
    }
  }
  process.exitCode = stale === 0 ? 0 : 1;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

main();
