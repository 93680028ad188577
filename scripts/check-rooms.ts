// Checks the way through the code (CONTRIBUTING.md): each room of src/ imports only rooms below it, and
// the pure ones reach neither the host nor the engine. Prints a line per violation. Run by Bun: `npm run check:rooms`.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** From top to bottom; a file directly in src/ is a room of its own, or shares one with its equals. */
const rooms = [
  'nunc-quickjs.ts nunc-node.ts', 'main.ts', 'commands', 'container', 'launch', 'criu', 'network', 'resctrl', 'cgroup',
  'dbus', 'elf', 'plan', 'seccomp', 'ebpf', 'config', 'host', 'engine', 'ffi', 'linux', 'error.ts log.ts version.ts',
  'finding.ts',
];

/** No node:*, bun:*, ffi, clock or environment: what they must know of the host comes in as data. */
const pure = new Set(['elf', 'plan', 'seccomp', 'ebpf', 'linux']);
/** What else is pure and may be run by pure rooms. Types may come from any room below. */
const pureFiles = /^(error\.ts|finding\.ts|config\/(report\.ts|rules\/.*)|network\/messages\.ts)$/;

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Every import and re-export of a file, dynamic and type ones too. */
function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(src, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node === undefined || !ts.isStringLiteralLike(node)) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    found.push({ specifier: node.text, typeOnly, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnly(node));
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeOnly(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return (
    clause.name === undefined && names !== undefined && ts.isNamedImports(names) &&
    names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly)
  );
}

/** Index in `rooms`; -1 for a file of no room. */
function roomOf(file: string): number {
  const top = file.split('/', 1)[0] ?? '';
  return rooms.findIndex((names) => names.split(' ').includes(top));
}

function roomName(file: string): string {
  return file.split('/', 1)[0] ?? '';
}

function isPureFile(file: string): boolean {
  return pure.has(roomName(file)) || pureFiles.test(file);
}

/** What is wrong with one import; undefined when nothing is. */
function violation(file: string, { specifier, typeOnly }: Import): string | undefined {
  const isPure = isPureFile(file);
  if (!specifier.startsWith('.')) {
    return isPure && !typeOnly ? `${roomName(file)}/ is pure, but imports ${specifier}` : undefined;
  }
  const target = normalize(join(dirname(file), specifier));
  if (roomOf(target) < 0) return `imports ${target}, which is in no room of src/`;
  if (roomOf(target) < roomOf(file)) return `imports ${target}, which is in a room above`;
  if (isPure && roomName(target) === 'ffi') return `${roomName(file)}/ is pure, but imports ${target}`;
  if (isPure && !isPureFile(target) && !typeOnly) return `${roomName(file)}/ is pure, but runs code of ${target}`;
  return undefined;
}

let violations = 0;
const complain = (where: string, what: string): void => {
  console.error(`src/${where}: ${what}`);
  violations++;
};
for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!/\.[jt]s$/.test(file)) continue;
  if (roomOf(file) < 0) complain(file, 'is in no room: give it a place in scripts/check-rooms.ts');
  for (const found of importsOf(file)) {
    const wrong = violation(file, found);
    if (wrong !== undefined) complain(`${file}:${found.line}`, wrong);
  }
}
if (violations > 0) process.exit(1);
