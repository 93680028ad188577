import { describe, expect, test } from 'vitest';
import { changeProcess } from '../../../src/commands/exec-process.ts';
import { parseCommand } from '../../../src/commands/parse.ts';
import { type CommandEntry, findCommand } from '../../../src/commands/table.ts';
import type { Process } from '../../../src/config/types.ts';
import { NuncError } from '../../../src/error.ts';

const exec = findCommand('exec') as CommandEntry;

function changed(own: Process | undefined, ...argv: readonly string[]): Process {
  const { options, positionals } = parseCommand([...argv, 'id', 'program', '-x', '--', 'y'], exec);
  return changeProcess(own, { args: positionals.slice(1), options }).process;
}

const own: Process = {
  cwd: '/work',
  args: ['own'],
  env: ['A=1'],
  terminal: true,
  consoleSize: { height: 1, width: 2 },
  user: { uid: 5, gid: 6, additionalGids: [7], umask: 0o27 },
  capabilities: {
    bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'], inheritable: ['CAP_CHOWN'],
  },
  noNewPrivileges: true,
  rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
};

describe('changeProcess()', () => {
  test('leaves of the container\'s process all but program and terminal', () => {
    const { consoleSize: _, ...rest } = own;
    expect(changed(own)).toEqual({ ...rest, args: ['program', '-x', '--', 'y'], terminal: false });
  });

  test('runs as root in "/" where the container has no process', () => {
    expect(changed(undefined)).toEqual({
      cwd: '/', args: ['program', '-x', '--', 'y'], terminal: false, env: [], user: { uid: 0, gid: 0 },
    });
  });

  test('applies options, the repeatable ones in their order', () => {
    const options = ['--cwd', '/x', '-e', 'B=2', '--env', 'A=3', '-t', '-g', '8', '-g=9', '-u', '1:2'];
    options.push('-c', 'CAP_BPF', '--cap=CAP_FOWNER');
    const added = ['CAP_KILL', 'CAP_BPF', 'CAP_FOWNER'];
    expect(changed(own, ...options, '--no-new-privs=false', '--apparmor', 'p', '--process-label', 'l')).toMatchObject({
      cwd: '/x', env: ['A=1', 'B=2', 'A=3'], terminal: true, apparmorProfile: 'p', selinuxLabel: 'l',
      user: { uid: 1, gid: 2, additionalGids: [7, 8, 9], umask: 0o27 }, noNewPrivileges: false,
      capabilities: { bounding: added, effective: added, permitted: added, inheritable: ['CAP_CHOWN'] },
    });
  });

  test('takes empty values for none, as managers pass them', () => {
    expect(changed(own, '--cwd=', '--apparmor=', '--process-label=', '--user=')).toEqual(changed(own));
  });

  test('never has capabilities be inheritable or ambient that are added', () => {
    const { capabilities } = changed({ cwd: '/' }, '--cap', 'CAP_KILL');
    expect(capabilities).toEqual({ bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'] });
  });

  test.each([
    ['0', { uid: 0, gid: 6 }], ['1000', { uid: 1000, gid: 6 }], ['0:0', { uid: 0, gid: 0 }],
    ['007:010', { uid: 7, gid: 10 }],
    ['4294967294:4294967294', { uid: 4294967294, gid: 4294967294 }],
  ])('reads --user %s', (text, ids) => {
    expect(changed(own, '--user', text).user).toMatchObject(ids);
  });

  const wrong = [
    '0x0', '1000abc', '-1', '4294967295', '4294967296', '99999999999', '18446744073709551616', '1e3', ' 1', '1 ',
    '+1', '1.0',
    '1:', ':1', ':', '1:2:3', '1:x', 'root', '٣', '1\n', '0:-1', '1::2',
  ];

  test.each(wrong)('refuses --user %j', (text) => {
    expect(() => changed(own, `--user=${text}`)).toThrow(NuncError);
    expect(() => changed(own, `--user=${text}`)).toThrow(/^invalid value ".*" for --user: an id is a decimal number$/);
  });

  test.each(['', ...wrong.filter((text) => !text.includes(':')), '1:2'])('refuses --additional-gids %j', (text) => {
    expect(() => changed(own, `--additional-gids=${text}`)).toThrow(/ for --additional-gids: an id is a decimal number$/);
  });

  test('refuses to run nothing', () => {
    const { options } = parseCommand(['id'], exec);
    expect(() => changeProcess(own, { args: [], options })).toThrow('process args cannot be empty');
  });
});
