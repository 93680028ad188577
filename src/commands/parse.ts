// Reads a command line as runc's does (Go's flag package): `-name` and `--name` are the same, values follow `=` or come
// next, `--` ends the options. Knows no command: it is given tables of options. Ours rather than a library's because a
// library's import costs more than all the rest of `nunc state`: docs/decisions/command-line.md.

import { NuncError } from '../error.ts';
import type { Options } from './command.ts';
import type { CommandEntry, Option, Positional } from './table.ts';

/** A flag that there is not, for whoever looks for what was meant. */
interface UnknownFlag {
  readonly word: string;
  readonly known: readonly string[];
}

/** A command line that can't be understood; the help of `command` (or of nunc as a whole) goes with the message. */
export class UsageError extends NuncError {
  readonly command: CommandEntry | undefined;
  readonly unknown: UnknownFlag | undefined;

  constructor(message: string, command?: CommandEntry, unknown?: UnknownFlag) {
    super('usage', message);
    this.command = command;
    this.unknown = unknown;
  }
}

type Value = string | boolean | number | readonly string[];

interface ParsedOptions extends Options {
  /** -h or --help was among them. */
  readonly help: boolean;
  /** --usage was. */
  readonly usage: boolean;
}

interface ParsedArguments {
  readonly options: ParsedOptions;
  /** What is no option, in order. */
  readonly positionals: readonly string[];
}

/** What every command has, and nunc itself; the last names are crun's. */
const helpOption: Option = { name: 'help', alias: 'h', otherNames: ['?'], kind: 'boolean', help: 'show help' };
const usageOption: Option = { name: 'usage', kind: 'boolean', help: 'show how it is called', hidden: true };

/**
 * Reads the options before the command; the first positional is the command and all that follows is its own.
 *
 * @throws UsageError
 */
export function parseGlobals(args: readonly string[], options: readonly Option[]): ParsedArguments {
  return parse(args, options, undefined);
}

/**
 * Reads what follows a command's name; options may also come after positionals.
 *
 * @throws UsageError also when there are too few or too many positionals, unless help is asked for.
 */
export function parseCommand(args: readonly string[], command: CommandEntry): ParsedArguments {
  const parsed = parse(args, command.options, command);
  if (!parsed.options.help && !parsed.options.usage) checkCount(parsed.positionals.length, command);
  return parsed;
}

function parse(args: readonly string[], options: readonly Option[], command?: CommandEntry): ParsedArguments {
  const values = new Map<string, Value>();
  const positionals: string[] = [];
  let i = 0;
  while (i < args.length) {
    const argument = args[i++] ?? '';
    if (argument === '--') break;
    if (argument.length < 2 || !argument.startsWith('-')) {
      positionals.push(argument);
      if (command === undefined || isRest(command.positionals[positionals.length])) break;
      continue;
    }
    const { name, attached } = splitFlag(argument, command);
    const option = findOption(options, name);
    if (option === undefined) throw unknownFlag(name, options, command);
    let value = attached;
    if (value === undefined && option.kind !== 'boolean') {
      if (i >= args.length) throw new UsageError(`flag needs an argument: -${name}`, command);
      value = args[i++];
    }
    const parsed = parseValue(value, { option, name, command });
    values.set(option.name, option.repeatable === true ? added(values.get(option.name), parsed) : parsed);
  }
  while (i < args.length) positionals.push(args[i++] ?? '');
  return { options: new GivenOptions(values, options), positionals };
}

/** With what an option that may be repeated was given before. */
function added(values: Value | undefined, value: Value): readonly string[] {
  return typeof values === 'object' ? [...values, String(value)] : [String(value)];
}

function unknownFlag(name: string, options: readonly Option[], command?: CommandEntry): UsageError {
  const known = options.filter(({ hidden }) => hidden !== true).map((option) => option.name);
  return new UsageError(`flag provided but not defined: -${name}`, command, {
    word: name, known: [...known, helpOption.name],
  });
}

/** What is another program's is not looked into. */
function isRest(positional: Positional | undefined): boolean {
  return positional?.rest === true;
}

function splitFlag(argument: string, command?: CommandEntry): { name: string; attached?: string } {
  const flag = argument.slice(argument.startsWith('--') ? 2 : 1);
  if (flag.startsWith('-') || flag.startsWith('=')) throw new UsageError(`bad flag syntax: ${argument}`, command);
  const equals = flag.indexOf('=');
  return equals < 0 ? { name: flag } : { name: flag.slice(0, equals), attached: flag.slice(equals + 1) };
}

