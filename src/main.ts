// argv → exit status. The only place that reports an error; everything below throws.

import { writeSync } from 'node:fs';
import { readGlobals, readLogSettings } from './commands/globals.ts';
import { parseCommand, parseGlobals, UsageError } from './commands/parse.ts';
import { type CommandEntry, findCommand, globalOptions } from './commands/table.ts';
import { codeOf, ConfigError, messageOf, NuncError, reasonOf, sentenceOf } from './error.ts';
import type { Ffi } from './ffi/port.ts';
import { escapeControls, type Log, type LogSettings, openLog } from './log.ts';
import { commit, specVersion, version } from './version.ts';

const STDOUT = 1;
const REPORT_IT = 'this is a bug in nunc: please report it with what --debug shows';

/**
 * Runs one command line.
 *
 * @param argv without the program's own name
 * @returns the exit status; does not throw
 */
export async function main(argv: readonly string[], openFfi: () => Ffi): Promise<number> {
  const session = { log: openLog({ file: undefined, format: 'text', level: undefined }) };
  try {
    return await dispatch(argv, openFfi, session);
  } catch (error) {
    return report(error, session.log);
  }
}

/** Leaves the log that the options ask for in `session`, for whatever fails after that. */
async function dispatch(argv: readonly string[], openFfi: () => Ffi, session: { log: Log }): Promise<number> {
  const { options, positionals } = parseGlobals(argv, globalOptions);
  const [name, ...rest] = positionals;
  if (options.help) return await showHelp();
  if (options.usage) return await showUsage();
  if (options.boolean('version')) return showVersion();

  const settings = readLogSettings(options);
  let opened: Ffi | undefined;
  const ffi = (): Ffi => (opened ??= openFfi());
  session.log = await logFor(settings, ffi);
  const globals = readGlobals(options, settings);
  if (name === undefined || name === '') return await showHelp();
  if (name === 'help' || name === 'h') return await showHelp(rest[0] === undefined ? undefined : await named(rest[0]));

  const command = await named(name);
  const parsed = parseCommand(rest, command);
  if (parsed.options.help) return await showHelp(command);
  if (parsed.options.usage) return await showUsage(command);
  const { run } = await command.load();
  return await run({
    options: parsed.options,
    positionals: parsed.positionals,
    globals,
    log: session.log,
    ffi,
    print,
  });
}

async function logFor(settings: LogSettings, ffi: () => Ffi): Promise<Log> {
  const { service, level } = settings;
  if (service === undefined) return openLog(settings);
  const { openServiceLog } = await import('./commands/service-log.ts');
  return openServiceLog(ffi(), { service, level });
}

async function named(name: string): Promise<CommandEntry> {
  const command = findCommand(name);
  if (command !== undefined) return command;
  const { unknownCommand } = await import('./commands/suggest.ts');
  throw unknownCommand(name);
}

async function showHelp(command?: CommandEntry): Promise<number> {
  const { renderHelp } = await import('./commands/help.ts');
  print(await renderHelp(command));
  return 0;
}

async function showUsage(command?: CommandEntry): Promise<number> {
  const { renderUsage } = await import('./commands/help.ts');
  print(renderUsage(command));
  return 0;
}

function showVersion(): number {
  print(`nunc version ${version}\ncommit: ${commit}\nspec: ${specVersion}\n`);
  return 0;
}

async function report(thrown: unknown, log: Log): Promise<number> {
  const error = fromKernel(thrown) ?? thrown;
  if (!(error instanceof NuncError)) {
    const bug = { message: `nunc: internal error: ${messageOf(error)}`, hint: REPORT_IT };
    log.error([sentenceOf(bug)], { code: 'E_INTERNAL', hint: REPORT_IT });
    debugCauses(error, log);
    return 1;
  }
  if (error instanceof UsageError) await explain(error, log);
  const { code, operation, origin, errno, exitStatus } = error;
  const hint = error instanceof UsageError ? await hintOf(error) : error.hint;
  const details = { code, operation, origin, errno, hint };
  log.error(error instanceof ConfigError ? linesOf(error) : [sentenceOf({ message: error.message, hint })], details);
  debugCauses(error, log);
  return exitStatus;
}

/** What the kernel has refused, or has no memory for, is no mistake of nunc's, wherever nobody knew more to say of it:
 * most calls that can't fail but for a lack of something are not wrapped one by one. */
function fromKernel(error: unknown): NuncError | undefined {
  if (!(error instanceof Error) || error instanceof NuncError) return undefined;
  const { syscall, path } = error as NodeJS.ErrnoException;
  if (codeOf(error) !== undefined && syscall !== undefined) {
    const subject = path === undefined ? '' : ` ${JSON.stringify(path)}`;
    return new NuncError('syscall', `cannot ${syscall}${subject}: ${reasonOf(error)}`, { cause: error });
  }
  if (error.message !== 'out of memory') return undefined;
  return new NuncError('host', 'cannot go on: out of memory', { cause: error, code: 'E_MEMORY' });
}

/** Prints the help that goes with a usage error; the error itself must be reported even where that fails. */
async function explain(error: UsageError, log: Log): Promise<void> {
  try {
    print(`Incorrect Usage: ${escapeControls(error.message)}\n\n`);
    await showHelp(error.command);
  } catch (failure) {
    debugCauses(failure, log);
  }
}

/** A line for each finding. */
function linesOf({ problems, findings, hint }: ConfigError): string[] {
  if (findings.length === 1) return problems.map((message) => sentenceOf({ message, hint }));
  return problems.map((message, i) => sentenceOf({ message, hint: findings[i]?.hint }));
}

async function hintOf({ unknown }: UsageError): Promise<string | undefined> {
  if (unknown === undefined) return undefined;
  const { suggestion } = await import('./commands/suggest.ts');
  return suggestion(unknown.word, unknown.known, '--');
}

function debugCauses(error: unknown, log: Log): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause) log.debug(traceOf(cause));
}

/** Not every engine's stack says what has happened. */
function traceOf({ name, message, stack = '' }: Error): string {
  return stack.includes(message) ? stack : `${name}: ${message}\n${stack}`;
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (cause) {
      const code = codeOf(cause);
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw new NuncError('host', `cannot write to stdout: ${String(code)}`, { cause });
      // A manager may hand over a non-blocking pipe: let its reader catch up.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
