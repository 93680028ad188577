// Terminal attributes, with stty(1) as the judge.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import {
  copyWindowSize, plainNewlines, rawAttributes, setTerminalAttributes, terminalAttributes,
} from '../../../src/ffi/terminal.ts';
import { openPty } from '../../support/pty.ts';

const ffi = openFfi();

function terminal(): number {
  const { master, slave } = openPty();
  onTestFinished(() => { closeSync(master); closeSync(slave); });
  return slave;
}

function stty(descriptor: number, ...args: string[]): string {
  return execFileSync('stty', args, { stdio: [descriptor, 'pipe', 'inherit'], encoding: 'utf8' });
}

/** The settings of `stty -a` by name, `-` in front of those that are off. */
function settings(descriptor: number): string[] {
  return stty(descriptor, '-a').replaceAll(/.*?;/g, '').split(/\s+/);
}

/** stty has more in its `raw` than cfmakeraw(3), and no echo of its own. */
const RAW = ['cs8', '-ignbrk', '-brkint', '-parmrk', '-istrip', '-inlcr', '-igncr', '-icrnl', '-ixon', '-isig',
  '-icanon', '-iexten', '-echo', '-echonl', '-parenb'];

test('rawAttributes() are those of cfmakeraw(3), with output as it was if asked for', () => {
  const slave = terminal();
  stty(slave, 'ignbrk', 'istrip', 'inlcr', 'igncr', 'echonl', 'min', '7', 'time', '9');
  const before = terminalAttributes(ffi, slave)!;
  const saved = stty(slave, '-g');
  expect(setTerminalAttributes(ffi, slave, rawAttributes(before, false))).toBe(0);
  expect(settings(slave)).toEqual(expect.arrayContaining([...RAW, '-opost']));
  expect(stty(slave, '-a')).toMatch(/min = 1; time = 0;/);
  setTerminalAttributes(ffi, slave, rawAttributes(before, true));
  expect(settings(slave)).toEqual(expect.arrayContaining([...RAW, 'opost']));
  setTerminalAttributes(ffi, slave, before);
  expect(stty(slave, '-g')).toBe(saved);
});

test('plainNewlines() changes nothing but the carriage returns', () => {
  const slave = terminal();
  const before = settings(slave);
  setTerminalAttributes(ffi, slave, plainNewlines(terminalAttributes(ffi, slave)!));
  expect(settings(slave)).toEqual(before.map((name) => (name === 'onlcr' ? '-onlcr' : name)));
});

test('copyWindowSize() copies rows and columns', () => {
  const [from, to] = [terminal(), terminal()];
  stty(from, 'rows', '300', 'columns', '7');
  copyWindowSize(ffi, from, to);
  expect(stty(to, 'size')).toBe('300 7\n');
});

test('terminalAttributes() knows what is no terminal', () => {
  const file = openSync('/dev/null', 'r');
  expect(terminalAttributes(ffi, file)).toBe(undefined);
  copyWindowSize(ffi, file, file);
  closeSync(file);
});
