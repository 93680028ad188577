import { describe, expect, test } from 'vitest';
import { exactNumbers } from '../../../src/config/exact-numbers.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/error.ts';
import { smallConfig } from './configs.ts';

/** A config with these texts as values of an argument. */
function configWith(value: string, valueTwo = '0'): string {
  const config = {
    ...smallConfig(),
    annotations: { '"18446744073709551615": \\': '18446744073709551615' },
    linux: {
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['a'], action: 'SCMP_ACT_LOG' }, {
          names: ['b'], action: 'SCMP_ACT_LOG', args: [
            { index: 0, value: 1, op: 'SCMP_CMP_EQ' },
            { index: 1, value: 11111, valueTwo: 22222, op: 'SCMP_CMP_MASKED_EQ' },
          ],
        }],
      },
    },
  };
  return JSON.stringify(config).replace('11111', value).replace('22222', valueTwo);
}

const POINTER = '/linux/seccomp/syscalls/1/args/1';

describe('exactNumbers()', () => {
  test('finds nothing where a double is exact', () => {
    expect(parseConfig(configWith('9007199254740991', '4294967296')).exact.size).toBe(0);
  });

  test('has what JSON.parse rounds', () => {
    const { exact } = parseConfig(configWith('18446744073709551615', '9007199254740993'));
    expect([...exact]).toEqual([
      [`${POINTER}/value`, 18446744073709551615n], [`${POINTER}/valueTwo`, 9007199254740993n],
    ]);
  });

  test('finds limits whose names have slashes and tildes, and none at all', () => {
    const text = '{"linux":{"resources":{"a/b~":{"":9007199254740993}}}}';
    const { linux } = JSON.parse(text) as { linux: object };
    expect([...exactNumbers({ linux }, text)]).toEqual([['/linux/resources/a~1b~0/', 9007199254740993n]]);
  });

  test('takes numbers with an exponent or a fraction for what they are parsed as', () => {
    const { exact } = parseConfig(configWith('1.0e19', '9007199254740994.0'));
    expect([...exact.values()]).toEqual([10n ** 19n, 9007199254740994n]);
  });

  test('refuses what has more than 64 bits, though it rounds to the limit', () => {
    expect(() => parseConfig(configWith('18446744073709551616'))).toThrow(new ConfigError([
      { pointer: `${POINTER}/value`, text: '18446744073709551616 is more than 18446744073709551615' },
    ]));
  });
});
