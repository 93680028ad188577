import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS, parseResults, SCENARIOS } from '../../../../scripts/bench/results.ts';
import { scenarios } from '../../../../scripts/bench/scenarios.ts';
import { results } from './results-example.ts';

describe('parseResults()', () => {
  test('gives what was written', () => {
    expect(parseResults(JSON.stringify(results()), 'a.json')).toEqual(results());
  });

  test.each(['null', '{}', '{"format":1}', '[]'])('refuses %s', (text) => {
    expect(() => parseResults(text, 'a.json')).toThrow('cannot read "a.json"');
  });
});

describe('scenarios', () => {
  test('have their commands in the order of the tables', () => {
    for (const name of SCENARIOS) {
      const { commands } = scenarios[name];
      expect(COMMANDS.filter((command) => commands.includes(command))).toEqual(commands);
    }
  });

  test('measure every command somewhere', () => {
    const measured = new Set(SCENARIOS.flatMap((name) => scenarios[name].commands));
    expect([...measured].sort()).toEqual([...COMMANDS].sort());
  });

  test('are in docs/performance.md, with their rounds', () => {
    const document = readFileSync(new URL('../../../../docs/performance.md', import.meta.url), 'utf8');
    const rows = document.split('\n').flatMap((line) => {
      const [, name, rounds] = /^\| `(\w+)` \|.* \| (\d+) \|$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, Number(rounds)]];
    });
    expect(rows).toEqual(SCENARIOS.map((name) => [name, scenarios[name].rounds]));
  });
});
