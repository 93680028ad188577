import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../../../scripts/bench/options.ts';
import { COMMANDS, RUNTIMES, SCENARIOS } from '../../../../scripts/bench/results.ts';

describe('parseOptions()', () => {
  test('measures everything without options', () => {
    expect(parseOptions([])).toMatchObject({
      scenarios: SCENARIOS, rounds: undefined, commands: COMMANDS, runtimes: RUNTIMES, inside: undefined,
    });
  });

  test('takes lists with commas and repeated, in the order of the tables', () => {
    const options = parseOptions(['--only', 'run,create', '--only', 'start', '--runtimes', 'runc,nunc']);
    expect(options.commands).toEqual(['create', 'start', 'run']);
    expect(options.runtimes).toEqual(['nunc', 'runc']);
    expect(parseOptions(['--scenario', 'many,plain']).scenarios).toEqual(['plain', 'many']);
  });

  test.each([
    [['--rounds', '0'], '--rounds 0'],
    [['--rounds', '1.5'], '--rounds 1.5'],
    [['--containers', '-1'], '--containers'],
    [['--scenario', 'dokcer'], '"dokcer" is not one of plain, docker'],
    [['--only', 'exce'], '"exce" is not one of create, state'],
    [['--runtimes', ','], 'an empty list'],
    [['--verbose'], 'verbose'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});
