// node:path.

import { basename, dirname, normalize, posix, resolve } from 'node:path';
import { Digest, randomIntegers } from '../../../support/engine/show.ts';

/** Every path of up to `length` parts. */
function pathsOf(parts: readonly string[], length: number): string[] {
  const all = [''];
  for (let from = 0, round = 0; round < length; round++) {
    const to = all.length;
    for (let i = from; i < to; i++) for (const part of parts) all.push(`${all[i] ?? ''}${part}`);
    from = to;
  }
  return all;
}

const PATHS = pathsOf(['/', '.', 'a', '..', 'bc/', '\\', ' '], 5);

const each = (use: (path: string) => string) => () => {
  const digests: string[] = [];
  for (let at = 0; at < PATHS.length; at += 2000) {
    const digest = new Digest();
    for (const path of PATHS.slice(at, at + 2000)) digest.add(use(path));
    digests.push(digest.toString());
  }
  return digests;
};

const EXAMPLES = ['', '/', '//', '///', '.', '..', './', '../', '/.', '/..', '/../', 'a', 'a/', 'a//', '/a', '//a',
  '//a/',
  'a/b', 'a//b', 'a/b/', 'a/./b', 'a/../b', 'a/../../b', '/a/../../b', '...', '/...', 'a/...', '.a', 'a.', ' ',
    'a b/ c',
  'ä/三', 'a\\b', 'a\nb/', '../../a', './../a', '/a/b/..', '/a/b/.', 'a/b/../..', 'a/b/../../', './.', './/'];

export const paths = {
  'examples': () => EXAMPLES.map((path) => [normalize(path), dirname(path), basename(path), resolve('/x', path)]),
  'normalize()': each(normalize),
  'dirname()': each(dirname),
  'basename()': each(basename),
  'resolve() from a directory': each((path) => resolve('/some/where', path)),
  'resolve() from here': each((path) => resolve(path).replace(process.cwd(), '<here>')),
  'resolve() of several': () => {
    const digest = new Digest();
    const below = randomIntegers(20_211);
    const some = (): string => PATHS[below(PATHS.length)] ?? '';
    for (let i = 0; i < 5000; i++) digest.add(resolve('/start', some(), some(), some()));
    return [digest.toString(), resolve('/a', '/b', 'c'), resolve('/a', '', 'c'), resolve('/', 'a'), resolve('/a/',
      '../b')];
  },
  'posix': () => EXAMPLES.map((path) => [posix.normalize(path), posix.dirname(path), posix.basename(path)]),
};
