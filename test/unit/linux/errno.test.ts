// The errno table against what this machine's libc (by way of Node) and the C headers say.

import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { errno, errnoMessage, errnoName } from '../../../src/linux/errno.ts';

describe('errno', () => {
  test('has the numbers that Node has', () => {
    const ours: Readonly<Record<string, number>> = errno;
    const aliases = ['EWOULDBLOCK', 'ENOTSUP'];
    for (const [name, number] of Object.entries(constants.errno)) {
      if (!aliases.includes(name)) expect(ours[name], name).toBe(number);
    }
  });

  test('has the numbers of the C header', ({ skip }) => {
    const input = '#include <errno.h>\n';
    const { status, stdout } = spawnSync('gcc', ['-E', '-dM', '-'], { input, encoding: 'utf8' });
    skip(status !== 0, 'needs gcc and libc6-dev');
    const numbers = Array.from(stdout.matchAll(/^#define (E\w+) (\d+)$/gm), ([, name, number]) => [name, Number(number)]);
    expect(Object.entries(errno).sort()).toEqual(numbers.sort());
  });

  test('errnoName() names numbers, known or not', () => {
    expect(errnoName(2)).toBe('ENOENT');
    expect(errnoName(11)).toBe('EAGAIN');
    expect(errnoName(524)).toBe('errno 524');
  });

  test('errnoMessage() says what Go says', () => {
    expect(errnoMessage(1)).toBe('operation not permitted');
    expect(errnoMessage(2)).toBe('no such file or directory');
    expect(errnoMessage(16)).toBe('device or resource busy');
    expect(errnoMessage(73)).toBe('RFS specific error');
    expect(errnoMessage(524)).toBe('errno 524');
  });

  test('errnoMessage() is libc\'s message in lower case for every number', ({ skip }) => {
    const script = 'import os\nfor i in range(1, 134): print(os.strerror(i))';
    const { status, stdout } = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
    skip(status !== 0, 'needs python3');
    const messages = stdout.trim().split('\n');
    for (const number of Object.values(errno)) {
      expect(errnoMessage(number).toLowerCase()).toBe(messages[number - 1]?.toLowerCase());
    }
  });
});
