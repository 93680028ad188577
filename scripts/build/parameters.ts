// Takes destructuring out of parameter lists: `function f({ a }) {` becomes `function f($0) { let { a } = $0;`. The
// engine makes an object for each name in a parameter, in every call: 1300 instructions, where a name of a `let` takes
// 50. Lists with a default value are left alone: there it does not. docs/decisions/engine.md has more.

import ts from 'typescript';

/** What replaces a part of the text, or comes in between when `end` is `start`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * @param text of a module of JavaScript, in which no name begins with "$parameter"
 * @returns the same in other words, in as many lines
 */
export function lowerParameters(text: string): string {
  if (text.includes('$parameter')) throw new Error('a name of the bundle begins with "$parameter"');
  const source = ts.createSourceFile('bundle.js', text, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) edits.push(...lower(source, node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return apply(text, edits);
}

type WithBody = ts.SignatureDeclaration & { readonly body?: ts.ConciseBody | undefined };

function lower(source: ts.SourceFile, { parameters, body }: WithBody): Edit[] {
  const patterns = parameters.map(({ name }) => name).filter((name) => !ts.isIdentifier(name));
  if (body === undefined || patterns.length === 0) return [];
  if (parameters.some((parameter) => parameter.getText(source).includes('='))) return [];
  const names = patterns.map((_, index) => `$parameter${index}`);
  const taken = patterns.map((pattern, index) => `${pattern.getText(source)} = ${names[index]}`).join(', ');
  const start = body.getStart(source);
  return [
    ...patterns.map((pattern, i) => ({ start: pattern.getStart(source), end: pattern.end, text: names[i] ?? '' })),
    ...ts.isBlock(body)
      ? [{ start: start + 1, end: start + 1, text: ` let ${taken};` }]
      : [
          { start, end: start, text: `{ let ${taken}; return ` },
          { start: body.end, end: body.end, text: '; }' },
        ],
  ];
}

/** Two in the same place are ends of arrow functions, which are alike. */
function apply(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of [...edits].sort((one, other) => one.start - other.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
