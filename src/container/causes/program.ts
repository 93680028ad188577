// Why a program, or the directory that it is to run in, can't be used.

import { posix } from 'node:path';
import type { Spec } from '../../config/types.ts';
import type { NuncError } from '../../error.ts';
import type { FileStatus } from '../../ffi/file-calls.ts';
import type { Ffi } from '../../ffi/port.ts';
import * as L from '../../linux/constants.ts';
import { DEFAULT_PATH, lastOfEach } from '../../plan/process.ts';
import { describeMode, EXECUTE, mayUse, processIdentity } from './access.ts';
import { describeContent } from './program-content.ts';
import type { Scene } from './scene.ts';
import { locate, type Located, type PlacedMount, type View, viewOf } from './view.ts';

export function hintForProgram(ffi: Ffi, error: NuncError, scene: Scene): string | undefined {
  const { spec } = scene;
  const name = spec.process?.args?.[0] ?? '';
  if (name === '') return 'the first of the args is the program';
  const view = viewOf(ffi, scene);
  if (name.includes('/')) return hintForPath(view, error, { path: inDirectory(spec, name), spec });
  const directories = [...new Set((pathOf(spec) ?? DEFAULT_PATH).split(':'))];
  const found = directories.map((directory) => inDirectory(spec, `${directory || '.'}/${name}`))
    .find((path) => isRegular(locate(view, path)));
  if (found !== undefined) return hintForPath(view, error, { path: found, spec });
  if (error.errno?.name !== 'ENOENT') return undefined;
  if (/\s/.test(name)) return 'every argument is an entry of its own in args';
  const searched = directories.map((directory) => JSON.stringify(directory)).join(', ');
  return `searched ${searched}${pathOf(spec) !== undefined ? '' : ', since /process/env sets no PATH'}`;
}

export function hintForWorkingDirectory(ffi: Ffi, error: NuncError, scene: Scene): string | undefined {
  const { spec } = scene;
  const located = locate(viewOf(ffi, scene), spec.process?.cwd ?? '/');
  if (error.errno?.name === 'EACCES') return closedDirectory(located, spec) ?? closed(located, spec, 'enter');
  if (error.errno?.name === 'ENOTDIR' && isRegular(located)) return `${JSON.stringify(located.path)} is a file`;
  return error.errno?.name === 'EROFS' ? 'it is not there, and can not be made there' : undefined;
}

function pathOf({ process }: Spec): string | undefined {
  return lastOfEach(process?.env ?? []).get('PATH');
}

function inDirectory({ process }: Spec, path: string): string {
  return path.startsWith('/') ? path : `${process?.cwd ?? '/'}/${path}`;
}

function statusOf({ found }: Located): FileStatus | undefined {
  return typeof found === 'number' ? undefined : found;
}

function isRegular(located: Located): boolean {
  return ((statusOf(located)?.mode ?? 0) & L.S_IFMT) === L.S_IFREG;
}

function hintForPath(view: View, error: NuncError, wanted: { path: string; spec: Spec }): string | undefined {
  const { path, spec } = wanted;
  const located = locate(view, path);
  switch (error.errno?.name) {
    case 'EACCES':
      return hintForDenial(view, located, spec);
    case 'ENOENT':
      return isRegular(located) ? describeContent(view, located) : describeMissing(view, located, path);
    case 'ENOTDIR':
      return isRegular(located) ? `${JSON.stringify(located.path)} is a file` : undefined;
    case 'ENOEXEC':
      return isRegular(located) ? describeContent(view, located) : undefined;
    case 'ETXTBSY':
      return 'somebody has it open for writing';
    case 'E2BIG':
      return 'args and env together are larger than the kernel takes, or one of them is (execve(2))';
    default:
      return undefined;
  }
}

function describeMissing(view: View, located: Located, asked: string): string | undefined {
  const { found, mount, path } = located;
  if (found === undefined) return mount === undefined ? undefined : describeCover(mount, path);
  const last = located.way.at(-1)?.path ?? '/';
  const name = path.slice(last === '/' ? 1 : last.length + 1);
  const where = mount === undefined ? '' : `, which is ${describeMount(mount)}`;
  const next = name.split('/')[0] ?? '';
  const leads = posix.normalize(asked) === path ? '' : `it leads to ${JSON.stringify(path)}: `;
  return `${leads}there is no ${JSON.stringify(next)} in ${JSON.stringify(last)}${where}`;
}

function describeMount({ index, mount }: PlacedMount): string {
  return `of ${JSON.stringify(mount.source ?? '')} (/mounts/${index})`;
}

/** What a file system of its own hides. */
function describeCover({ index, path: place, mount }: PlacedMount, path: string): string | undefined {
  if (mount.type !== 'tmpfs' || mount.options?.includes('tmpcopyup') === true) return undefined;
  return `${JSON.stringify(path)} is covered by the empty tmpfs at ${JSON.stringify(place)} (/mounts/${index})`;
}

function hintForDenial(view: View, located: Located, spec: Spec): string | undefined {
  const { mount, path } = located;
  if (mount?.mount.options?.includes('noexec') === true) {
    return `${JSON.stringify(path)} is on a mount with noexec (/mounts/${mount.index}/options)`;
  }
  const closedOne = closedDirectory(located, spec);
  if (closedOne !== undefined) return closedOne;
  if (!isRegular(located)) return undefined;
  const status = statusOf(located);
  if (status !== undefined && (status.mode & 0o111) === 0) {
    return `nobody may execute ${JSON.stringify(path)} ${describeMode(status)}`;
  }
  return closed(located, spec, 'execute') ?? describeContent(view, located) ?? describeModule(spec);
}

/** The first directory on the way that the process may not pass. */
function closedDirectory({ way }: Located, spec: Spec): string | undefined {
  const identity = processIdentity(spec);
  if (identity === undefined) return undefined;
  const first = way.find(({ status }) => !mayUse(identity, status, EXECUTE));
  if (first === undefined) return undefined;
  return `${JSON.stringify(first.path)} ${describeMode(first.status)} lacks x for ${describeUser(spec)}`;
}

function closed(located: Located, spec: Spec, what: string): string | undefined {
  const identity = processIdentity(spec);
  const status = statusOf(located);
  if (identity === undefined || status === undefined || mayUse(identity, status, EXECUTE)) return undefined;
  return `${describeUser(spec)} may not ${what} ${JSON.stringify(located.path)} ${describeMode(status)}`;
}

function describeUser(spec: Spec): string {
  const uid = spec.process?.user?.uid ?? 0;
  const host = processIdentity(spec)?.uid;
  return host === undefined || host === uid ? `uid ${uid}` : `uid ${uid} (${host} on the host)`;
}

/** What is left when nothing of the file forbids it. */
function describeModule({ process }: Spec): string | undefined {
  const { apparmorProfile: profile = '', selinuxLabel: label = '' } = process ?? {};
  if (profile !== '') return `the AppArmor profile ${JSON.stringify(profile)} may forbid it (/process/apparmorProfile)`;
  return label === '' ? undefined : `SELinux may forbid it to ${JSON.stringify(label)} (/process/selinuxLabel)`;
}
