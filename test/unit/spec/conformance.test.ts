// spec/conformance.md points at code and at tests: they have to be there, the tests by their titles, and no property of
// the schemas may be without a row.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { propertiesOf } from '../../support/schema-properties.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const rows = readFileSync(`${root}/spec/conformance.md`, 'utf8').split('\n').filter((line) => /^\| (?!clause|---)/.test(line));

interface Row {
  readonly clause: string;
  readonly sources: string;
  readonly tests: string;
}

function parseRow(line: string): Row {
  const cells = line.slice(1, -1).split(' | ').map((cell) => cell.trim());
  expect(cells).toHaveLength(3);
  const [clause = '', sources = '', tests = ''] = cells;
  return { clause, sources, tests };
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** Everything that is a string in a file's code; comments are none. */
function stringsOf(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const strings: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      strings.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return strings;
}

const known = new Map<string, string[]>();

function titlesIn(path: string): string[] {
  const strings = known.get(path) ?? stringsOf(path);
  known.set(path, strings);
  return strings;
}

/** What is missing of a cell of `file` "title", "title", `file` "title". */
function missingTests(cell: string): string[] {
  const missing: string[] = [];
  for (const [, file = '', titles = ''] of cell.matchAll(/`([^`]+)`([^`]*)/g)) {
    const path = `${root}/test/${file}`;
    const wanted = [...titles.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
    if (!existsSync(path)) missing.push(file);
    else if (wanted.length === 0) missing.push(`a title in ${file}`);
    else missing.push(...wanted.filter((title) => !titlesIn(path).some((text) => text.includes(title))));
  }
  return missing;
}

describe('spec/conformance.md', () => {
  test.each(rows)('points at what exists: %s', (line) => {
    const { sources, tests } = parseRow(line);
    const files = quoted(sources).map((path) => (path.startsWith('spec/') ? path : `src/${path}`));
    expect(files).not.toEqual([]);
    expect(files.filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
    expect(quoted(tests)).not.toEqual([]);
    expect(missingTests(tests)).toEqual([]);
  });

  test('has a row for every property of the schemas', () => {
    const named = new Set(rows.flatMap((line) => quoted(parseRow(line).clause).flatMap(expandBraces)));
    const properties = [
      ...propertiesOf('config.schema.json'),
      ...propertiesOf('state.schema.json').map((property) => `state.${property}`),
      ...propertiesOf('features.schema.json').map((property) => `features.${property}`),
    ];
    expect(properties.length).toBeGreaterThan(200);
    expect(properties.filter((property) => !named.has(property.replace(/(\[\]|\.\*)$/, '')))).toEqual([]);
  });
});

/** `a.{b,c}` stands for `a.b` and `a.c`. */
function expandBraces(text: string): string[] {
  const match = /\{([^{}]*)\}/.exec(text);
  if (match === null) return [text];
  const [whole, list = ''] = match;
  return list.split(',').flatMap((part) => {
    return expandBraces(text.slice(0, match.index) + part + text.slice(match.index + whole.length));
  });
}
