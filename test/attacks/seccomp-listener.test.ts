// Seccomp listeners for the very calls that hand them over, or that the init makes before it executes: whoever has such
// a filter and needs the call waits for an agent, which may be deaf, or waits itself. Nobody may wait for ever.

import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { badRefusal, shellBundle } from '../support/attacks/containers.ts';
import { type Running, startProgram } from '../support/runtime.ts';

/** Takes the listener; answers that the call may go on, or never. */
const agents = {
  deaf: ['/usr/bin/python3', '-c', `import socket,sys,time
s=socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(1)
print("ready",flush=True)
c,_=s.accept()
d=socket.recv_fds(c,99999,4)
time.sleep(60)`],
  willing: ['/usr/bin/python3', join(import.meta.dirname, '../support/seccomp-agent.py')],
};

/** nunc gives an agent 5 s; the rest is for a busy machine. */
const LIMIT = 8000;

function untilReady({ child }: Running): Promise<void> {
  return new Promise((ready) => child.stdout?.once('data', () => ready()));
}

/** Creates and starts a container whose filter notifies of `names`. @returns a line if a command hangs or crashes */
async function live(target: Target, agent: keyof typeof agents, names: readonly string[]): Promise<string[]> {
  const bundle = shellBundle(target, 'true', (spec, { directory }) => {
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW', listenerPath: join(directory, 'agent.sock'),
      syscalls: [{ names: [...names], action: 'SCMP_ACT_NOTIFY' }],
    };
  });
  const running = startProgram([...agents[agent], join(bundle.directory, 'agent.sock'), 'continue']);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  await untilReady(running);
  const output = join(bundle.directory, 'output');
  const gains: string[] = [];
  for (const command of [['create', '--bundle', bundle.directory], ['start']]) {
    const begun = Date.now();
    const result = await target.run([...command, bundle.id], { output, timeout: LIMIT });
    if (Date.now() - begun >= LIMIT) gains.push(`${command[0] ?? ''} hangs`);
    else gains.push(...badRefusal(result));
    if (result.status !== 0) break;
  }
  // Before its container is deleted, as an agent may do.
  running.child.kill('SIGKILL');
  return gains;
}

function attack(agent: keyof typeof agents, ...names: readonly string[]): Attack {
  return (target) => live(target, agent, names);
}

attackTests(19, {
  needs: ['python3'],
  attacks: {
    'a deaf listener for what the init calls before it is created': attack('deaf', 'read', 'fcntl', 'prctl', 'ioctl'),
    'a deaf listener for write and sendmsg': attack('deaf', 'write', 'sendmsg', 'sendto', 'sendmmsg'),
    'a listener for sendmsg and close': attack('willing', 'sendmsg', 'sendto', 'close', 'close_range'),
    'a listener for read and execve': attack('willing', 'read', 'execve', 'execveat'),
    'a deaf listener for execve': attack('deaf', 'execve', 'execveat'),
  },
});
