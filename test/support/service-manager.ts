// The two who talk over sd_notify(3): a service manager, which is this process, and a service in a container, whose
// part a Python process takes that has entered the container's root. Also whoever waits at a --pidfd-socket.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { bindDatagram, receiveDatagram, receiveDescriptor } from '../../src/ffi/unix-socket.ts';
import { kernel } from './library.ts';
import { eventually } from './lifecycle.ts';
import { runProgram } from './runtime.ts';

const PYTHON = '/usr/bin/python3';

/** A directory of the running test's own, for sockets. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-socket-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface ServiceManager {
  /** What $NOTIFY_SOCKET says. */
  readonly address: string;
  /** The next datagram; what came with it is closed. */
  readonly hear: () => Promise<string>;
  /** Whether there is another one. */
  readonly hasMore: () => boolean;
  /** Takes the descriptor of the next datagram, for the caller to close. */
  readonly takeDescriptor: () => Promise<number>;
}

/** @param address a path; one in a directory of the test's by default */
export function serviceManager(address = join(scratch(), 'notify')): ServiceManager {
  const socket = bindDatagram(kernel(), address);
  onTestFinished(() => closeSync(socket));
  const heard: string[] = [];
  const listen = (): string | undefined => {
    const bytes = new Uint8Array(4096);
    const length = receiveDatagram(kernel(), socket, bytes);
    if (length >= 0) heard.push(new TextDecoder().decode(bytes.subarray(0, length)));
    return heard[0];
  };
  return {
    address,
    hear: async () => {
      await eventually(listen, (datagram) => datagram !== undefined);
      return heard.shift() ?? '';
    },
    hasMore: () => listen() !== undefined,
    takeDescriptor: () => eventually(() => {
      try {
        return receiveDescriptor(kernel(), socket);
      } catch {
        return -1;
      }
    }, (descriptor) => descriptor >= 0),
  };
}

const SERVICE = `
import os, socket, sys
pid, uid, path = sys.argv[1:4]
encoded = [line.encode().decode('unicode_escape').encode() for line in sys.argv[4:]]
os.chroot('/proc/' + pid + '/root')
os.setgid(int(uid)); os.setuid(int(uid))
service = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for datagram in encoded: service.sendto(datagram, path)
`;

/** Sends datagrams as a process of the container would: its files, its user. */
export async function notify(pid: number, datagrams: readonly string[], uid = 0): Promise<void> {
  const argv = [PYTHON, '-c', SERVICE, String(pid), String(uid), '/run/notify/notify.sock'];
  const escaped = datagrams.map((datagram) => datagram.replaceAll('\n', '\\n'));
  const { status, stderr } = await runProgram([...argv, ...escaped]);
  if (status !== 0) throw new Error(`cannot notify: ${stderr}`);
}

const RECEIVER = `
import json, re, signal, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1]); server.listen(); print('ready', flush=True)
connection, _ = server.accept()
message, descriptors, _, _ = socket.recv_fds(connection, 64, 4)
pids = [int(re.search(r'Pid:\\s*(-?[0-9]+)', open('/proc/self/fdinfo/%d' % fd).read()).group(1)) for fd in descriptors]
rest = connection.recv(64)
sys.stdin.read()
for fd in descriptors: signal.pidfd_send_signal(fd, signal.SIGKILL)
print(json.dumps({'message': message.decode(), 'pids': pids, 'rest': rest.decode()}))
`;

interface ReceivedPidfd {
  readonly message: string;
  /** Of the processes whose descriptors came with it; they have got SIGKILL by now. */
  readonly pids: readonly number[];
  /** What came after it, to the end of the connection. */
  readonly rest: string;
}

/** Listens at a path for one message. */
export async function pidfdReceiver(path: string): Promise<{ readonly received: () => Promise<ReceivedPidfd> }> {
  const child = spawn(PYTHON, ['-c', RECEIVER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => output += chunk.toString());
  await eventually(() => output, (text) => text.startsWith('ready\n'));
  return {
    received: async () => {
      child.stdin.end();
      await ended;
      return JSON.parse(output.slice('ready\n'.length)) as ReceivedPidfd;
    },
  };
}
