// Explains the command line, with yargs. Loaded only when someone asks or errs: importing yargs takes as long as
// starting the engine. Parses nothing.

import type { Argv } from 'yargs';
import yargs from 'yargs/yargs';
import { type CommandEntry, commands, globalOptions, type Option } from './table.ts';

const WIDTH = 100;

/** The help of one command, or of nunc as a whole; ends with a newline. */
export async function renderHelp(command?: CommandEntry): Promise<string> {
  const parser = yargs([]).scriptName('nunc').detectLocale(false).help(false).version(false).wrap(WIDTH);
  const described = command === undefined ? describeAll(parser) : describeCommand(parser, command);
  return `${await described.getHelp()}\n`;
}

function describeAll(parser: Argv): Argv {
  parser.usage('nunc [global options] command [options] [arguments]\n\nRuns OCI containers.');
  for (const command of commands) parser.command(signature(command), command.summary);
  parser.command('help [command]', 'show help of one command, or this');
  addOptions(parser, globalOptions);
  return parser.example('nunc run -b bundles/hello demo', 'run the bundle in bundles/hello as container "demo"');
}

function describeCommand(parser: Argv, command: CommandEntry): Argv {
  parser.usage(`nunc ${signature(command)}\n\n${command.summary}`);
  for (const { name, help } of command.positionals) parser.positional(name, { type: 'string', describe: help });
  return addOptions(parser, command.options);
}

function signature(command: CommandEntry): string {
  let text = command.name;
  for (const { name, optional } of command.positionals) text += optional === true ? ` [${name}]` : ` <${name}>`;
  return text;
}

/** yargs' words for the kinds of options. */
const TYPES = {
  boolean: 'boolean', string: 'string', number: 'number', integer: 'number', strings: 'array',
} as const;

function addOptions(parser: Argv, options: readonly Option[]): Argv {
  for (const option of options) {
    if (option.hidden === true) continue;
    const value = option.placeholder === undefined ? '' : `${option.placeholder}: `;
    parser.option(option.name, { type: TYPES[option.kind], describe: value + option.help, ...aliasOf(option) });
  }
  return parser.option('help', { alias: 'h', type: 'boolean', describe: 'show this' });
}

function aliasOf(option: Option): { alias?: string } {
  return option.alias === undefined ? {} : { alias: option.alias };
}
