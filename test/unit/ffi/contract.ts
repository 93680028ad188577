// What every backend of src/ffi/port.ts must do, as plain cases that run on Node and on Bun alike. Knows neither vitest
// nor the backends. A case throws when the contract is broken.

import assert from 'node:assert/strict';
import { readdirSync,readFileSync } from 'node:fs';
import type { Ffi, SpawnRequest } from '../../../src/ffi/port.ts';

export interface ContractCase {
  readonly name: string;
  readonly run: (ffi: Ffi) => void;
}

// x86_64's and the generic table's (aarch64) numbers: the contract must not lean on src/linux.
const NUMBERS = {
  x64: {
    read: 0, write: 1, close: 3, lseek: 8, mmap: 9, munmap: 11, rt_sigprocmask: 14, readv: 19, getpid: 39, wait4: 61,
    uname: 63, ftruncate: 77, getcwd: 79, openat: 257, pipe2: 293, memfd_create: 319, copy_file_range: 326,
  },
  arm64: {
    read: 63, write: 64, close: 57, lseek: 62, mmap: 222, munmap: 215, rt_sigprocmask: 135, readv: 65, getpid: 172,
    wait4: 260, uname: 160, ftruncate: 46, getcwd: 17, openat: 56, pipe2: 59, memfd_create: 279, copy_file_range: 285,
  },
} as const;
const SYS = NUMBERS[process.arch === 'arm64' ? 'arm64' : 'x64'];

const ENOENT = 2;
const EBADF = 9;
const EACCES = 13;
const EFAULT = 14;
const EINVAL = 22;
const O_CLOEXEC = 0o2000000;
const MFD_CLOEXEC = 1;
const SIGPIPE = 13;
const SIGUSR1 = 10;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const cString = (text: string): Uint8Array => bytes(`${text}\0`);
const text = (memory: Uint8Array, length: number): string => new TextDecoder().decode(memory.subarray(0, length));

function succeed(result: number): number {
  assert.ok(result >= 0, `failed with ${result}`);
  return result;
}

