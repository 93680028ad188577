// Explains the command line; the tables of options and examples are made by yargs. Loaded only when someone asks or
// errs: importing yargs takes as long as starting the engine. Parses nothing.

import type { Argv } from 'yargs';
import yargs from 'yargs/yargs';
import { type Example, groups, manuals, overview } from './manual.ts';
import { describeOption, shownOptions, signatureOf } from './signature.ts';
import { type CommandEntry, commands, globalOptions, type Option } from './table.ts';

/** Lines of a wider terminal would be hard to read. */
const MOST_COLUMNS = 100;
const LEAST_COLUMNS = 50;

/** The help of a command, or of nunc as a whole: several lines. */
export function renderHelp(command?: CommandEntry): Promise<string> {
  const width = helpWidth();
  return command === undefined ? renderOverview(width) : renderCommand(command, width);
}

/** One line. */
export function renderUsage(command?: CommandEntry): string {
  if (command === undefined) return 'Usage: nunc [global options] command [options] [arguments]\n';
  return `Usage: nunc ${signatureOf(command)}\n`;
}

function helpWidth(): number {
  const columns = process.stdout.isTTY ? process.stdout.columns : MOST_COLUMNS;
  return Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, columns || MOST_COLUMNS));
}

async function renderOverview(width: number): Promise<string> {
  let text = `${renderUsage()}\n${paragraphs(overview.about, width)}`;
  for (const group of groups) {
    text += listed(`${group}:`, commands.filter((command) => manuals[command.name]?.group === group), width);
  }
  // Nobody is to look for a command in vain because nothing else has been said of it yet.
  text += listed('Other commands:', commands.filter((command) => manuals[command.name] === undefined), width);
  const tables = await renderTables(width, (parser) => {
    addOptions(parser, globalOptions, 'Global options:');
    addExamples(parser, overview.examples);
  });
  return `${text}${tables}\n"nunc help COMMAND" explains one command.\n`;
}

async function renderCommand(command: CommandEntry, width: number): Promise<string> {
  const manual = manuals[command.name];
  const about = [capitalized(`${command.summary}.`), ...(manual?.about ?? [])];
  const tables = await renderTables(width, (parser) => {
    for (const { name, help } of command.positionals) parser.positional(name, { describe: help });
    addOptions(parser, command.options, 'Options:');
    addExamples(parser, manual?.examples ?? []);
  });
  return `${renderUsage(command)}\n${paragraphs(about, width)}${tables}`;
}

async function renderTables(width: number, fill: (parser: Argv) => void): Promise<string> {
  const parser = yargs([]).scriptName('nunc').detectLocale(false).help(false).version(false).wrap(width);
  fill(parser);
  return `${await parser.getHelp()}\n`;
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function listed(heading: string, members: readonly CommandEntry[], width: number): string {
  if (members.length === 0) return '';
  const longest = Math.max(...commands.map(({ name }) => name.length));
  const indented = `\n${' '.repeat(longest + 4)}`;
  const lines = members.map(({ name, summary }) => {
    return `  ${name.padEnd(longest)}  ${wrap(summary, width - longest - 4).replaceAll('\n', indented)}\n`;
  });
  return `${heading}\n${lines.join('')}\n`;
}

/** Each followed by an empty line. */
function paragraphs(texts: readonly string[], width: number): string {
  return texts.map((text) => `${wrap(text, width)}\n\n`).join('');
}

function wrap(text: string, width: number): string {
  let wrapped = '';
  let column = 0;
  for (const word of text.split(' ')) {
    const fits = column + 1 + word.length <= width;
    wrapped += column === 0 ? word : `${fits ? ' ' : '\n'}${word}`;
    column = column > 0 && fits ? column + 1 + word.length : word.length;
  }
  return wrapped;
}

function addOptions(parser: Argv, options: readonly Option[], heading: string): void {
  const shown = shownOptions(options);
  for (const option of shown) parser.option(option.name, { describe: describeOption(option), ...aliasOf(option) });
  parser.group(shown.map(({ name }) => name), heading);
}

function aliasOf(option: Option): { alias?: string } {
  return option.alias === undefined ? {} : { alias: option.alias };
}

function addExamples(parser: Argv, examples: readonly Example[]): void {
  for (const [line, meaning] of examples) parser.example(line, meaning);
}
