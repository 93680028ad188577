import { describe, expect, test } from 'vitest';
import { checkProcess, parseProcess } from '../../../src/config/process.ts';
import type { Process } from '../../../src/config/types.ts';
import { ConfigError } from '../../../src/error.ts';

const parse = (text: string): ReturnType<typeof parseProcess> => parseProcess(new TextEncoder().encode(text));

function problems(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseProcess()', () => {
  test('reads a process, with exact limits', () => {
    const limit = '{"type":"RLIMIT_AS","soft":9007199254740993,"hard":18446744073709551615}';
    const text = `{"args":["x"],"cwd":"/","rlimits":[${limit}]}`;
    const { process, exactLimits } = parse(text);
    expect(process.args).toEqual(['x']);
    expect(exactLimits).toEqual([{ soft: 9007199254740993n, hard: 18446744073709551615n }]);
  });

  test('tells all that the schema finds wrong, with pointers that start at the process', () => {
    const found = problems(() => parse('{"args":"x","cwd":1,"user":{"uid":-1}}'));
    expect(found.length).toBeGreaterThanOrEqual(3);
    for (const problem of found) expect(problem).toMatch(/^process: \/(args|cwd|user)/);
  });

  test.each(['', '{', '[]', 'null', '"x"', '{"args":["x"],"cwd":"/",}'])('refuses %j', (text) => {
    const found = problems(() => parse(text));
    expect(found).not.toEqual([]);
    for (const problem of found) expect(problem).toMatch(/^process: /);
  });

  test('refuses what is not UTF-8', () => {
    expect(problems(() => parseProcess(new Uint8Array([0x7b, 0xff])))).toEqual([expect.stringMatching(/^process: /)]);
  });
});

describe('checkProcess()', () => {
  const check = (process: Process): readonly string[] =>
    checkProcess({ ociVersion: '1.3.0', root: { path: 'r' }, process });

  test('has nothing to say about a good one', () => {
    expect(check({ cwd: '/', args: ['x'] })).toEqual([]);
  });

  test('tells every rule that is broken', () => {
    const found = problems(() => check({
      cwd: 'x', args: [], env: ['=1'], rlimits: [{ type: 'RLIMIT_CORE', soft: 2, hard: 1 }],
      execCPUAffinity: { final: 'x' },
    }));
    const pointers = found.map((problem) => /^process: (\/\w+)/.exec(problem)?.[1]);
    expect(new Set(pointers)).toEqual(new Set(['/cwd', '/args', '/env', '/rlimits', '/execCPUAffinity']));
  });

  test('refuses NUL bytes, which would cut a string short', () => {
    expect(problems(() => check({ cwd: '/', args: ['a\0b'] }))).toEqual([expect.stringMatching(/^process: \/args\/0/)]);
  });
});
