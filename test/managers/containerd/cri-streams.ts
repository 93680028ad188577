// `kubectl exec` and `kubectl attach`: streams to a process in a container, with and without a terminal.

import { expect } from 'vitest';
import type { Case } from '../battery.ts';
import { type CriClient, startContainer } from './cri-client.ts';
import { openStreams, type Streams } from './streams.ts';

const waits = 'while :; do sleep 0.05; done';

async function open(client: CriClient, method: 'exec' | 'attach', request: unknown): Promise<Streams> {
  return openStreams(client.sandbox, ((await client.grpc.call(method, request)) as { url: string }).url);
}

/** Executes a script in a container that waits, with streams. */
async function exec(client: CriClient, script: string, { tty }: { tty: boolean }): Promise<Streams> {
  const containerId = await startContainer(client, { name: 'streamed', script: waits });
  return open(client, 'exec', { containerId, cmd: ['sh', '-c', script], tty, stdin: true, stdout: true, stderr: !tty });
}

export const streamCases: readonly Case<CriClient>[] = [
  {
    name: 'exec streams input, both outputs and the exit code',
    run: async (client) => {
      const streams = await exec(client, 'read line; echo "out $line"; echo "err $line" >&2; exit 6', { tty: false });
      streams.write('hello\n');
      const code = await streams.exitCode();
      await streams.close();
      expect([streams.shown('stdout'), streams.shown('stderr'), code]).toEqual(['out hello\n', 'err hello\n', 6]);
    },
  },
  {
    name: 'exec with a terminal: its size, echo, ^C and the exit code',
    run: async (client) => {
      const script = 'trap "exit 7" INT; tty;'
        + ' until [ "$(stty size 2>/dev/null)" = "33 111" ]; do sleep 0.02; done; echo sized;'
        + ' read line; echo "got $line"; while :; do sleep 0.05; done';
      const streams = await exec(client, script, { tty: true });
      streams.resize(33, 111);
      await streams.sees('sized');
      streams.write('hello\n');
      await streams.sees('got hello');
      streams.write('\x03');
      const code = await streams.exitCode();
      await streams.close();
      expect(code).toBe(7);
      return streams.shown('stdout');
    },
  },
  {
    name: 'attach reaches a container\'s own input and output',
    run: async (client) => {
      const script = 'while read line; do echo "got $line"; [ "$line" = end ] && exit 5; done';
      const containerId = await startContainer(client, { name: 'attached', script, more: { stdin: true } });
      const streams = await open(client, 'attach', { containerId, stdin: true, stdout: true, stderr: true });
      streams.write('one\n');
      await streams.sees('got one');
      streams.write('end\n');
      await streams.sees('got end');
      await streams.close();
      expect(streams.shown('stdout')).toBe('got one\ngot end\n');
    },
  },
  {
    name: 'attach to a container with a terminal',
    run: async (client) => {
      const script = 'tty; read line; echo "got $line"; sleep 100';
      const containerId = await startContainer(client, { name: 'terminal', script, more: { stdin: true, tty: true } });
      const streams = await open(client, 'attach', { containerId, stdin: true, stdout: true, tty: true });
      streams.write('hello\n');
      await streams.sees('got hello');
      await streams.close();
    },
  },
];
