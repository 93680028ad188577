import { describe, expect, test } from 'vitest';
import { parseCommand, parseGlobals, UsageError } from '../../../src/commands/parse.ts';
import { type CommandEntry, commands, findCommand, globalOptions, type Option } from '../../../src/commands/table.ts';

function entry(name: string): CommandEntry {
  const found = findCommand(name);
  if (found === undefined) throw new Error(`no command ${name}`);
  return found;
}

/** Every name that an option goes by. */
function namesOf(options: readonly Option[]): string[] {
  return options.flatMap(({ name, alias = [], otherNames = [] }) => [name, ...otherNames].concat(alias));
}

function usageError(run: () => unknown): UsageError {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const create = (...args: string[]): ReturnType<typeof parseCommand> => parseCommand(args, entry('create'));

describe('parseGlobals()', () => {
  test('stops at the command, whose options are not its own', () => {
    const { options, positionals } = parseGlobals(['--root', '/r', '-debug', 'create', '--bundle', 'b'], globalOptions);
    expect(options.string('root')).toBe('/r');
    expect(options.boolean('debug')).toBe(true);
    expect(positionals).toEqual(['create', '--bundle', 'b']);
  });

  test.each([
    [['--log-format=json', '--log', '/l', 'state'], 'json'],
    [['-log-format=json', '-log=/l', 'state'], 'json'],
    [['--log-format', 'json', '--log', '/l', '--', 'state'], 'json'],
  ])('reads %j', (args, format) => {
    const { options, positionals } = parseGlobals(args, globalOptions);
    expect([options.string('log-format'), options.string('log'), positionals]).toEqual([format, '/l', ['state']]);
  });

  test('leaves what was not given undefined or false', () => {
    const { options, positionals } = parseGlobals([], globalOptions);
    expect([options.string('root'), options.boolean('debug'), options.help, positionals]).toEqual(
      [undefined, false, false, []],
    );
  });

  test('swallows --criu', () => {
    expect(parseGlobals(['--criu', '/usr/sbin/criu', 'state'], globalOptions).positionals).toEqual(['state']);
  });

  test('knows -v and -h', () => {
    expect(parseGlobals(['-v'], globalOptions).options.boolean('version')).toBe(true);
    expect(parseGlobals(['-h', 'state'], globalOptions).options.help).toBe(true);
  });

  test('has no command in its usage errors', () => {
    const error = usageError(() => parseGlobals(['--nosuch', 'state'], globalOptions));
    expect([error.message, error.command, error.exitStatus]).toEqual(
      ['flag provided but not defined: -nosuch', undefined, 1],
    );
  });
});

describe('parseCommand()', () => {
  test.each([
    [['-b', '/b', 'id']], [['--b', '/b', 'id']], [['-bundle', '/b', 'id']], [['--bundle', '/b', 'id']],
    [['--bundle=/b', 'id']], [['-b=/b', 'id']], [['id', '-b', '/b']], [['id', '--bundle=/b']],
    [['-b', '/b', '--', 'id']],
  ])('reads the bundle of %j', (args) => {
    const { options, positionals } = create(...args);
    expect([options.string('bundle'), positionals]).toEqual(['/b', ['id']]);
  });

  test('takes the next argument as a value whatever it looks like', () => {
    expect(create('--bundle', '--no-pivot', 'id').options.string('bundle')).toBe('--no-pivot');
    expect(create('--bundle=', 'id').options.string('bundle')).toBe('');
    expect(create('--bundle=a=b', 'id').options.string('bundle')).toBe('a=b');
  });

  test('lets the last of several win', () => {
    expect(create('-b', 'one', '--bundle', 'two', 'id').options.string('bundle')).toBe('two');
  });

  test('takes "-" and what follows "--" as positionals', () => {
    expect(create('-').positionals).toEqual(['-']);
    expect(create('--', '--bundle').positionals).toEqual(['--bundle']);
    expect(parseCommand(['id', '--', '-9'], entry('kill')).positionals).toEqual(['id', '-9']);
  });

  test("leaves another program's arguments as they are", () => {
    const parse = (...args: string[]): unknown[] => {
      const { options, positionals } = parseCommand(args, entry('ps'));
      return [options.string('format'), positionals];
    };
    expect(parse('id', '-ef', '--', '-h', '--help')).toEqual([undefined, ['id', '-ef', '--', '-h', '--help']]);
    expect(parse('-f', 'json', 'id', '-f', 'table')).toEqual(['json', ['id', '-f', 'table']]);
    expect(parse('--', 'id', '--', '-o')).toEqual([undefined, ['id', '--', '-o']]);
    expect(parse('id')).toEqual([undefined, ['id']]);
    expect(() => parse()).toThrow('"ps" requires a minimum of 1 argument(s)');
    expect(() => parse('-o', 'pid', 'id')).toThrow('flag provided but not defined: -o');
  });

  test.each([
    ['1', true], ['t', true], ['T', true], ['true', true], ['TRUE', true], ['True', true],
    ['0', false], ['f', false], ['F', false], ['false', false], ['FALSE', false], ['False', false],
  ])('reads --no-pivot=%s', (text, value) => {
    expect(create(`--no-pivot=${text}`, 'id').options.boolean('no-pivot')).toBe(value);
  });

  test('gives a boolean no value from the next argument', () => {
    const { options, positionals } = create('--no-pivot', 'false');
    expect([options.boolean('no-pivot'), positionals]).toEqual([true, ['false']]);
  });

  test('reads a number', () => {
    expect(create('--preserve-fds', '12', 'id').options.number('preserve-fds')).toBe(12);
    expect(create('--preserve-fds=0', 'id').options.number('preserve-fds')).toBe(0);
    expect(create('id').options.number('preserve-fds')).toBeUndefined();
  });

  test.each(['', ' 1', '1x', '-1', '+1', '1.5', '1e3', '0x10', '010', 'NaN', 'Infinity', '１'])(
    'refuses the number %j', (text) => {
      expect(usageError(() => create('--preserve-fds', text, 'id')).message).toBe(
        `invalid value ${JSON.stringify(text)} for flag -preserve-fds: parse error`,
      );
    },
  );

  test.each<[string[], string]>([
    [['--nosuch', 'id'], 'flag provided but not defined: -nosuch'],
    [['id', '--nosuch=1'], 'flag provided but not defined: -nosuch'],
    [['--root', '/r', 'id'], 'flag provided but not defined: -root'],
    [['-bx', 'id'], 'flag provided but not defined: -bx'],
    [['-b'], 'flag needs an argument: -b'],
    [['id', '--bundle'], 'flag needs an argument: -bundle'],
    [['---b', 'id'], 'bad flag syntax: ---b'],
    [['--=b', 'id'], 'bad flag syntax: --=b'],
    [['-=b', 'id'], 'bad flag syntax: -=b'],
    [['--no-pivot=yes', 'id'], 'invalid boolean value "yes" for -no-pivot: parse error'],
    [['--no-pivot=', 'id'], 'invalid boolean value "" for -no-pivot: parse error'],
    [['--preserve-fds=2147483648', 'id'], 'invalid value "2147483648" for flag -preserve-fds: value out of range'],
    [[], 'nunc: "create" requires exactly 1 argument(s)'],
    [['a', 'b'], 'nunc: "create" requires exactly 1 argument(s)'],
    [['a', '--', '-b', '/b'], 'nunc: "create" requires exactly 1 argument(s)'],
  ])('fails on create %j', (args, message) => {
    const error = usageError(() => create(...args));
    expect([error.message, error.command?.name, error.exitStatus, error.kind]).toEqual([message, 'create', 1, 'usage']);
  });

  test.each<[string, string[], string]>([
    ['kill', [], 'nunc: "kill" requires a minimum of 1 argument(s)'],
    ['kill', ['a', 'b', 'c'], 'nunc: "kill" requires a maximum of 2 argument(s)'],
    ['list', ['a'], 'nunc: "list" requires exactly 0 argument(s)'],
  ])('counts the arguments of %s %j', (name, args, message) => {
    expect(usageError(() => parseCommand(args, entry(name))).message).toBe(message);
  });

  test('counts no arguments when help is asked for', () => {
    for (const help of ['-h', '--help', '-help', '--h']) {
      expect(parseCommand([help], entry('create')).options.help).toBe(true);
    }
    expect(create('--help=false', 'id').options.help).toBe(false);
  });

  test('throws a bug when a command asks for an option that it does not have', () => {
    expect(() => create('id').options.string('bundel')).toThrow(TypeError);
    expect(() => create('id').options.boolean('bundle')).toThrow(TypeError);
  });
});

describe('options that may be repeated', () => {
  const command: CommandEntry = {
    name: 'x',
    summary: '',
    positionals: [],
    options: [{ name: 'env', alias: 'e', kind: 'string', repeatable: true, help: '' }],
    load: () => Promise.reject(new Error('there is none')),
  };
  const parse = (...args: string[]): readonly string[] => parseCommand(args, command).options.strings('env');

  test('have all their values, in order', () => {
    expect(parse()).toEqual([]);
    expect(parse('-e', 'A=1')).toEqual(['A=1']);
    expect(parse('-e', 'A=1', '--env=', '-e=B=2', '--env', '-e')).toEqual(['A=1', '', 'B=2', '-e']);
  });

  test('are not mixed up with others', () => {
    expect(() => parseCommand([], command).options.string('env')).toThrow(TypeError);
    expect(() => create('id').options.strings('bundle')).toThrow(TypeError);
  });
});

describe('table.ts', () => {
  test.each(commands)('$name has options of distinct names and can be loaded', async (command) => {
    const names = namesOf(command.options);
    expect(new Set(['help', 'h', '?', 'usage', ...names]).size).toBe(names.length + 4);
    expect((await command.load()).run).toBeTypeOf('function');
  });

  test('has global options of distinct names', () => {
    const names = namesOf(globalOptions);
    expect(new Set(['help', 'h', '?', 'usage', ...names]).size).toBe(names.length + 4);
  });

  test('has an option of more than one value only for strings', () => {
    const repeatable = commands.flatMap(({ options }) => options.filter((option) => option.repeatable));
    expect(repeatable.filter(({ kind }) => kind !== 'string')).toEqual([]);
  });

  test('findCommand() finds nothing else', () => {
    expect(findCommand('nosuch')).toBeUndefined();
    expect(findCommand('')).toBeUndefined();
    expect(findCommand('toString')).toBeUndefined();
  });
});
