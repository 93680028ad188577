// Writes log records for people and managers, to --log's file or to stderr. Knows nothing of what happened.
// Why a record goes where it goes: docs/decisions/log-records.md.

import { fstatSync, openSync, writeSync } from 'node:fs';
import { type ErrorDetails, NuncError, reasonOf } from './error.ts';

export type Level = 'error' | 'warning' | 'info' | 'debug';
type LogFormat = 'text' | 'json';

export interface LogSettings {
  /** --log; without it records go to stderr. */
  readonly file: string | undefined;
  /** --log with the name of a service in front; it has no file then. */
  readonly service?: LogService | undefined;
  readonly format: LogFormat;
  /** --log-level or --debug; what is logged without either depends on the place. */
  readonly level: Level | undefined;
}

export interface LogService {
  readonly kind: 'journald' | 'syslog';
  /** Who the records are said to come from. */
  readonly identifier: string;
}

export interface Log {
  /** What ends the command: one record in the log file however many lines it has, and every line plainly on stderr.
   *
   * @param details what programs can know of it, beside the message in records of JSON */
  error(lines: readonly string[], details?: ErrorDetails): void;
  /** What a person should know though the command goes on. */
  warning(message: string): void;
  /** What an option has asked for, whatever the level. */
  report(report: LogReport): void;
  /** What only --debug shows. */
  debug(message: string): void;
}

export interface LogReport {
  readonly title: string;
  /** For people. */
  readonly lines: readonly string[];
  /** For programs: what the JSON record has besides what every one has. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const STDERR = 2;

/**
 * Opens the log, creating its file as managers expect to find one.
 *
 * @throws NuncError (host) when the file can't be opened.
 */
export function openLog(settings: LogSettings): Log {
  const { file, format, level } = settings;
  if (file === undefined) return new StderrLog(settings);
  const descriptor = openFile(file);
  // podman parses the whole file as one JSON object: nothing may stand beside the error that nobody has asked for.
  const most = level ?? (format === 'json' ? 'error' : 'warning');
  return logBeside(most, (each, message, fields) => write(descriptor, formatRecord(format, each, message, fields)));
}

/** A class, whose methods are there already: every command opens two, and the closures of one took 25 us. */
class StderrLog implements Log {
  private readonly format: LogFormat;
  private readonly level: Level;

  constructor({ format, level = 'warning' }: LogSettings) {
    this.format = format;
    this.level = level;
  }

  error(lines: readonly string[], details?: ErrorDetails): void {
    for (const line of lines) this.record('error', line, details);
  }

  warning(message: string): void {
    if (this.level !== 'error') this.record('warning', message);
  }

  report({ title, lines, fields }: LogReport): void {
    if (this.format === 'json') write(STDERR, formatRecord(this.format, 'info', title, fields));
    else write(STDERR, [`nunc: ${title}`, ...lines].map((line) => `${escapeControls(line)}\n`).join(''));
  }

  debug(message: string): void {
    if (this.level === 'debug') this.record('debug', message);
  }

  private record(level: Level, message: string, details?: ErrorDetails): void {
    if (this.format === 'text' && isTerminal(STDERR)) write(STDERR, lineForPeople(level, message, details));
    else write(STDERR, formatRecord(this.format, level, message, { ...details }));
  }
}

/** @param fields what only records in JSON have */
type WriteRecord = (level: Level, message: string, fields?: LogReport['fields']) => void;

/** A log elsewhere than on stderr, which has errors as well.
 *
 * @param most what is least important of what is logged */
export function logBeside(most: Level, record: WriteRecord): Log {
  return {
    error(lines, details) {
      record('error', lines.join('; '), { ...details });
      const forPeople = isTerminal(STDERR);
      for (const line of lines) {
        write(STDERR, forPeople ? lineForPeople('error', line, details) : `${escapeControls(line)}\n`);
      }
    },
    warning(message) {
      if (most !== 'error') record('warning', message);
    },
    report({ title, lines, fields }) {
      record('info', [title, ...lines].join('\n'), fields);
    },
    debug(message) {
      if (most === 'debug') record('debug', message);
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

/** One record, newline included: logrus's text form, or a JSON object.
 *
 * @param fields what only the object has, but for an error's code */
export function formatRecord(
  format: LogFormat,
  level: Level,
  message: string,
  fields: LogReport['fields'] = {},
): string {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  if (format === 'json') return `${JSON.stringify({ level, msg: message, time, ...fields })}\n`;
  const code = typeof fields['code'] === 'string' ? ` code=${fields['code']}` : '';
  return `time="${time}" level=${level} msg="${escapeControls(message.replace(/["\\]/g, '\\$&'))}"${code}\n`;
}

const FAINT = 2;
/** Red, yellow, default, faint. */
const COLOURS: Readonly<Record<Level, number>> = { error: 31, warning: 33, info: 39, debug: FAINT };

function lineForPeople(level: Level, message: string, details?: ErrorDetails): string {
  const said = message.replace(/^nunc: /, '');
  const code = details === undefined ? '' : ` ${coloured(STDERR, FAINT, `[${details.code}]`)}`;
  return `nunc: ${coloured(STDERR, COLOURS[level], level)}: ${escapeControls(said)}${code}\n`;
}

/** Whether there is a person at the other end. Not isatty(3): `node:tty` costs 2 ms. */
export function isTerminal(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isCharacterDevice() && isTerminalDevice(status.rdev);
  } catch {
    return false;
  }
}

/** Of the kernel's list of devices (admin-guide/devices.txt): consoles and serial lines, /dev/tty and /dev/console,
 * pseudoterminals, and the consoles of virtual machines. */
function isTerminalDevice(device: number): boolean {
  const major = (device >> 8) & 0xfff;
  return major === 4 || major === 5 || (major >= 136 && major <= 143) || major === 204 || major === 229;
}

/** A text for a terminal in the colour of an SGR code (ECMA-48), where colours are wanted: https://no-color.org. */
export function coloured(descriptor: number, code: number, text: string): string {
  const { NO_COLOR: none, TERM: terminal } = process.env;
  if (none || !terminal || terminal === 'dumb' || !isTerminal(descriptor)) return text;
  return `\x1b[${code}m${text}\x1b[0m`;
}

// Whatever could end the line, start another record or move the cursor: control and format characters, line
// separators, lone surrogates. Names in a message come from config.json, which may be hostile.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
const ASCII = /^[ -~]*$/;

/** Whether there is nothing in a text but printable ASCII, which one look says: nearly always. */
export function isPlain(text: string): boolean {
  return ASCII.test(text);
}

/** Replaces what isn't printable by escapes as Go's %q has them. */
export function escapeControls(text: string): string {
  // Looking for any of the others takes many times as long.
  if (isPlain(text)) return text;
  return text.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  });
}
