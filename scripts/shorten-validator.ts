// ajv's standalone code, with what it writes out for each property of each schema in functions instead: a command loads
// the whole validator before it can read a config, and nine tenths of it only say what is wrong with one. Knows the
// forms in which ajv writes; one that it does not know stays as it is.

/** A document can have as many mistakes as it has bytes: what is beyond nobody is told (src/finding.ts). */
const MOST_ERRORS = 1000;

/** What all validators call: a module beside them. */
export const VALIDATOR_FUNCTIONS = `export function add(all, instancePath, keyword, params) {
const error = { instancePath, keyword, params };
if (all === null) return [error];
if (all.length < ${MOST_ERRORS}) all.push(error);
return all;
}
export function join(all, more) {
if (all === null) return more;
for (let i = 0; i < more.length && all.length < ${MOST_ERRORS}; i++) all.push(more[i]);
return all;
}
export function wrongType(all, instancePath, type) {
return add(all, instancePath, "type", { type });
}
export function checkInteger(all, value, instancePath, maximum, minimum) {
if (typeof value !== "number" || !isFinite(value)) return wrongType(all, instancePath, "integer");
if (value % 1) all = wrongType(all, instancePath, "integer");
if (value > maximum) all = add(all, instancePath, "maximum", { comparison: "<=", limit: maximum });
if (value < minimum) all = add(all, instancePath, "minimum", { comparison: ">=", limit: minimum });
return all;
}
`;
const IMPORT = 'import { add, checkInteger, join, wrongType } from "./validate-functions.js";';

/** One that is added to the list of errors: its path, keyword and parameters. */
const ERROR = new RegExp([
  String.raw`const (err\d+) = \{instancePath:?(.*?),schemaPath:"[^"]*",keyword:"(\w+)",params:(.*)\};`,
  String.raw`if\(vErrors === null\)\{\nvErrors = \[\1\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}\nerrors\+\+;`,
].join('\n'), 'g');

const INTEGER = new RegExp([
  String.raw`if\(!\(\(\(typeof (\w+) == "number"\) && \(!\(\1 % 1\) && !isNaN\(\1\)\)\) && \(isFinite\(\1\)\)\)\)\{`,
  String.raw`vErrors = wrongType\(vErrors, (.*), "integer"\);\n\}`,
  String.raw`if\(\(typeof \1 == "number"\) && \(isFinite\(\1\)\)\)\{`,
  String.raw`if\(\1 > (\S+) \|\| isNaN\(\1\)\)\{\n.*\n\}`,
  String.raw`if\(\1 < (\S+) \|\| isNaN\(\1\)\)\{\n.*\n\}\n\}`,
].join('\n'), 'g');

const SCHEMA = /^const (schema\d+) = (.*);$/gm;

/** Makes the code of a validator shorter, with the same errors but for their schemaPath. */
export function shortenValidator(code: string): string {
  const schemas = new Map(Array.from(code.matchAll(SCHEMA), ([, name = '', text = '']) => [name, text]));
  const enumOf = (name: string): string => (
    JSON.stringify((JSON.parse(schemas.get(name) ?? '{}') as { enum: unknown }).enum)
  );
  const shorter = code
    .replace(ERROR, (...[, , path, keyword, params]: string[]) => (
      `vErrors = add(vErrors, ${path === '' ? 'instancePath' : path}, "${keyword}", ${params});`
    ))
    .replace(/add\((.*), "type", \{type: ("\w+")\}\)/g, 'wrongType($1, $2)')
    // How many there are is told by the list.
    .replace(/^let errors = 0;\n|^errors = vErrors\.length;\n/gm, '')
    .replace(/return errors === 0;/g, 'return vErrors === null;')
    .replace(/\{instancePath="", parentData, parentDataProperty, rootData=data\}=\{\}/g, 'instancePath=""')
    .replace(/\{instancePath:(.*?),parentData:[^}]*\}/g, '$1')
    // Which would copy the list once for each entry of an array that has something wrong with it.
    .replace(/vErrors === null \? (\w+\.errors) : vErrors\.concat\(\1\)/g, 'join(vErrors, $1)')
    .replace(INTEGER, 'vErrors = checkInteger(vErrors, $1, $2, $3, $4);')
    .replace(/\b(schema\d+)\.enum\b/g, (_, name: string) => enumOf(name));
  const isUsed = (name: string): boolean => shorter.split(new RegExp(`\\b${name}\\b`)).length > 2;
  return `${IMPORT}\n${shorter.replace(SCHEMA, (line, name: string) => (isUsed(name) ? line : ''))}\n`;
}
