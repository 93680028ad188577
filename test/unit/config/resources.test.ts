import { expect, test } from 'vitest';
import { checkedResources, parseResources, resourcesPart } from '../../../src/config/resources.ts';
import { ConfigError } from '../../../src/error.ts';

const parse = (text: string): ReturnType<typeof parseResources> => parseResources(new TextEncoder().encode(text));

test('parseResources() takes partial resources, and null for absence', () => {
  const text = '{"memory":{"limit":67108864,"swap":null},"cpu":null,"unknown":[1]}';
  expect(parse(text).resources).toEqual({ memory: { limit: 67_108_864 }, unknown: [1] });
  expect(parse('null').resources).toEqual({});
});

test('parseResources() keeps numbers that a double does not hold', () => {
  const { exact } = parse(' {"memory":{"limit":9007199254740993}}\n');
  expect([...exact]).toEqual([['/linux/resources/memory/limit', 9_007_199_254_740_993n]]);
});

test('parseResources() tells everything that is wrong, by pointers into the resources', () => {
  let problems: readonly string[] = [];
  try {
    parse('{"memory":{"limit":"1"},"pids":{"limit":true},"cpu":{"shares":-5}}');
  } catch (error) {
    if (error instanceof ConfigError) problems = error.problems;
  }
  expect([...problems].sort()).toEqual([
    'resources: /cpu/shares: -5 is less than 0',
    'resources: /memory/limit: "1" is not an integer',
    'resources: /pids/limit: true is not an integer',
  ]);
});

test('checkedResources() applies the rules of config.json', () => {
  expect(() => checkedResources({ cpu: { quota: 1000, burst: 1001 } }))
    .toThrow(/^resources: \/cpu\/burst: 1001 is more than the quota 1000$/);
});

test.each([
  ['/linux/resources/cpu/shares', 'resources: /cpu/shares: odd'],
  ['', 'resources: odd'],
  ['/cpu', 'resources: /cpu: odd'],
  ['/linux/resources', 'resources: odd'],
  ['/linux/resourcesful', 'resources: /linux/resourcesful: odd'],
])('resourcesPart.within() words what is wrong at %j', (pointer, wanted) => {
  const fail = (): never => { throw new ConfigError([{ pointer, text: 'odd' }]); };
  expect(() => resourcesPart.within(fail)).toThrow(wanted);
});

test('resourcesPart.within() leaves other errors as they are', () => {
  const error = new Error('config.json: what');
  const fail = (): never => { throw error; };
  expect(() => resourcesPart.within(fail)).toThrow(error);
});
