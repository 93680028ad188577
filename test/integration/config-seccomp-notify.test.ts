// linux.seccomp with SCMP_ACT_NOTIFY: an agent of ours gets the listener, and answers for the kernel.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { requires } from '../support/requires.ts';
import { type Running, startProgram, stateRoot } from '../support/runtime.ts';

const testNotify = requires('root', 'busybox', 'python3');
const testNuncNotify = requires('root', 'busybox', 'python3', 'nunc');

const support = join(import.meta.dirname, '../support');

/** What an agent prints of what it was sent. */
interface Received {
  readonly message: { readonly pid: number; readonly state: { readonly pid: number } };
  readonly descriptors: number;
}

interface Agent {
  readonly socket: string;
  /** What it has printed when it has ended. */
  readonly said: () => Promise<string[]>;
}

function untilSaid({ child }: Running, word: string): Promise<void> {
  return new Promise((done, failed) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(word)) done();
    });
    child.once('exit', () => failed(new Error(`the agent ended: ${text}`)));
  });
}

/** Starts test/support/seccomp-agent.py. @param answer an errno or "continue"; @param count of answers */
async function startAgent({ directory }: Bundle, answer: number | 'continue', count = -1): Promise<Agent> {
  const socket = join(directory, 'agent.sock');
  const running = startProgram(['python3', join(support, 'seccomp-agent.py'), socket, String(answer), String(count)]);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  await untilSaid(running, 'ready');
  return { socket, said: async () => (await running.ended).stdout.trim().split('\n').slice(1) };
}

function notify(names: string[], listenerPath: string): BundleSpec['linux']['seccomp'] & object {
  return {
    defaultAction: 'SCMP_ACT_ALLOW', listenerPath, listenerMetadata: 'meta=data',
    syscalls: [{ names, action: 'SCMP_ACT_NOTIFY' }],
  };
}

for (const noNewPrivileges of [true, false]) {
  const how = noNewPrivileges ? 'with' : 'without';
  testNotify(`SCMP_ACT_NOTIFY: the agent gets listener and state, and decides, ${how} no_new_privs`, async () => {
    let agent: Agent | undefined;
    const bundle = await bundleFor('mkdir /tmp/made; echo $?', async (spec, made) => {
      agent = await startAgent(made, 17);
      spec.process.noNewPrivileges = noNewPrivileges;
      spec.annotations = { key: 'value' };
      spec.linux.seccomp = notify(['mkdir', 'mkdirat'], agent.socket);
    });
    const { status, stdout, stderr } = await runBundle(bundle);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '1\n' });
    expect(stderr).toContain('File exists');
    const [received = '', ...calls] = await agent?.said() ?? [];
    const { message, descriptors } = JSON.parse(received) as Received;
    expect(descriptors).toBe(1);
    expect(message).toMatchObject({
      ociVersion: expect.stringMatching(/^1\.\d/) as string, fds: ['seccompFd'], metadata: 'meta=data',
      state: { id: bundle.id, status: 'creating', bundle: bundle.directory, annotations: { key: 'value' } },
    });
    expect(message.pid).toBeGreaterThan(1);
    expect(message.state.pid).toBe(message.pid);
    expect(calls).toEqual(['83', 'end']);
  });
}

// runc 1.1 keeps the connection open ("MUST close", config-linux.md says since 1.0.2).
testNuncNotify('SCMP_ACT_NOTIFY: the connection is closed; what the init calls may be notified of', async () => {
  let agent: Agent | undefined;
  const bundle = await bundleFor('', async (spec, made) => {
    agent = await startAgent(made, 'continue');
    spec.process.args = ['true'];
    spec.linux.seccomp = notify(['read', 'close', 'prctl', 'close_range', 'execve'], agent.socket);
  });
  expect(await runBundle(bundle)).toMatchObject({ status: 0, stderr: '' });
  const [received = '', ...calls] = await agent?.said() ?? [];
  expect(JSON.parse(received)).toMatchObject({ closed: true });
  // read, close, prctl, read, close_range, execve.
  expect(calls.slice(0, 6)).toEqual(['0', '3', '157', '0', '436', '59']);
  expect(calls.at(-1)).toBe('end');
});

/** The message with which a container with a notifying profile is refused; nothing of it is left. */
async function notifyRefusal(names: string[], prepare: (bundle: Bundle) => Promise<string>): Promise<string> {
  const root = stateRoot();
  const message = await refusal(async (spec, bundle) => {
    spec.linux.seccomp = notify(names, await prepare(bundle));
  });
  expect(readdirSync(root)).toEqual([]);
  return message;
}

testNuncNotify('SCMP_ACT_NOTIFY: without an agent the container is not created', async () => {
  const message = await notifyRefusal(['mkdir'], (bundle) => Promise.resolve(join(bundle.directory, 'none.sock')));
  expect(message).toMatch(/^cannot connect to ".*\/none\.sock": no such file or directory; the seccomp agent/);
});

testNuncNotify('SCMP_ACT_NOTIFY: agents that never accept, or never answer, are given up on', async () => {
  expect(await notifyRefusal(['mkdir'], async ({ directory }) => {
    const socket = join(directory, 'deaf.sock');
    // Its queue is full.
    const script = 'import socket,sys,time\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen(0)\n'
      + 't=socket.socket(socket.AF_UNIX)\nt.connect(sys.argv[1])\nprint("ready",flush=True)\ntime.sleep(60)';
    const running = startProgram(['python3', '-c', script, socket]);
    onTestFinished(() => void running.child.kill('SIGKILL'));
    await untilSaid(running, 'ready');
    return socket;
  })).toMatch(/^cannot connect to ".*\/deaf\.sock": resource temporarily unavailable; the seccomp agent/);
  expect(await notifyRefusal(['read'], async (bundle) => {
    const socket = join(bundle.directory, 'mute.sock');
    const script = 'import socket,sys,time\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen(1)\n'
      + 'print("ready",flush=True)\nc,_=s.accept()\nd=socket.recv_fds(c,99999,4)\ntime.sleep(60)';
    const running = startProgram(['python3', '-c', script, socket]);
    onTestFinished(() => void running.child.kill('SIGKILL'));
    await untilSaid(running, 'ready');
    return socket;
  })).toBe('cannot create the container: its seccomp agent does not answer');
});
