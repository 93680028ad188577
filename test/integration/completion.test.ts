// Completion in real shells: a person types the beginning of a word and presses the tab key.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { commands } from '../../src/commands/table.ts';
import { makeBundle } from '../support/bundle.ts';
import { createBundle, succeed } from '../support/lifecycle.ts';
import { startAtTerminal, type TerminalSession } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { configured, stateRoot } from '../support/runtime.ts';

const test = requires('nunc');
const zshTest = requires('nunc', 'zsh');
const containerTest = requires('root', 'cgroups', 'busybox', 'nunc');
const zshContainerTest = requires('root', 'cgroups', 'busybox', 'nunc', 'zsh');

/** A directory with nunc in it, and some files to complete. */
function makePlace(): string {
  const place = mkdtempSync(join(tmpdir(), 'nunc-completion-'));
  onTestFinished(() => rmSync(place, { recursive: true }));
  symlinkSync(configured, join(place, 'nunc'));
  mkdirSync(join(place, 'a directory'));
  mkdirSync(join(place, 'bundle'));
  writeFileSync(join(place, 'resources.json'), '{}');
  return place;
}

/** What bash offers for the last word, when the cursor is behind it. */
function offeredByBash(place: string, ...words: string[]): string[] {
  const script = `source <(nunc completion bash)
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nunc; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', ...words], {
    encoding: 'utf8', cwd: place, env: { PATH: `${place}:${process.env['PATH']}` },
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '').sort();
}

describe('completion bash', () => {
  const cases: readonly (readonly [words: string[], offered: string[]])[] = [
    [['nunc', 'sta'], ['start', 'state']],
    [['nunc', 'delet'], ['delete']],
    [['nunc', '--ro'], ['--root', '--rootless']],
    [['nunc', '--log-format', ''], ['json', 'text']],
    [['nunc', '--log-format', 'j'], ['json']],
    [['nunc', '--log-format', '=', ''], ['json', 'text']],
    [['nunc', '--log-format', '=', 'j'], ['json']],
    [['nunc', '--log-format', '='], ['json', 'text']],
    [['nunc', '--cgroup-manager', 'sys'], ['systemd']],
    [['nunc', '--root', ''], ['a directory', 'bundle']],
    [['nunc', '--root', 'bundle', '--debug', 'sta'], ['start', 'state']],
    [['nunc', 'help', 'pau'], ['pause']],
    [['nunc', 'create', '--bun'], ['--bundle']],
    [['nunc', 'create', '--no-'], ['--no-new-keyring', '--no-pivot']],
    [['nunc', 'create', '-b', 'bun'], ['bundle']],
    [['nunc', 'create', '--bundle', '=', 'a'], ['a directory']],
    [['nunc', 'update', '-r', 'res'], ['resources.json']],
    [['nunc', 'list', '-f', ''], ['json', 'table']],
    [['nunc', 'list', '--kern'], []],
    [['nunc', 'kill', 'x', 'SIGK'], []],
    [['nunc', 'kill', 'x', 'KI'], ['KILL']],
    [['nunc', 'kill', '--all', 'x', 'US'], ['USR1', 'USR2']],
    [['nunc', 'kill', '--', '-a', 'KI'], ['KILL']],
    [['nunc', 'completion', ''], ['bash', 'zsh']],
    [['nunc', 'mounts', ''], ['add', 'remove']],
    [['nunc', 'mounts', 'add', 'x', 'res'], ['resources.json']],
    // Bash takes what is written together apart.
    [['nunc', 'exec', '--user', '1', ':', '2', '-e', 'A', '=', 'b', '--proc'], ['--process', '--process-label']],
    [['nunc', 'exec', '-e', 'A', '=', 'b', '-p', 'res'], ['resources.json']],
    [['nunc', 'update', '--cpu-quota', ''], []],
    [['nunc', 'update', '--kernel'], []],
  ];
  for (const [words, offered] of cases) {
    test(`offers ${offered.join(' ') || 'nothing'} for ${words.join(' ')}`, () => {
      expect(offeredByBash(makePlace(), ...words)).toEqual(offered);
    });
  }

  containerTest('offers the ids of containers below the same --root', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    const place = makePlace();
    const globals = ['nunc', '--root', stateRoot()];
    for (const command of ['start', 'state', 'kill', 'delete', 'pause', 'ps', 'update']) {
      expect(offeredByBash(place, ...globals, command, '')).toEqual([bundle.id]);
    }
    expect(offeredByBash(place, ...globals, 'delete', '--force', bundle.id.slice(0, -1))).toEqual([bundle.id]);
    expect(offeredByBash(place, ...globals, 'delete', 'nosuch')).toEqual([]);
    await succeed(['delete', bundle.id]);
  });
});

/** A shell at a terminal that has read the script. */
async function startShell(shell: 'bash' | 'zsh', place: string): Promise<TerminalSession> {
  const environment = ['env', '-i', `PATH=${place}:${process.env['PATH']}`, 'TERM=dumb', `HOME=${place}`];
  const argv = shell === 'bash' ? ['bash', '--norc', '--noprofile', '-i'] : ['zsh', '-f', '-i'];
  const session = startAtTerminal([...environment, ...argv], { size: { rows: 50, columns: 200 } });
  session.type(shell === 'bash' ? "PS1='rea''dy> '\n" : "PROMPT='rea''dy> '\n");
  await session.sees('ready> ');
  session.type(`cd '${place}'\n`);
  if (shell === 'zsh') session.type('autoload -U compinit; compinit -u -D\n');
  session.type(`source <(nunc completion ${shell}); echo rea''d\n`);
  await session.sees(/^read$/m);
  return session;
}

/** A line editor goes back over blanks that it has shown too soon. */
function asTyped(shown: string): string {
  return shown.replaceAll(' \b', '');
}

for (const shell of ['bash', 'zsh'] as const) {
  const shellTest = shell === 'zsh' ? zshTest : test;
  const shellContainerTest = shell === 'zsh' ? zshContainerTest : containerTest;
  describe(`${shell} at a terminal`, () => {
    shellTest('completes commands, options and files', async () => {
      const session = await startShell(shell, makePlace());
      session.type('nunc delet\t--for\tnobody\n');
      // Forced, it is no failure that there is none.
      session.type("echo sta''tus $?\n");
      expect(asTyped(await session.sees(/^status 0$/m))).toContain('nunc delete --force nobody');
      session.type('nunc spec --bun\tbun\t\n');
      session.type("ls bundle; echo do''ne\n");
      expect(await session.sees(/^done$/m)).toMatch(/^config\.json$/m);
    }, 30_000);

    shellTest('knows the options of every command', async () => {
      const session = await startShell(shell, makePlace());
      for (const { name } of commands) {
        session.type(`nunc ${name} --hel\t; echo do''ne-${name}\n`);
        const shown = await session.sees(new RegExp(`^done-${name}$`, 'm'));
        expect(shown).toMatch(new RegExp(`^Usage: nunc ${name}( |$)`, 'm'));
      }
      expect(session.shown()).not.toMatch(/_arguments|comparguments/);
    }, 60_000);

    shellContainerTest('completes the id of a container', async () => {
      const bundle = makeBundle();
      await createBundle(bundle);
      const session = await startShell(shell, makePlace());
      session.type(`nunc --root ${stateRoot()} delete ${bundle.id.slice(0, 5)}\t\n`);
      session.type("echo sta''tus $?\n");
      const shown = await session.sees(/^status \d$/m);
      expect(asTyped(shown)).toContain(`delete ${bundle.id}`);
      expect(shown).toMatch(/^status 0$/m);
      expect(await succeed(['list', '-q'])).toBe('');
    }, 30_000);
  });
}
