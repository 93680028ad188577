import { closeSync, fstatSync,mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { must, pidfdGetDescriptor, pidfdOpen } from '../../../src/ffi/system-calls.ts';
import { connectUnix, receiveDescriptor, sendDescriptor, socketPair } from '../../../src/ffi/unix-socket.ts';

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
