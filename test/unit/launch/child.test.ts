import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { type ChildEnd, type ChildRequest, runChild } from '../../../src/launch/child.ts';

const ffi = openFfi();

/** Runs a shell script, and tells its pid too. */
function run(script: string, more: Partial<ChildRequest> = {}): ChildEnd & { readonly pid: number } {
  let pid = 0;
  const end = runChild(ffi, {
    input: new Uint8Array(0),
    timeout: Infinity,
    spawn: (descriptors) => {
      const envp = ['PATH=/usr/bin:/bin'];
      pid = ffi.spawn({ path: '/bin/sh', argv: ['sh', '-c', script], envp, descriptors, newGroup: true });
      return { pid, group: pid };
    },
    ...more,
  });
  return { ...end, pid };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const descriptors = (): number => readdirSync('/proc/self/fd').length;

/** Members of a process group that have not ended. */
function membersOf(group: number): number[] {
  return readdirSync('/proc').map(Number).filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [state, , member] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(member) === group && state !== 'Z';
    } catch {
      return false;
    }
  });
}

describe('runChild()', () => {
  test('gives the input, returns the outputs and the wait status', () => {
    const end = run('cat; echo oops >&2; exit 3', { input: bytes('hello\n') });
    expect(end).toMatchObject({ status: 3 << 8, timedOut: false, stdout: 'hello', stderr: 'oops' });
    expect(run('kill -KILL $$')).toMatchObject({ status: 9, timedOut: false });
  });

  test('writes an input that is larger than a pipe, and gives up on a child that does not want it', () => {
    const input = new Uint8Array(1_000_000).fill(0x78);
    expect(run('wc -c', { input }).stdout).toBe('1000000');
    expect(run('true', { input })).toMatchObject({ status: 0 });
    expect(run('exec <&-; echo on', { input })).toMatchObject({ status: 0, stdout: 'on' });
  });

  test('keeps the end of what is written', () => {
    const { stdout, stderr } = run('seq 1 100000; seq 100000 >&2');
    for (const text of [stdout, stderr]) {
      expect(text).toMatch(/^…\d*\n[\d\n]+\n99999\n100000$/);
      expect(text.length).toBeLessThanOrEqual(4097);
    }
    expect(run('head -c 4096 /dev/zero | tr "\\0" a').stdout).toBe('a'.repeat(4096));
  });

  test('ends a child with all its group when its time is over', async () => {
    const end = run('trap "" TERM; sleep 1000 & (sleep 1000 & sleep 1000)', { timeout: 100 });
    expect(end).toMatchObject({ timedOut: true, status: 9 });
    await vi.waitFor(() => expect(membersOf(end.pid)).toEqual([]), 5000);
  });

  test('does not wait for those that a child leaves behind, and ends them only when it has failed', async () => {
    const fine = run('sleep 1000 & exit 0');
    expect(fine.status).toBe(0);
    expect(membersOf(fine.pid)).toHaveLength(1);
    process.kill(-fine.pid, 'SIGKILL');
    const failed = run('sleep 1000 & exit 1');
    expect(failed.status).toBe(1 << 8);
    // Killed, but not waited for: its parent is gone.
    await vi.waitFor(() => expect(membersOf(failed.pid)).toEqual([]), 5000);
  });

  test('does not read for ever what those write that are left behind', () => {
    const { pid, stdout } = run('yes & exit 0');
    expect(stdout).toMatch(/^(…|y|$)/);
    process.kill(-pid, 'SIGKILL');
  });

  test('leaks nothing, also when nothing could be started', () => {
    run('true');
    const before = descriptors();
    run('echo x');
    run('sleep 1000', { timeout: 10 });
    const spawn = (): never => {
      throw new Error('no');
    };
    expect(() => run('', { spawn })).toThrow('no');
    expect(descriptors()).toBe(before);
  });
});
