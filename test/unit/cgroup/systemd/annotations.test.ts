import { describe, expect, test } from 'vitest';
import { annotatedProperties } from '../../../../src/cgroup/systemd/annotations.ts';
import { ConfigError } from '../../../../src/error.ts';

const key = (name: string): string => `org.systemd.property.${name}`;

describe('annotatedProperties()', () => {
  test('passes values on with the types that they are written with', () => {
    expect(annotatedProperties({
      'org.example': 'x',
      [key('CollectMode')]: "'inactive-or-failed'",
      [key('TasksMax')]: 'uint64 7',
      [key('After')]: '@as []',
      [key('Some')]: '5',
    })).toEqual([
      ['CollectMode', { signature: 's', value: 'inactive-or-failed' }],
      ['TasksMax', { signature: 't', value: 7n }],
      ['After', { signature: 'as', value: [] }],
      ['Some', { signature: 'i', value: 5 }],
    ]);
  });

  test.each([
    ['TimeoutStopSec', '5', 'TimeoutStopUSec', 5_000_000n],
    ['TimeoutStopSec', 'uint64 5', 'TimeoutStopUSec', 5_000_000n],
    ['TimeoutStopSec', '2.5', 'TimeoutStopUSec', 2_500_000n],
    ['TimeoutStopSec', '0', 'TimeoutStopUSec', 0n],
    ['RuntimeMaxSec', '1e9', 'RuntimeMaxUSec', 10n ** 15n],
  ])('turns %s=%s into microseconds', (name, text, property, value) => {
    expect(annotatedProperties({ [key(name)]: text })).toEqual([[property, { signature: 't', value }]]);
  });

  test('leaves other names that end alike', () => {
    const exact = annotatedProperties({ [key('TimeoutStopUSec')]: 'uint64 5' });
    expect(exact).toEqual([['TimeoutStopUSec', expect.anything()]]);
    expect(annotatedProperties({ [key('Sec')]: '5' })).toEqual([['Sec', expect.anything()]]);
  });

  test.each([
    ['Foo.bar', '1', 'name incorrect: contains non-alphabetic character'],
    ['ab', '1', 'name incorrect: too short'],
    ['', '1', 'name incorrect: too short'],
    ['PIDs', '[uint32 1]', 'name incorrect: PIDs is what the runtime decides'],
    ['Slice', "'a.slice'", 'name incorrect: Slice is what the runtime decides'],
    ['CollectMode', 'inactive', 'value parse error: neither a value nor a type: "inactive"'],
    ['TimeoutStopSec', "'1min'", 'value parse error: not a number'],
    ['TimeoutStopSec', 'true', 'value parse error: not a number'],
    ['TimeoutStopSec', '-3', 'value parse error: a negative time'],
    ['TimeoutStopSec', '1e300', 'value parse error: out of range'],
  ])('refuses %s=%s', (name, text, problem) => {
    const parse = () => annotatedProperties({ [key(name)]: text });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(`config.json: /annotations: annotation ${key(name)}=${text}: ${problem}`);
  });
});
