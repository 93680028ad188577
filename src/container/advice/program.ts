// Advice on the program: whether what the container is to execute is in its rootfs, and can be executed. Says nothing
// where a mount may bring what is missing.

import { type Report, show } from '../../config/report.ts';
import { findProgram } from '../../host/find-program.ts';
import { inspectProgram, type ProgramFile } from '../../host/program-file.ts';
import { bindSource } from '../../plan/mounts.ts';
import { DEFAULT_PATH, lastOfEach } from '../../plan/process.ts';
import { advise, type Advised, isEmptyRootfs, isWithin, mayBeMounted, normalPath } from './advised.ts';

const POINTER = '/process/args/0';

interface Program {
  readonly path: string;
  readonly file: ProgramFile;
}

/** Looks where the container would: in the rootfs, and in bind mounts that cover the path. */
function look(advised: Advised, path: string): ProgramFile {
  const { ffi, rootfs, spec, mountOptions, bundle } = advised;
  const normal = normalPath(path);
  const mounts = spec.mounts ?? [];
  for (let i = mounts.length - 1; i >= 0; i--) {
    const mount = mounts[i];
    if (mount === undefined || mountOptions[i]?.bind !== true) continue;
    const destination = normalPath(mount.destination);
    if (!isWithin(normal, destination)) continue;
    const rest = normal.slice(destination.length);
    const source = bindSource(mount, bundle);
    return rest === '' ? inspectProgram(ffi, '/', source) : inspectProgram(ffi, source, rest);
  }
  return inspectProgram(ffi, rootfs, path);
}

function wanted({ spec }: Advised): { name: string; cwd: string; path: string } | undefined {
  const name = spec.process?.args?.[0];
  if (name === undefined || name === '') return undefined;
  const path = lastOfEach(spec.process?.env ?? []).get('PATH') ?? DEFAULT_PATH;
  return { name, cwd: spec.process?.cwd ?? '/', path };
}

/** What is executed, where it can be told. */
function programOf(advised: Advised): Program | undefined {
  const { ffi, rootfs } = advised;
  const asked = wanted(advised);
  if (asked === undefined || isEmptyRootfs(advised)) return undefined;
  const found = findProgram(ffi, rootfs, asked);
  if (found.found) return { path: found.path, file: look(advised, found.path) };
  for (const directory of found.searched) {
    const path = `${directory}/${asked.name}`;
    const file = look(advised, path);
    if ('executable' in file && file.executable) return { path, file };
  }
  return { path: found.path, file: asked.name.includes('/') ? look(advised, found.path) : found.file };
}

export function checkProgram(advised: Advised, report: Report): void {
  const asked = wanted(advised);
  const program = programOf(advised);
  if (asked === undefined || program === undefined) return;
  const { path, file } = program;
  const shown = show(path);
  switch (file.kind) {
    case 'missing': {
      if (mayBeMounted(advised)) return;
      const where = asked.name.includes('/') ? 'in the rootfs' : `in any directory of $PATH (${asked.path})`;
      advise(report, POINTER, [`${show(asked.name)} is not ${where}: start would fail`]);
      return;
    }
    case 'directory': case 'special':
      advise(report, POINTER, [`${shown} is ${file.kind === 'directory' ? 'a directory' : 'no regular file'}`]);
      return;
    case 'unreadable':
      return;
    default:
      if (!file.executable) advise(report, POINTER, [`nobody may execute ${shown}`, `chmod +x ${path}, in the rootfs`]);
  }
}

/** What the kernel would not know how to execute. */
export function checkFormat(advised: Advised, report: Report): void {
  const { path, file } = programOf(advised) ?? {};
  if (file?.kind === 'empty') advise(report, POINTER, [`${show(path)} is an empty file`]);
  if (file?.kind !== 'unknown') return;
  const hint = 'a script begins with "#!" and the path of its interpreter';
  advise(report, POINTER, [`${show(path)} is neither an ELF program nor a script`, hint]);
}

/** A loader or an interpreter that is missing makes execve(2) say that the program is: ENOENT. */
export function checkInterpreter(advised: Advised, report: Report): void {
  const { path, file } = programOf(advised) ?? {};
  if (file?.kind !== 'elf' && file?.kind !== 'script') return;
  const { interpreter } = file;
  if (interpreter === undefined) return;
  const { cwd = '/' } = advised.spec.process ?? {};
  const found = look(advised, interpreter.startsWith('/') ? interpreter : `${cwd}/${interpreter}`);
  if (found.kind !== 'missing' || (mayBeMounted(advised) && !interpreter.endsWith('\r'))) return;
  const what = file.kind === 'elf' ? 'its loader' : 'its interpreter';
  const hint = interpreter.endsWith('\r')
    ? 'its lines end as on Windows: take the carriage returns out'
    : file.kind === 'elf' ? 'it was built for another distribution, or the C library is missing' : undefined;
  advise(report, POINTER, [`${show(path)} can't be executed: ${what} ${show(interpreter)} is not in the rootfs`, hint]);
}

/** What runs on this machine without an emulator. */
const ALSO_RUNS: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['x86_64', 'i386', 'x32'], aarch64: ['aarch64', 'arm'],
};

export function checkArchitecture(advised: Advised, report: Report): void {
  const { path, file } = programOf(advised) ?? {};
  const own = advised.facts.architecture;
  if (file?.kind !== 'elf' || ALSO_RUNS[own]?.includes(file.architecture) === true) return;
  advise(report, POINTER, [`${show(path)} is a program for ${file.architecture}, and this machine is ${own}`,
    'use an image for this architecture, or register an emulator with binfmt_misc']);
}

/** The runtime makes it, as other runtimes do. */
export function checkWorkingDirectory(advised: Advised, report: Report): void {
  const cwd = advised.spec.process?.cwd ?? '/';
  const found = inspectProgram(advised.ffi, advised.rootfs, cwd);
  if (found.kind === 'missing') {
    const { mounts = [] } = advised.spec;
    const isMounted = mounts.some(({ destination }) => isWithin(normalPath(cwd), normalPath(destination)));
    if (isMounted || mayBeMounted(advised) || isEmptyRootfs(advised)) return;
    advise(report, '/process/cwd', [`${show(cwd)} is not in the rootfs: it is made, and is empty`]);
  } else if (found.kind !== 'directory') {
    advise(report, '/process/cwd', [`${show(cwd)} is not a directory`]);
  }
}
