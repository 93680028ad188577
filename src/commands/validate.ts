// nunc validate: all errors and warnings of a bundle, for people or for programs. Exit status 1 when there are errors.

import { resolve } from 'node:path';
import { lineAt } from '../config/lines.ts';
import { loadDriver } from '../container/load-driver.ts';
import { validateBundle, type Verdict } from '../container/validate.ts';
import { sentenceOf } from '../error.ts';
import { type Finding, lineOf, printable } from '../finding.ts';
import { coloured } from '../log.ts';
import type { Invocation } from './command.ts';
import { readFormat } from './formats.ts';

const INVALID = 1;
const STDOUT = 1;
const [RED, YELLOW, GREEN] = [31, 33, 32];

export async function run({ options, globals, ffi, print }: Invocation): Promise<number> {
  const format = readFormat(options.string('format'));
  const config = options.string('config') || undefined;
  const verdict = validateBundle(ffi(), {
    bundle: resolve(options.string('bundle') ?? '.'),
    rootless: globals.rootless,
    cgroupDriver: await loadDriver(ffi(), globals.cgroupManager),
    ...(config === undefined ? {} : { config }),
  });
  const { errors, warnings } = verdict;
  const valid = errors.length === 0 && !(options.boolean('strict') && warnings.length > 0);
  print(format === 'json' ? toJson(verdict, valid) : toText(verdict, config ?? 'config.json'));
  return valid ? 0 : INVALID;
}

function toJson({ errors, warnings }: Verdict, valid: boolean): string {
  const entry = ({ text, ...rest }: Finding): object => ({ ...rest, message: text });
  return `${JSON.stringify({ valid, errors: errors.map(entry), warnings: warnings.map(entry) }, undefined, 2)}\n`;
}

function toText({ errors, warnings, text }: Verdict, name: string): string {
  let lines = '';
  for (const error of errors) lines += `${coloured(STDOUT, RED, 'error')}: ${told(error)}\n${excerpt(error, text)}`;
  for (const warning of warnings) lines += `${coloured(STDOUT, YELLOW, 'warning')}: ${told(warning)}\n`;
  const counts = [count(errors.length, 'error'), count(warnings.length, 'warning')].filter((words) => words !== '');
  const isValid = errors.length === 0 ? coloured(STDOUT, GREEN, 'valid') : '';
  const summary = isValid === '' ? counts.join(', ') : [`is ${isValid}`, ...counts].join(', ');
  return `${lines}${printable(name)}${isValid === '' ? ':' : ''} ${summary}\n`;
}

function told(finding: Finding): string {
  return printable(sentenceOf({ message: lineOf(finding, ''), hint: finding.hint }));
}

function count(number: number, word: string): string {
  if (number === 0) return '';
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

const WIDTH = 100;

/** The line in which a text stops being JSON, and a mark where. */
function excerpt({ text: message }: Finding, text: string): string {
  const [, line, column] = /^line (\d+), column (\d+): /.exec(message) ?? [];
  if (line === undefined || column === undefined) return '';
  const whole = lineAt(text, Number(line));
  const from = Math.max(0, Number(column) - 1 - WIDTH / 2);
  const shown = whole.slice(from, from + WIDTH).replaceAll('\t', ' ');
  const mark = ' '.repeat(printable(shown.slice(0, Number(column) - 1 - from)).length);
  return `  ${line} | ${printable(shown)}\n  ${' '.repeat(line.length)} | ${mark}^\n`;
}
