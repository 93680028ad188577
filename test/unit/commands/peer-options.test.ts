// What callers write for runc, crun and youki is taken by nunc: every option of every command.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parseCommand, parseGlobals } from '../../../src/commands/parse.ts';
import { findCommand, globalOptions } from '../../../src/commands/table.ts';
import { crun, type PeerOptions, runc, youki } from '../../support/peer-options.ts';

const peers: readonly (readonly [string, PeerOptions])[] = [['runc', runc], ['crun', crun], ['youki', youki]];

/** What must be given besides options. */
const positionals: Readonly<Record<string, readonly string[]>> = {
  list: [], spec: [], features: [], exec: ['id', 'true'], mounts: ['add', 'id', 'f'],
};

function accept(name: string, args: readonly string[]): void {
  if (name === '') {
    const { positionals: others } = parseGlobals([...args, 'command', '--its-own'], globalOptions);
    expect(others).toEqual(['command', '--its-own']);
    return;
  }
  const command = findCommand(name)!;
  const operands = positionals[name] ?? ['id'];
  expect(parseCommand([...args, ...operands], command).positionals).toEqual(operands);
}

describe.each(peers)('the options of %s', (_, options) => {
  describe.each(Object.entries(options))('"%s"', (name, flags) => {
    const isThere = name === '' || findCommand(name) !== undefined;
    test.skipIf(!isThere)(`are taken without any${isThere ? '' : ' (skipped: the command is not there)'}`, () => {
      accept(name, []);
    });
    test.skipIf(!isThere).each(flags)('%s', (flag) => {
      const [option = '', value] = flag.split(' ');
      accept(name, flag.split(' '));
      if (value !== undefined) accept(name, [`${option}=${value}`]);
      // Go's flags and getopt_long(3) know all but single letters with both.
      if (option.length > 2 && option.startsWith('--')) accept(name, [option.slice(1), ...flag.split(' ').slice(1)]);
    });
  });
});

/** The options that the help of an installed program lists; undefined when there is none. */
function listedOptions(program: string, command: string): string[] | undefined {
  const { status, stdout } = spawnSync(program, [...command.split(' ').filter((word) => word !== ''), '--help'], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const lines = stdout.split('\n').filter((line) => /^\s+-/.test(line));
  return lines.flatMap((line) => (/^\s+(-.*?)(?: {2,}|$)/.exec(line)?.[1] ?? '').split(', '))
    .map((option) => option.split(/[ =[]/, 1)[0] ?? '');
}

describe.each([['runc', runc], ['crun', crun]])('the table of %s', (program, options) => {
  test.each(Object.keys(options))('has all that the installed one lists for "%s"', (name) => {
    const all = [...options[name] ?? [], '--help', '-h', '-?', '--usage'];
    const known = new Set(all.map((flag) => flag.split(' ', 1)[0]));
    expect((listedOptions(program, name) ?? []).filter((option) => !known.has(option))).toEqual([]);
  });
});
