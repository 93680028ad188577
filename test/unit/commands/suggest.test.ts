import { describe, expect, test } from 'vitest';
import { suggestion, unknownCommand } from '../../../src/commands/suggest.ts';
import { sentenceOf } from '../../../src/error.ts';

describe('suggestion()', () => {
  test('names what is near, or nothing', () => {
    expect(suggestion('forse', ['force', 'regex'], '--')).toBe('did you mean "--force"?');
    expect(suggestion('ab', ['abc', 'abd'])).toBe('did you mean "abc" or "abd"?');
    expect(suggestion('nosuch', ['force'])).toBeUndefined();
  });
});

describe('unknownCommand()', () => {
  test("has runc's words and exit status", () => {
    const error = unknownCommand('nosuch');
    expect([error.message, error.exitStatus]).toEqual(["No help topic for 'nosuch'", 3]);
    expect(sentenceOf(unknownCommand('hepl'))).toBe("No help topic for 'hepl'; did you mean \"help\"?");
  });
});