function findOption(options: readonly Option[], name: string): Option | undefined {
  // By their own names first: every question of a command's comes here.
  for (let i = 0; i < options.length; i++) if (options[i]?.name === name) return options[i];
  for (let i = 0; i < options.length; i++) {
    const option = options[i] as Option;
    if (isNamed(option, name)) return option;
  }
  if (isNamed(helpOption, name)) return helpOption;
  return isNamed(usageOption, name) ? usageOption : undefined;
}

function isNamed(option: Option, name: string): boolean {
  return option.name === name || option.alias === name || option.otherNames?.includes(name) === true;
}

interface Flag {
  readonly option: Option;
  /** As it was written. */
  readonly name: string;
  readonly command: CommandEntry | undefined;
}

function parseValue(text: string | undefined, { option, name, command }: Flag): Value {
  switch (option.kind) {
    case 'string':
      return text ?? '';
    case 'boolean': {
      const value = text === undefined ? true : parseBoolean(text);
      if (value !== undefined) return value;
      throw new UsageError(`invalid boolean value ${JSON.stringify(text)} for -${name}: parse error`, command);
    }
    case 'number':
    case 'integer': {
      // Decimal only: 010 and 0x10 mean one thing to Go, another to a person.
      const form = option.kind === 'number' ? /^(?:0|[1-9][0-9]*)$/ : /^(?:0|-?[1-9][0-9]*)$/;
      const value = form.test(text ?? '') ? Number(text) : undefined;
      if (value !== undefined && Math.abs(value) <= 0x7fff_ffff) return value;
      const reason = value === undefined ? 'parse error' : 'value out of range';
      throw new UsageError(`invalid value ${JSON.stringify(text)} for flag -${name}: ${reason}`, command);
    }
  }
}

/** What Go takes for a boolean. */
export function parseBoolean(text: string): boolean | undefined {
  switch (text) {
    case '1': case 't': case 'T': case 'true': case 'TRUE': case 'True':
      return true;
    case '0': case 'f': case 'F': case 'false': case 'FALSE': case 'False':
      return false;
    default:
      return undefined;
  }
}

function checkCount(count: number, command: CommandEntry): void {
  const most = isRest(command.positionals.at(-1)) ? Infinity : command.positionals.length;
  let least = 0;
  for (const positional of command.positionals) {
    if (positional.optional !== true) least++;
  }
  let expected: string | undefined;
  if (least === most && count !== most) expected = `exactly ${most}`;
  else if (count < least) expected = `a minimum of ${least}`;
  else if (count > most) expected = `a maximum of ${most}`;
  if (expected !== undefined) {
    throw new UsageError(`nunc: "${command.name}" requires ${expected} argument(s)`, command);
  }
}

/** A class, whose methods are there before any command line is: closures would be made anew for each (30 us). */
class GivenOptions implements ParsedOptions {
  readonly help: boolean;
  readonly usage: boolean;
  private readonly values: ReadonlyMap<string, Value>;
  private readonly options: readonly Option[];

  constructor(values: ReadonlyMap<string, Value>, options: readonly Option[]) {
    this.values = values;
    this.options = options;
    this.help = values.get(helpOption.name) === true;
    this.usage = values.get(usageOption.name) === true;
  }

  string(name: string): string | undefined {
    const value = this.get(name, ['string']);
    return typeof value === 'string' ? value : undefined;
  }

  strings(name: string): readonly string[] {
    const value = this.get(name, ['string'], true);
    return typeof value === 'object' ? value : [];
  }

  boolean(name: string): boolean {
    return this.get(name, ['boolean']) === true;
  }

  given(name: string): boolean {
    return this.values.has(name);
  }

  number(name: string): number | undefined {
    const value = this.get(name, ['integer', 'number']);
    return typeof value === 'number' ? value : undefined;
  }

  private get(name: string, kinds: readonly Option['kind'][], repeatable = false): Value | undefined {
    const option = findOption(this.options, name);
    if (option !== undefined && kinds.includes(option.kind) && (option.repeatable === true) === repeatable) {
      return this.values.get(name);
    }
    throw new TypeError(`there is no ${repeatable ? 'repeatable ' : ''}${kinds.at(-1) ?? ''} option "${name}"`);
  }
}
