import { describe, expect, test } from 'vitest';
import { parseVariant } from '../../../../src/cgroup/systemd/variant-text.ts';
import { marshal } from '../../../../src/dbus/marshal.ts';
import { unmarshal } from '../../../../src/dbus/unmarshal.ts';
import { askGlib } from '../../../support/glib.ts';
import { requires } from '../../../support/requires.ts';

const texts = [
  'true', 'false', '5', '-5', '+5', '0x1f', '017', '0', '2147483647', '-2147483648',
  'uint64 18446744073709551615', 'int64 -9223372036854775808', 'byte 255', 'byte 0xff', 'int16 -1', 'uint16 65535',
  'uint32 7', 'double 5', '2.5', '-.5', '1e3', '5.', 'double 1e-3', '@t 7', '@d 1', '@as []', '@a{sv} {}', '@ay [1, 2]',
  "'text'", '"text"', "'it\\'s'", '"a\\n\\t\\\\\\u00e4\\U0001f600"', "''", 'string "x"', "objectpath '/a/b'",
  "signature 'a{sv}'", "@o '/'", '[1, 2, 3]', '[uint64 1, 2]', '[1, uint64 2]', '[1, 2.0]',
  "['a.service', 'b.service']",
  '[[1], []]', '[@as [], []]', '[[], [1.5]]', '(1, "two", true)', '(1,)', "[('/dev/null', 'rwm')]", '<5>', "<'x'>",
  "[<1>, <'x'>]", "{'a': 1, 'b': 2}", "{'a': <1>, 'b': <@as []>}", '{1, true}', ' [ 1 , 2 ] ', '[(1, [2.0]), (2, [3])]',
  "[('a', uint32 1), ('b', 2)]", 'boolean true', '@(sb) ("a", false)', '((((1,),),),)', '[true, false]',
];

const refused = [
  '', ' ', 'inactive-or-failed', "'open", '"open\\', '[1, 2', '(1', '{1', '<1', '[]', '[1, "x"]', '5 6', '08', '1_000',
  'byte 256', 'byte -1', '2147483648', '99999999999',
  'uint64 -1', 'uint64 18446744073709551616', '@z 1', '@as 5', '@aas ["x"]',
  '@ss "a"', 'uint32', '@', '{1: 2', '{1 2}', '[,]', '(1 2)', 'True', 'uint64 1.5', 'uint64 "x"',
  "@i 'x'", '@(s) ("a", 1)',
  '<1, 2>', '<>', '0x', '--5', '1e',
];

describe('parseVariant()', () => {
  const withGlib = requires('gi');

  withGlib('understands what GLib understands, as GLib does', () => {
    const answers = askGlib(texts.map((encode) => ({ encode })));
    texts.forEach((text, index) => {
      const { signature, value } = parseVariant(text);
      const { type, body = '' } = answers[index] ?? {};
      expect([text, signature, Buffer.from(marshal(signature, [value])).toString('hex')]).toEqual([text, type, body]);
      expect(unmarshal(signature, Buffer.from(body, 'hex'))).toEqual([value]);
    });
  });

  withGlib('refuses what GLib refuses', () => {
    const answers = askGlib(refused.map((encode) => ({ encode })));
    refused.forEach((text, index) => {
      expect([text, answers[index]?.error]).toEqual([text, expect.any(String)]);
      expect(() => parseVariant(text), text).toThrow(Error);
    });
  });

  test.each([
    ['', 'unexpected end'],
    ['inactive-or-failed', 'neither a value nor a type: "inactive-or-failed"'],
    ["'open", 'unterminated string'],
    ['[]', 'cannot tell the type of an empty array: write it before, as in @as []'],
    ['[1, "x"]', 'a number where the type is "s"'],
    ['2147483648', '2147483648 is out of range for type "i"'],
    ['5 6', 'unexpected "6"'],
    ['just 5', 'neither a value nor a type: "just 5"'],
    // GLib aborts here.
    ["'\\u0000'", 'invalid character \\u0000'],
    ["'\\U00110000'", 'invalid character'],
    ["'\\ud800'", 'invalid character'],
    ['['.repeat(100_000), 'nested too deeply'],
  ])('says what is wrong with %.20j', (text, problem) => {
    expect(() => parseVariant(text)).toThrow(problem);
  });
});
