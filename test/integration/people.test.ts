// nunc at a terminal: what a person sees. Managers, who have none, see the same bytes as ever.

import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { makeBundle } from '../support/bundle.ts';
import { createBundle, startBundle, succeed } from '../support/lifecycle.ts';
import { type Size, startAtTerminal } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { commandOf, globalOptions, runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

/** All that a command shows at a terminal. */
async function shownAtTerminal(
  args: readonly string[],
  environment: readonly string[] = [],
  size: Size = { rows: 50, columns: 200 },
): Promise<string> {
  const command = [...commandOf(), ...globalOptions(stateRoot()), ...args];
  const session = startAtTerminal(['env', 'TERM=xterm', 'NO_COLOR=', ...environment, ...command], { size });
  await session.ended;
  return session.shown();
}

describe('an error at a terminal', () => {
  const told = 'container does not exist: "nobody"';

  test('is for a person, in colour', async () => {
    expect(await shownAtTerminal(['state', 'nobody'])).toBe(
      `nunc: \x1b[31merror\x1b[0m: ${told} \x1b[2m[E_NOT_FOUND]\x1b[0m\n`,
    );
  });

  for (const environment of [['NO_COLOR=1'], ['TERM=dumb'], ['TERM=']]) {
    test(`has no colour with ${environment.join('')}`, async () => {
      expect(await shownAtTerminal(['state', 'nobody'], environment)).toBe(`nunc: error: ${told} [E_NOT_FOUND]\n`);
    });
  }

  test('is JSON where that was asked for', async () => {
    const shown = await shownAtTerminal(['--log-format', 'json', 'state', 'nobody']);
    expect(JSON.parse(shown)).toMatchObject({ level: 'error', msg: told, code: 'E_NOT_FOUND' });
  });

  test('has nothing that drives the terminal', async () => {
    expect(await shownAtTerminal(['state', '\x1b[2J\nforged'], ['NO_COLOR=1'])).toMatch(/^nunc: error: [ -~]*\n$/);
  });

  test('does not say twice who it is from', async () => {
    const shown = await shownAtTerminal(['state'], ['NO_COLOR=1']);
    expect(shown).toContain('\nnunc: error: "state" requires exactly 1 argument(s) [E_USAGE]\n');
  });

  test('is one for each thing that is wrong with a config.json', async () => {
    const bundle = makeBundle({ mutate: (spec) => { spec.process.cwd = 'a'; spec.hostname = 'b\0'; } });
    const shown = await shownAtTerminal(['create', '--bundle', bundle.directory, bundle.id], ['NO_COLOR=1']);
    expect(shown.trimEnd().split('\n').filter((line) => line.startsWith('nunc: error: '))).toHaveLength(2);
  });
});

describe('list', () => {
  test('has its status in colour at a terminal only, and where it is wanted', async () => {
    const running = makeBundle({ args: ['sleep', '1000'] });
    const created = makeBundle();
    await startBundle(running);
    await createBundle(created);
    const plain = (await runtime(['list'])).stdout;
    expect(plain).not.toContain('\x1b');
    const coloured = await shownAtTerminal(['list']);
    expect(coloured).toContain('\x1b[32mrunning\x1b[0m');
    expect(coloured).toContain('\x1b[36mcreated\x1b[0m');
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(plain);
    for (const environment of [['NO_COLOR=1'], ['TERM=dumb']]) {
      expect(await shownAtTerminal(['list'], environment)).toBe(plain);
    }
    expect(await shownAtTerminal(['list', '-q'])).not.toContain('\x1b');
  });

  test('keeps its columns, whatever ids and paths are made of', async () => {
    const forged = '/x\nforged      1           running     /b          2026-01-01T00:00:00.000Z   root';
    const names = [forged, '/漢字漢字', '/e\u0301\x1b[31m', `/${'long'.repeat(20)}`];
    for (const [i, name] of names.entries()) {
      const bundle = makeBundle();
      const directory = `${bundle.directory}${name}`;
      mkdirSync(join(directory, '..'), { recursive: true });
      mkdirSync(directory);
      chmodSync(directory, 0o755);
      renameSync(bundle.rootfs, join(directory, 'rootfs'));
      renameSync(join(bundle.directory, 'config.json'), join(directory, 'config.json'));
      const id = `${'i'.repeat(1 + i * 30)}-${bundle.id}`;
      await createBundle({ ...bundle, id, directory });
    }
    const lines = (await succeed(['list'])).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + names.length);
    const created = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z {3}root$/;
    expect(lines.slice(1).filter((line) => !created.test(line))).toEqual([]);
    expect(lines.join('')).not.toMatch(/\x1b/);
    const where = lines[0]!.indexOf('PID');
    expect(lines.slice(1).map((line) => /^\S+ +(?=\d)/.exec(line)?.[0].length)).toEqual(names.map(() => where));
  });
});

describe('nunc alone', () => {
  for (const [columns, most] of [[200, 100], [80, 80], [60, 60]] as const) {
    test(`prints help that fits a terminal of ${columns} columns`, async () => {
      for (const args of [[], ['help', 'create'], ['help', 'update']]) {
        const shown = await shownAtTerminal(args, [], { rows: 50, columns });
        expect(shown).toMatch(/^Usage: nunc /);
        expect(shown.split('\n').filter((line) => line.length > most)).toEqual([]);
      }
    });
  }
});
