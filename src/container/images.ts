// The directories of a checkpoint: CRIU's images and, beside them, what the standard streams of the container's first
// process led to; and where CRIU works and writes its log.

import { closeSync, constants, mkdirSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { CriuError } from '../criu/conversation.ts';
import { lastErrors } from '../criu/log-file.ts';
import type { CriuOptions } from '../criu/messages.ts';
import { codeOf, messageOf, NuncError, reasonOf } from '../error.ts';

/** What both commands are told. */
export interface CriuSettings {
  /** Absolute. */
  readonly imagePath: string;
  /** Absolute; `imagePath` when not given. */
  readonly workPath?: string;
  /** What the command line says to CRIU alone. */
  readonly flags: Partial<CriuOptions>;
}

/** CRIU's log has all there is at this level. */
const LOG_LEVEL = 4;

export interface OpenedDirectories {
  readonly options: Pick<CriuOptions, 'imagesDirFd' | 'workDirFd' | 'logFile' | 'logLevel'>;
  /** Where the log is. */
  readonly log: string;
  readonly close: () => void;
}

/** Opens both, and makes the one to work in; `logFile` is a name. */
export function openDirectories({ imagePath, workPath }: CriuSettings, logFile: string): OpenedDirectories {
  const opened: number[] = [];
  const close = (): void => {
    for (const descriptor of opened) closeSync(descriptor);
  };
  const open = (path: string): number => {
    const descriptor = openDirectory(path);
    opened.push(descriptor);
    return descriptor;
  };
  try {
    if (workPath !== undefined) makeDirectories(workPath);
    const imagesDirFd = open(imagePath);
    const options = { imagesDirFd, logFile, logLevel: LOG_LEVEL };
    const log = `${workPath ?? imagePath}/${logFile}`;
    return { options: workPath === undefined ? options : { ...options, workDirFd: open(workPath) }, log, close };
  } catch (error) {
    close();
    throw error;
  }
}

function openDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    throw new NuncError('usage', `cannot open ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}

export function makeDirectories(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new NuncError('usage', `cannot make the directory ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}

/** Why CRIU has failed, with what its log says. */
export function explainFailure(action: string, cause: unknown, log: string): unknown {
  // Nothing that has failed: a mistake, or a config that is none any more, which who relies on it finds out.
  if (!(cause instanceof NuncError) && codeOf(cause) === undefined) return cause;
  if (!(cause instanceof CriuError)) {
    const kind = cause instanceof NuncError ? cause.kind : 'host';
    return new NuncError(kind, `cannot ${action}: ${messageOf(cause)}`, { cause, code: 'E_CHECKPOINT' });
  }
  const told = lastErrors(log) || cause.told;
  const reason = told === '' ? cause.message : `${cause.message}: ${told}`;
  return new NuncError('host', `cannot ${action}: ${reason} (log file: ${log})`, { cause, code: 'E_CHECKPOINT' });
}

/** As runc calls it, so that images of either can be restored by the other. */
const DESCRIPTORS = 'descriptors.json';

/** Writes down what the standard streams of a process lead to. */
export function saveStreams(imagePath: string, pid: number): void {
  const links = [0, 1, 2].map((descriptor) => linkOf(pid, descriptor));
  writeFileSync(`${imagePath}/${DESCRIPTORS}`, JSON.stringify(links), { mode: 0o600 });
}

/** '' for one that is closed. */
function linkOf(pid: number, descriptor: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return '';
  }
}

/** The streams that were pipes: their other ends are gone, this command's own streams take their place. */
export function readStreams(imagePath: string): { readonly key: string; readonly fd: number }[] {
  const path = `${imagePath}/${DESCRIPTORS}`;
  let links: unknown;
  try {
    links = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new NuncError('usage', `cannot read ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
  if (!Array.isArray(links)) throw new NuncError('usage', `cannot read ${JSON.stringify(path)}: it is no list`);
  const streams: { key: string; fd: number }[] = [];
  links.forEach((key: unknown, fd) => {
    if (typeof key === 'string' && key.includes('pipe:')) streams.push({ key, fd });
  });
  return streams;
}
