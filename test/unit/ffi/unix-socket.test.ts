import {
  closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { makePipe, must, pidfdGetDescriptor, pidfdOpen, waitForEither } from '../../../src/ffi/system-calls.ts';
import {
  bindDatagram, connectDatagram, connectUnix, receiveDatagram, receiveDescriptor, sendDatagram, sendDescriptor,
  socketPair,
} from '../../../src/ffi/unix-socket.ts';
import { errno } from '../../../src/linux/errno.ts';

const ffi = openFfi();

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-socket-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('sendDescriptor() and receiveDescriptor() hand over an open file', () => {
  const path = join(scratch(), 'file');
  writeFileSync(path, 'content');
  const [near, far] = socketPair(ffi);
  const file = openSync(path, 'r');
  const payload = new TextEncoder().encode('/dev/pts/0');
  expect(sendDescriptor(ffi, near, { descriptor: file, payload })).toBe(payload.length);
  const received = receiveDescriptor(ffi, far);
  expect(fstatSync(received).ino).toBe(fstatSync(file).ino);
  expect(readFileSync(received, 'utf8')).toBe('content');
  expect(() => receiveDescriptor(ffi, far)).toThrow('cannot receive a descriptor: resource temporarily unavailable');
  for (const descriptor of [near, far, file, received]) closeSync(descriptor);
});

test('connectUnix() connects to paths of any length, and names the path when it cannot', async () => {
  const directory = join(scratch(), 'd'.repeat(150));
  mkdirSync(directory);
  const server = createServer((socket) => void socket.end());
  // A path that bind(2) takes: the process's own descriptor of the directory.
  const handle = openSync(directory, 'r');
  await new Promise<void>((done) => void server.listen(`/proc/self/fd/${handle}/socket`, done));
  closeSync(connectUnix(ffi, join(directory, 'socket')));
  const missing = join(directory, 'none');
  expect(() => connectUnix(ffi, missing)).toThrow(`cannot connect to "${missing}": no such file or directory`);
  const nowhere = join(directory, 'no', 'where');
  expect(() => connectUnix(ffi, nowhere)).toThrow(`cannot connect to "${nowhere}": no such file or directory`);
  expect(() => connectUnix(ffi, '/none')).toThrow('cannot connect to "/none": no such file or directory');
  await new Promise((done) => void server.close(done));
  closeSync(handle);
});

test('pidfdGetDescriptor() copies a descriptor of another process, here of this one', () => {
  const path = join(scratch(), 'file');
  writeFileSync(path, 'content');
  const file = openSync(path, 'r');
  const pidfd = must(pidfdOpen(ffi, process.pid), 'open a pidfd');
  const copy = must(pidfdGetDescriptor(ffi, pidfd, file), 'copy a descriptor');
  expect(fstatSync(copy).ino).toBe(fstatSync(file).ino);
  for (const descriptor of [file, pidfd, copy]) closeSync(descriptor);
});

test('datagrams reach a socket at a path of any length, or at an abstract address', () => {
  const long = join(scratch(), 'd'.repeat(150));
  mkdirSync(long);
  for (const address of [join(scratch(), 'socket'), join(long, 'socket'), `@nunc-unit-${process.pid}`]) {
    const inside = bindDatagram(ffi, address);
    const outside = connectDatagram(ffi, address);
    expect(() => bindDatagram(ffi, address)).toThrow(`cannot bind "${address}": address already in use`);
    const bytes = new Uint8Array(8);
    expect(receiveDatagram(ffi, inside, bytes)).toBe(-errno.EAGAIN);
    expect(sendDatagram(ffi, outside, new TextEncoder().encode('a long message'))).toBe(14);
    const before = readdirSync('/proc/self/fd').length;
    sendDescriptor(ffi, outside, { descriptor: inside, payload: new Uint8Array([1]) });
    expect(receiveDatagram(ffi, inside, bytes)).toBe(8);
    expect(new TextDecoder().decode(bytes)).toBe('a long m');
    expect(receiveDatagram(ffi, inside, bytes)).toBe(1);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
    for (const descriptor of [inside, outside]) closeSync(descriptor);
  }
  expect(() => connectDatagram(ffi, '@nunc-nobody')).toThrow('cannot connect to "@nunc-nobody": connection refused');
  const none = join(long, 'none');
  expect(() => connectDatagram(ffi, none)).toThrow(`cannot connect to "${none}": no such file or directory`);
});

test('waitForEither() waits for one or the other', () => {
  const [[reader, writer], [otherReader, otherWriter]] = [makePipe(ffi), makePipe(ffi)];
  writeSync(writer, '1');
  waitForEither(ffi, reader, otherReader);
  waitForEither(ffi, otherReader, reader);
  closeSync(otherWriter);
  waitForEither(ffi, otherReader, otherReader);
  for (const descriptor of [reader, writer, otherReader]) closeSync(descriptor);
});