function pipe(ffi: Ffi): [readEnd: number, writeEnd: number] {
  const ends = new Uint8Array(8);
  succeed(ffi.syscall(SYS.pipe2, ends, O_CLOEXEC));
  const view = new DataView(ends.buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

function memfd(ffi: Ffi, flags: number): number {
  return succeed(ffi.syscall(SYS.memfd_create, cString('nunc-contract'), flags));
}

function close(ffi: Ffi, ...descriptors: readonly number[]): void {
  for (const descriptor of descriptors) succeed(ffi.syscall(SYS.close, descriptor));
}

function readAll(ffi: Ffi, descriptor: number): string {
  const chunk = new Uint8Array(4096);
  let all = '';
  for (;;) {
    const length = succeed(ffi.syscall(SYS.read, descriptor, chunk, chunk.length));
    if (length === 0) return all;
    all += text(chunk, length);
  }
}

/** Waits for a child; returns its exit status, or 128 + signal. */
function wait(ffi: Ffi, pid: number): number {
  const status = new Uint8Array(4);
  assert.equal(ffi.syscall(SYS.wait4, pid, status, 0, 0), pid);
  const word = new DataView(status.buffer).getInt32(0, true);
  return (word & 0x7f) === 0 ? (word >> 8) & 0xff : 128 + (word & 0x7f);
}

function shell(script: string, more: Partial<SpawnRequest> = {}): SpawnRequest {
  return { path: '/bin/sh', argv: ['sh', '-c', script], envp: [], descriptors: [], ...more };
}

/** Runs a shell script and returns what it wrote to descriptor 1. */
function output(ffi: Ffi, script: string, more: Partial<SpawnRequest> = {}): string {
  const [readEnd, writeEnd] = pipe(ffi);
  const descriptors = [...(more.descriptors ?? []), [writeEnd, 1] as const];
  const pid = succeed(ffi.spawn(shell(script, { ...more, descriptors })));
  close(ffi, writeEnd);
  const all = readAll(ffi, readEnd);
  close(ffi, readEnd);
  assert.equal(wait(ffi, pid), 0);
  return all;
}

function signalSet(status: string, field: string): bigint {
  const found = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status);
  assert.ok(found?.[1] !== undefined, `no ${field} in ${status}`);
  return BigInt(`0x${found[1]}`);
}

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

const syscallCases: readonly ContractCase[] = [
  {
    name: 'syscall() returns the result',
    run: (ffi) => assert.equal(ffi.syscall(SYS.getpid), process.pid),
  },
  {
    name: 'syscall() returns -errno on failure, of this call and not of an earlier one',
    run(ffi) {
      assert.equal(ffi.syscall(SYS.close, 99999), -EBADF);
      assert.equal(ffi.syscall(SYS.openat, -100, cString('/no/such/file'), 0), -ENOENT);
      assert.equal(ffi.syscall(SYS.uname, 8), -EFAULT);
      assert.equal(ffi.syscall(SYS.getpid), process.pid);
    },
  },
  {
    name: 'syscall() lets the kernel write into small, large and partial arrays',
    run(ffi) {
      const large = new Uint8Array(4096);
      const length = succeed(ffi.syscall(SYS.getcwd, large, large.length));
      assert.equal(text(large, length - 1), process.cwd());

      const [readEnd, writeEnd] = pipe(ffi);
      assert.equal(ffi.syscall(SYS.write, writeEnd, bytes('..abc').subarray(2), 3), 3);
      const whole = new Uint8Array(8);
      assert.equal(ffi.syscall(SYS.read, readEnd, whole.subarray(4), 4), 3);
      assert.deepEqual([...whole], [0, 0, 0, 0, 97, 98, 99, 0]);
      close(ffi, readEnd, writeEnd);
    },
  },
  {
    name: 'syscall() passes an empty array',
    run(ffi) {
      const [readEnd, writeEnd] = pipe(ffi);
      assert.equal(ffi.syscall(SYS.write, writeEnd, new Uint8Array(0), 0), 0);
      close(ffi, readEnd, writeEnd);
    },
  },
  {
    name: 'syscall() passes and returns values beyond 32 bits',
    run(ffi) {
      const file = memfd(ffi, MFD_CLOEXEC);
      const far = 2 ** 42 + 4099;
      assert.equal(ffi.syscall(SYS.ftruncate, file, far), 0);
      assert.equal(ffi.syscall(SYS.lseek, file, -2, 2), far - 2);
      close(ffi, file);
      const mapped = ffi.syscall(SYS.mmap, 0, 4096, 3, 0x22, -1, 0);
      assert.ok(mapped > 2 ** 32, `mmap returned ${mapped}`);
      assert.equal(ffi.syscall(SYS.munmap, mapped, 4096), 0);
    },
  },
  {
    name: 'syscall() passes six arguments',
    run(ffi) {
      const [source, target] = [memfd(ffi, MFD_CLOEXEC), memfd(ffi, MFD_CLOEXEC)];
      assert.equal(ffi.syscall(SYS.write, source, bytes('abcdef'), 6), 6);
      const [sourceOffset, targetOffset] = [new Uint8Array(8), new Uint8Array(8)];
      sourceOffset[0] = 2;
      assert.equal(ffi.syscall(SYS.copy_file_range, source, sourceOffset, target, targetOffset, 3, 1), -EINVAL);
      assert.equal(ffi.syscall(SYS.copy_file_range, source, sourceOffset, target, targetOffset, 3, 0), 3);
      assert.deepEqual([sourceOffset[0], targetOffset[0]], [5, 3]);
      assert.equal(readAll(ffi, target), 'cde');
      close(ffi, source, target);
    },
  },
  {
    name: 'syscall() blocks as long as the kernel does',
    run(ffi) {
      const [readEnd, writeEnd] = pipe(ffi);
      const before = performance.now();
      const pid = succeed(ffi.spawn(shell('sleep 0.2; echo done', { descriptors: [[writeEnd, 1]] })));
      close(ffi, writeEnd);
      const memory = new Uint8Array(16);
      assert.equal(ffi.syscall(SYS.read, readEnd, memory, 16), 5);
      assert.ok(performance.now() - before > 190);
      assert.equal(text(memory, 4), 'done');
      assert.equal(wait(ffi, pid), 0);
      close(ffi, readEnd);
    },
  },
  {
    name: 'address() can be stored in a structure and lasts',
    run(ffi) {
      const [readEnd, writeEnd] = pipe(ffi);
      const target = new Uint8Array(4);
      const address = ffi.address(target);
      const iovec = new Uint8Array(16);
      const view = new DataView(iovec.buffer);
      view.setBigUint64(0, BigInt(address), true);
      view.setBigUint64(8, 4n, true);
      assert.equal(target.buffer.byteLength, 4);
      assert.equal(ffi.syscall(SYS.write, writeEnd, bytes('wxyz'), 4), 4);
      assert.equal(ffi.syscall(SYS.readv, readEnd, iovec, 1), 4);
      assert.equal(text(target, 4), 'wxyz');
      assert.equal(ffi.address(target), address);
      assert.equal(ffi.address(target.subarray(1)), address + 1);
      close(ffi, readEnd, writeEnd);
    },
  },
];

const spawnCases: readonly ContractCase[] = [
  {
    name: 'spawn() returns the pid of a child whose exit status can be waited for',
    run(ffi) {
      assert.equal(wait(ffi, succeed(ffi.spawn(shell('exit 37')))), 37);
      assert.equal(wait(ffi, succeed(ffi.spawn(shell('kill -TERM $$')))), 128 + 15);
    },
  },
  {
    name: 'spawn() passes argv and nothing but envp',
    run(ffi) {
      const argv = ['sh', '-c', 'printf "[%s]" "$@"; cat /proc/$$/environ', 'zero', '', 'two words', 'drei – 三'];
      const envp = ['PATH=/usr/bin:/bin', 'EMPTY=', 'WIDE=ö=ß'];
      assert.equal(output(ffi, '', { argv, envp }), `[][two words][drei – 三]${envp.join('\0')}\0`);
    },
  },
  {
    name: 'spawn() hands on the named descriptors, the same number included, and those without close-on-exec',
    run(ffi) {
      const [same, renamed, inherited, closed] = [
        memfd(ffi, MFD_CLOEXEC), memfd(ffi, MFD_CLOEXEC), memfd(ffi, 0), memfd(ffi, MFD_CLOEXEC),
      ];
      const descriptors = [[same, same], [renamed, 200]] as const;
      const script = `for n in ${same} ${renamed} ${inherited} ${closed} 200; do
        readlink /proc/self/fd/$n >/dev/null && echo $n; done; true`;
      const open = output(ffi, script, { descriptors, envp: ['PATH=/usr/bin:/bin'] });
      assert.deepEqual(open.split('\n').filter(Boolean).map(Number), [same, inherited, 200]);
      close(ffi, same, renamed, inherited, closed);
    },
  },
  {
    name: 'spawn() gives the child default signal dispositions and an empty mask',
    run(ffi) {
      const before = readFileSync('/proc/thread-self/status', 'utf8');
      assert.ok(signalSet(before, 'SigIgn') & (1n << BigInt(SIGPIPE - 1)), 'the engine ignores SIGPIPE');
      const [set, old] = [new Uint8Array(8), new Uint8Array(8)];
      new DataView(set.buffer).setUint32(0, 1 << (SIGUSR1 - 1), true);
      succeed(ffi.syscall(SYS.rt_sigprocmask, 0, set, old, 8));
      const [readEnd, writeEnd] = pipe(ffi);
      const request = { path: '/bin/cat', argv: ['cat', '/proc/self/status'], envp: [] };
      const pid = succeed(ffi.spawn({ ...request, descriptors: [[writeEnd, 1]] }));
      succeed(ffi.syscall(SYS.rt_sigprocmask, 2, old, 0, 8));
      close(ffi, writeEnd);
      const status = readAll(ffi, readEnd);
      close(ffi, readEnd);
      assert.equal(wait(ffi, pid), 0);
      assert.equal(signalSet(status, 'SigIgn'), 0n);
      assert.equal(signalSet(status, 'SigBlk'), 0n);
    },
  },
  {
    name: 'spawn() starts the child where it is told to',
    run(ffi) {
      assert.equal(output(ffi, 'pwd -P', { cwd: '/usr/share' }), '/usr/share\n');
      assert.equal(output(ffi, 'pwd -P'), `${process.cwd()}\n`);
      assert.equal(ffi.spawn(shell('true', { cwd: '/no/such/directory' })), -ENOENT);
      assert.equal(ffi.spawn(shell('true', { cwd: '/usr\0' })), -EINVAL);
    },
  },
  {
    name: 'spawn() gives the child a process group of its own when told to',
    run(ffi) {
      // Fields 3 to 5 of proc_pid_stat(5): state, parent, process group.
      const groupOf = (text: string): number => Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2]);
      const request = 'cat /proc/$$/stat; echo $$';
      const envp = ['PATH=/usr/bin:/bin'];
      const [stat = '', pid] = output(ffi, request, { envp, newGroup: true }).split('\n');
      assert.equal(groupOf(stat), Number(pid));
      const own = groupOf(readFileSync('/proc/self/stat', 'utf8'));
      assert.equal(groupOf(output(ffi, request, { envp }).split('\n')[0] ?? ''), own);
    },
  },
  {
    name: 'spawn() returns -errno of what failed and leaves no child',
    run(ffi) {
      const request = { argv: ['x'], envp: [], descriptors: [] };
      assert.equal(ffi.spawn({ ...request, path: '/no/such/program' }), -ENOENT);
      assert.equal(ffi.spawn({ ...request, path: '/etc/passwd' }), -EACCES);
      assert.equal(ffi.spawn({ ...request, path: '/bin/true', descriptors: [[99999, 5]] }), -EBADF);
      assert.equal(ffi.spawn({ ...request, path: '/bin/true', argv: ['a\0b'] }), -EINVAL);
      assert.equal(ffi.spawn({ ...request, path: '/bin/true', envp: ['A=\0'] }), -EINVAL);
    },
  },
  {
    name: 'spawn() and syscall() leak nothing over hundreds of calls',
    run(ffi) {
      const before = openDescriptors();
      for (let i = 0; i < 2000; i++) ffi.syscall(SYS.close, 99999);
      for (let i = 0; i < 300; i++) {
        const request = { path: '/bin/true', argv: ['true', String(i)], envp: ['A=b'], descriptors: [[2, 2]] as const };
        assert.equal(wait(ffi, succeed(ffi.spawn(request))), 0);
        assert.equal(ffi.spawn({ ...request, path: '/no/such/program' }), -ENOENT);
      }
      assert.equal(openDescriptors(), before);
    },
  },
];

export const contract: readonly ContractCase[] = [...syscallCases, ...spawnCases];
