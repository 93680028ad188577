// What in a file keeps the kernel from executing it: another architecture, an interpreter or loader that is not there,
// no format that it knows.

import { basename, dirname } from 'node:path';
import { architecture } from '../../host/probe.ts';
import { inspectProgram, type ProgramFile } from '../../host/program-file.ts';
import * as L from '../../linux/constants.ts';
import { locate, type Located, type View } from './view.ts';

/** Interpreters of interpreters that the kernel follows: fs/exec.c. */
const DEEPEST = 4;

/** The loaders of both C libraries, by whom they belong to. */
const LOADERS = [
  ['glibc', /^\/lib(64)?\/ld-linux/], ['musl', /^\/lib\/ld-musl-/],
] as const;
const KNOWN_LOADERS: Readonly<Record<string, readonly string[]>> = {
  glibc: ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'],
  musl: ['/lib/ld-musl-x86_64.so.1', '/lib/ld-musl-aarch64.so.1'],
};

/** @returns undefined when there is nothing wrong with it */
export function describeContent(view: View, located: Located, depth = 0): string | undefined {
  const file = inspect(view, located);
  const what = depth === 0 ? 'it' : JSON.stringify(located.path);
  switch (file.kind) {
    case 'empty':
      return `${what} is empty`;
    case 'unknown':
      return `${what} is neither an ELF executable nor a script that begins with #!`;
    case 'elf':
      return describeElf(view, file, { what, depth });
    case 'script':
      return describeScript(view, file.interpreter, { what, depth });
    default:
      return undefined;
  }
}

function inspect({ ffi }: View, { base, below }: Located): ProgramFile {
  return below === '' ? inspectProgram(ffi, dirname(base), basename(base)) : inspectProgram(ffi, base, below);
}

interface Described {
  readonly what: string;
  readonly depth: number;
}

function describeElf(
  view: View,
  file: Extract<ProgramFile, { kind: 'elf' }>,
  { what, depth }: Described,
): string | undefined {
  const own = architecture();
  if (file.architecture !== own && !(own === 'x86_64' && file.architecture === 'i386')) {
    return `${what} is for ${file.architecture}, and this machine is ${own}`;
  }
  const { interpreter } = file;
  if (interpreter === undefined || depth >= DEEPEST) return undefined;
  const found = locate(view, interpreter);
  if (isFile(found)) return describeContent(view, found, depth + 1);
  if (found.found === undefined) return undefined;
  return `its loader ${JSON.stringify(interpreter)} is not in the container${describeLibrary(view, interpreter)}`;
}

/** Programs of one distribution in the files of another are the usual reason. */
function describeLibrary(view: View, loader: string): string {
  const wanted = LOADERS.find(([, pattern]) => pattern.test(loader))?.[0];
  if (wanted === undefined) return '';
  const present = LOADERS.map(([name]) => name)
    .find((name) => name !== wanted && KNOWN_LOADERS[name]?.some((path) => isFile(locate(view, path))));
  const belongs = `: it was built for ${wanted}`;
  return present === undefined ? belongs : `${belongs}, and the container has ${present}`;
}

function describeScript(view: View, interpreter: string, { what, depth }: Described): string | undefined {
  const script = depth === 0 ? 'it is a script, and' : `${what} is a script, and`;
  if (interpreter.endsWith('\r')) {
    return `${script} its first line ends in a carriage return: its interpreter is ${JSON.stringify(interpreter)}`;
  }
  if (depth >= DEEPEST) return undefined;
  const found = locate(view, interpreter);
  if (found.found === undefined) return undefined;
  if (!isFile(found)) return `${script} its interpreter ${JSON.stringify(interpreter)} is not in the container`;
  const further = describeContent(view, found, depth + 1);
  if (further !== undefined) return `${script} of its interpreter: ${further}`;
  const executable = typeof found.found === 'object' && (found.found.mode & 0o111) !== 0;
  return executable ? undefined : `${script} nobody may execute its interpreter ${JSON.stringify(interpreter)}`;
}

function isFile({ found }: Located): boolean {
  return typeof found === 'object' && (found.mode & L.S_IFMT) === L.S_IFREG;
}
