import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parseSignal, SIGNALS } from '../../../src/linux/signals.ts';

test.each([
  ['TERM', 15], ['SIGTERM', 15], ['sigterm', 15], ['kill', 9], ['0', 0], ['9', 9], ['64', 64],
  ['RTMIN', 34], ['SIGRTMIN+3', 37], ['RTMAX-1', 63],
])('parseSignal(%j) is %i', (text, number) => {
  expect(parseSignal(text)).toBe(number);
});

const wrong = ['', 'NOPE', '65', '-1', '1.5', '0x9', 'RTMIN-1', 'RTMAX+1', 'SIG', 'toString', '9 '];

test.each(wrong)('parseSignal(%j) is none', (text) => {
  expect(parseSignal(text)).toBeUndefined();
});

test('SIGNALS has the numbers that the shell knows', () => {
  for (const [name, number] of Object.entries(SIGNALS)) {
    if (['IOT', 'CLD', 'POLL', 'UNUSED'].includes(name)) continue;
    const shell = execFileSync('bash', ['-c', `kill -l ${number}`], { encoding: 'utf8' }).trim();
    expect(shell).toBe(name);
  }
});
