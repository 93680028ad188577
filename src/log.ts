// Writes log records for people and managers, to --log's file or to stderr. Knows nothing of what happened.
// Why a record goes where it goes: docs/decisions/log-records.md.

import { openSync, writeSync } from 'node:fs';
import { NuncError, reasonOf } from './error.ts';

type Level = 'error' | 'warning' | 'debug';
type LogFormat = 'text' | 'json';

export interface LogSettings {
  /** --log; without it records go to stderr. */
  readonly file: string | undefined;
  readonly format: LogFormat;
  readonly debug: boolean;
}

export interface Log {
  /** What ends the command: one record in the log file however many lines it has, and every line plainly on stderr. */
  error(lines: readonly string[]): void;
  /** What a person should know though the command goes on. */
  warning(message: string): void;
  /** What only --debug shows. */
  debug(message: string): void;
}

const STDERR = 2;

/**
 * Opens the log, creating its file as managers expect to find one.
 *
 * @throws NuncError (host) when the file can't be opened.
 */
export function openLog(settings: LogSettings): Log {
  const descriptor = settings.file === undefined ? STDERR : openFile(settings.file);
  const toFile = descriptor !== STDERR;
  const record = (level: Level, message: string): void => {
    write(descriptor, formatRecord(settings.format, level, message));
  };
  // podman parses the whole file as one JSON object: nothing may stand beside the error.
  const warns = !toFile || settings.format === 'text' || settings.debug;
  return {
    error(lines) {
      if (!toFile) {
        for (const line of lines) record('error', line);
        return;
      }
      record('error', lines.join('; '));
      for (const line of lines) write(STDERR, `${escapeControls(line)}\n`);
    },
    warning(message) {
      if (warns) record('warning', message);
    },
    debug(message) {
      if (settings.debug) record('debug', message);
    },
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, 'a', 0o644);
  } catch (cause) {
    throw new NuncError('host', `cannot open log file ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}

function write(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // A full disk or a closed stderr: there is nobody left to tell, and the exit status still says it.
  }
}

/** One record, newline included: logrus's text form, or a JSON object. */
export function formatRecord(format: LogFormat, level: Level, message: string): string {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  if (format === 'json') return `${JSON.stringify({ level, msg: message, time })}\n`;
  return `time="${time}" level=${level} msg="${escapeControls(message.replace(/["\\]/g, '\\$&'))}"\n`;
}

// Whatever could end the line, start another record or move the cursor: control and format characters, line
// separators, lone surrogates. Names in a message come from config.json, which may be hostile.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Replaces what isn't printable by escapes as Go's %q has them. */
export function escapeControls(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  });
}
