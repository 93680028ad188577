// Terminals: of a container's own process and of what is executed in it.

import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { startAtTerminal, type TerminalSession } from '../../support/pty.ts';
import type { Case } from '../battery.ts';
import { type CtrClient, inBackground } from './ctr-client.ts';

const runTty = (client: CtrClient, script: string): string[] => (
  client.commandLine(client.runArguments('tty', ['sh', '-c', script], ['--rm', '--tty']))
);

async function execTty(client: CtrClient, script: string, flags: readonly string[] = []): Promise<string[]> {
  await inBackground(client, { id: 'host', script: 'while :; do sleep 0.05; done' });
  return client.commandLine(['tasks', 'exec', '--tty', '--exec-id', 'e', ...flags, 'host', 'sh', '-c', script]);
}

/** Tells of the terminal, and answers to a line. */
const answers = 'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo three; echo ready;'
  + ' read line; echo "got $line"; exit 6';

/** Ends when the terminal has the size. */
const resizes = 'trap "stty size" WINCH; echo ready;'
  + ' until [ "$(stty size 2>/dev/null)" = "33 111" ]; do sleep 0.05; done';

const interrupted = 'trap "echo caught; exit 4" INT; echo ready; while :; do sleep 0.05; done';

const size = { rows: 33, columns: 111 };

/** Changes a terminal's size until the container tells of it: ctr may not listen for changes yet when it runs. */
async function untilResized(session: TerminalSession): Promise<void> {
  await eventually(async () => {
    session.resize({ ...size, columns: size.columns - 1 });
    session.resize(size);
    await delay(50);
    return session.shown();
  }, (shown) => shown.includes('33 111'));
}

export const terminalCases: readonly Case<CtrClient>[] = [
  {
    name: 'run --tty: a terminal, its size, its input and the exit status',
    run: async (client) => {
      const session = startAtTerminal(runTty(client, answers), { size });
      await session.sees('ready');
      session.type('hello\n');
      const { status } = await session.ended;
      expect(status).toBe(6);
      expect(session.shown()).toContain('got hello');
      return session.shown();
    },
  },
  {
    name: 'run --tty: a change of the window\'s size reaches the container',
    run: async (client) => {
      const session = startAtTerminal(runTty(client, resizes), { size: { rows: 24, columns: 80 } });
      await session.sees('ready');
      await untilResized(session);
      expect((await session.ended).status).toBe(0);
    },
  },
  {
    name: 'run --tty: ^C interrupts what runs in the foreground',
    run: async (client) => {
      const session = startAtTerminal(runTty(client, interrupted));
      await session.sees('ready');
      session.type('\x03');
      await session.sees('caught');
      expect((await session.ended).status).toBe(4);
    },
  },
  {
    name: 'exec --tty: a terminal, its size, its input and the exit status',
    run: async (client) => {
      const session = startAtTerminal(await execTty(client, answers), { size });
      await session.sees('ready');
      session.type('hello\n');
      expect((await session.ended).status).toBe(6);
      // ctr may come too late to set the size, and says so.
      return session.shown().replace(/^.*ERRO.* resize pty .*\n/gm, '');
    },
  },
  {
    name: 'exec --tty: the size, and its changes',
    run: async (client) => {
      const session = startAtTerminal(await execTty(client, resizes), { size: { rows: 24, columns: 80 } });
      await session.sees('ready');
      await untilResized(session);
      expect((await session.ended).status).toBe(0);
    },
  },
  {
    name: 'exec --tty --user: the terminal is the user\'s own',
    run: async (client) => {
      const script = 'id -u; echo works >$(tty); ls -ln $(tty) | cut -c1-10; exit 0';
      const session = startAtTerminal(await execTty(client, script, ['--user', '1000:1000']));
      expect((await session.ended).status).toBe(0);
      expect(session.shown()).toContain('works');
      // ctr may come too late to set the size.
      return session.shown().split('\n').filter((line) => !line.includes('resize pty'));
    },
  },
];
