// The tests' own eyes: a leak that host-state can't see would pass every test that relies on it.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { syscalls } from '../../../src/linux/syscalls.ts';
import { difference, type HostState, hostState, settledDifference } from '../../support/host-state.ts';

const empty: HostState = {
  mounts: [], cgroups: [], processes: [], networkNamespaces: [], networkDevices: [], keyrings: [], files: [],
};

/** keyrings(7), keyctl(2). */
const PROCESS_KEYRING = -2;
const KEYCTL_UNLINK = 9;

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-host-state-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe('difference()', () => {
  test('is empty for equal pictures', () => {
    expect(difference({ ...empty, mounts: ['a', 'b'] }, { ...empty, mounts: ['b', 'a'] })).toEqual([]);
  });

  test('names what came and what went', () => {
    const before = { ...empty, mounts: ['a'], cgroups: ['x'] };
    const after = { ...empty, mounts: ['a', 'b'], processes: ['12 sh'] };
    expect(difference(before, after)).toEqual(['+ mounts: b', '- cgroups: x', '+ processes: 12 sh']);
  });

  test('counts equal lines: a second mount on the same place is a difference', () => {
    expect(difference({ ...empty, mounts: ['a'] }, { ...empty, mounts: ['a', 'a'] })).toEqual(['+ mounts: a']);
  });
});

describe('hostState()', () => {
  test('sees files in its directories', () => {
    const directory = temporaryDirectory();
    const scope = { belongs: [], directories: [directory] };
    const before = hostState(scope);
    mkdirSync(join(directory, 'web'));
    writeFileSync(join(directory, 'web/state.json'), '{}', { mode: 0o600 });
    expect(difference(before, hostState(scope))).toEqual([
      `+ files: ${directory}/web 755 directory`,
      `+ files: ${directory}/web/state.json 600 2`,
    ]);
  });

  test('sees a process that shows a mark, with what descends from it, until it is gone', async () => {
    const mark = basename(temporaryDirectory());
    const scope = { belongs: [mark] };
    const before = hostState(scope);
    const child = spawn('/bin/sh', ['-c', 'sleep 60; true', mark], { stdio: 'ignore', detached: true });
    const group = -(child.pid ?? NaN);
    onTestFinished(() => {
      if (child.exitCode === null && child.signalCode === null) process.kill(group, 'SIGKILL');
    });
    await expect.poll(() => difference(before, hostState(scope)).join('\n')).toContain('sleep 60');
    expect(difference(before, hostState(scope)).filter((line) => line.startsWith('+ processes'))).toHaveLength(2);
    process.kill(group, 'SIGKILL');
    expect(await settledDifference(before, scope)).toEqual([]);
  });

  test('sees a keyring whose name shows a mark, until it is gone', async () => {
    const mark = basename(temporaryDirectory());
    const scope = { belongs: [mark] };
    const before = hostState(scope);
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
    const ffi = openFfi();
    const key = ffi.syscall(syscalls.x86_64.add_key, bytes('keyring'), bytes(`_ses.${mark}`), 0, 0, PROCESS_KEYRING);
    expect(key).toBeGreaterThan(0);
    expect(difference(before, hostState(scope))).toEqual([`+ keyrings: _ses.${mark}`]);
    expect(ffi.syscall(syscalls.x86_64.keyctl, KEYCTL_UNLINK, key, PROCESS_KEYRING)).toBe(0);
    expect(await settledDifference(before, scope)).toEqual([]);
  });

  test('sees network devices whose names show a mark', () => {
    expect(hostState({ belongs: ['lo'] }).networkDevices).toContain('lo');
    expect(hostState({ belongs: ['no such device'] }).networkDevices).toEqual([]);
  });

  test('does not count the test itself, which also knows the mark', () => {
    expect(hostState({ belongs: [String(process.argv[1])] }).processes).not.toContainEqual(
      expect.stringMatching(new RegExp(`^${process.pid} `)),
    );
  });
});
