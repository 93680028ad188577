// The streams of Exec and Attach, which containerd's CRI plugin serves over HTTP: a small WebSocket (RFC 6455) client
// of the subprotocol v4.channel.k8s.io, where the first byte of every message is the stream's number. It reaches the
// server through nc(1), as that listens in the sandbox's network namespace.

import { randomBytes } from 'node:crypto';
import { eventually } from '../../support/lifecycle.ts';
import { startProgram } from '../../support/runtime.ts';
import type { Sandbox } from './sandbox.ts';

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/** RFC 6455, 5.2: a final frame of binary data. */
const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const CONTROL = 0x08;

export interface Streams {
  readonly write: (text: string) => void;
  readonly resize: (rows: number, columns: number) => void;
  readonly shown: (stream: 'stdout' | 'stderr') => string;
  readonly sees: (text: string) => Promise<unknown>;
  /** Waits for the end. @returns the exit code, as the server's last message tells it */
  readonly exitCode: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** A message of up to 64 KiB, masked as a client's must be. */
function frame(channel: number, text: string): Buffer {
  const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
  const mask = randomBytes(4);
  const { length: size } = payload;
  const length = size < 126 ? [MASKED | size] : [MASKED | 126, size >> 8, size & 255];
  const masked = payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([Buffer.from([FINAL_BINARY, ...length]), mask, masked]);
}

/** Takes the whole messages off the server's bytes. @returns them, and what is left */
function messagesIn(bytes: Buffer): { messages: Buffer[]; rest: Buffer } {
  const messages: Buffer[] = [];
  let at = 0;
  while (bytes.length >= at + 2) {
    const short = (bytes[at + 1] ?? 0) & 127;
    const header = short === 126 ? 4 : 2;
    if (bytes.length < at + header) break;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    if (bytes.length < at + header + length) break;
    // Not those that close the connection, or ask whether it is alive.
    if (((bytes[at] ?? 0) & CONTROL) === 0) messages.push(bytes.subarray(at + header, at + header + length));
    at += header + length;
  }
  return { messages, rest: bytes.subarray(at) };
}

function handshake({ host, pathname }: URL): string {
  return [
    `GET ${pathname} HTTP/1.1`, `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket',
    'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Protocol: v4.channel.k8s.io', 'Origin: http://localhost', '', '',
  ].join('\r\n');
}

/** What the last message says: `Success`, or the code among the causes. */
function codeOf(status: string): number {
  const { status: word, details } = JSON.parse(status) as {
    status: string; details?: { causes?: readonly { reason: string; message: string }[] };
  };
  if (word === 'Success') return 0;
  return Number(details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message ?? NaN);
}

/** Opens what Exec or Attach has answered with. */
export async function openStreams(sandbox: Sandbox, address: string): Promise<Streams> {
  const url = new URL(address);
  const { child, ended } = startProgram(
    sandbox.command(['busybox', 'nc', url.hostname, url.port]), { keepInputOpen: true, timeout: 60_000 },
  );
  const texts: string[] = ['', '', '', '', ''];
  let bytes = Buffer.alloc(0);
  let upgraded = false;
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (!upgraded && end >= 0) {
      upgraded = bytes.toString('latin1', 0, 12) === 'HTTP/1.1 101';
      bytes = bytes.subarray(end + 4);
    }
    if (!upgraded) return;
    const { messages, rest } = messagesIn(bytes);
    for (const message of messages) {
      const channel = message[0] ?? 0;
      texts[channel] = (texts[channel] ?? '') + message.subarray(1).toString();
    }
    bytes = Buffer.from(rest);
  });
  child.stdin?.write(handshake(url));
  await eventually(() => upgraded, (is) => is);
  return {
    write: (text) => void child.stdin?.write(frame(CHANNEL.stdin, text)),
    resize: (Height, Width) => void child.stdin?.write(frame(CHANNEL.resize, JSON.stringify({ Width, Height }))),
    shown: (stream) => (texts[CHANNEL[stream]] ?? '').replaceAll('\r', ''),
    sees: (text) => eventually(() => texts[CHANNEL.stdout] ?? '', (shown) => shown.includes(text)),
    exitCode: async () => codeOf(await eventually(() => texts[CHANNEL.error] ?? '', (text) => text.includes('}'))),
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
