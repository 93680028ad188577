import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { delegateTo } from '../../../../src/cgroup/v2/delegate.ts';
import { requires } from '../../../support/requires.ts';

const test = requires('root');

const FILES = ['cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads', 'memory.max', 'memory.oom.group'];

/** What stands for a cgroup, with one below it, and the file that lists what is delegated. */
function makeCgroup(): { path: string; list: string } {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-delegate-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'cgroup');
  mkdirSync(join(path, 'child'), { recursive: true });
  for (const name of FILES) writeFileSync(join(path, name), '');
  return { path, list: join(directory, 'delegate') };
}

/** Names of what belongs to the user, '.' for the directory. */
function ownedBy(uid: number, path: string): string[] {
  return ['.', '..', ...readdirSync(path)].filter((name) => statSync(join(path, name)).uid === uid).sort();
}

test('delegateTo() changes the owner of the directory and of what the kernel lists, as far as it is there', () => {
  const { path, list } = makeCgroup();
  writeFileSync(list, 'cgroup.procs\ncgroup.threads\nmemory.oom.group\nmemory.reclaim\n../delegate\n');
  delegateTo(4711, path, list);
  expect(ownedBy(4711, path)).toEqual(['.', 'cgroup.procs', 'cgroup.threads', 'memory.oom.group']);
  expect(statSync(join(path, 'cgroup.procs')).gid).toBe(0);
});

test('delegateTo() knows what to change where the kernel has no list', () => {
  const { path, list } = makeCgroup();
  delegateTo(4711, path, list);
  expect(ownedBy(4711, path)).toEqual(['.', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']);
});

test('delegateTo() says what it can not change', () => {
  const { path, list } = makeCgroup();
  expect(() => { delegateTo(4711, join(path, 'memory.max', 'x'), list); })
    .toThrow(/^cannot change the owner of ".*\/memory.max\/x": not a directory$/);
});
