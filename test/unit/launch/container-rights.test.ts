import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { withContainerRights } from '../../../src/launch/container-rights.ts';
import { CANNOT_RUN } from '../elf/run-plan.ts';

const ffi = openFfi();
const cannot = CANNOT_RUN !== '' || process.geteuid?.() !== 0;

const MAP = '0 100000 1000\n65534 165534 1\n';

/** A process in a user namespace of its own. */
async function holdUserNamespace(uids = MAP, gids = MAP): Promise<number> {
  const holder = spawn('unshare', ['--user', 'sh', '-c', 'echo ready; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  onTestFinished(async () => {
    holder.kill('SIGKILL');
    await ended;
  });
  await once(holder.stdout, 'data');
  const pid = holder.pid ?? 0;
  writeFileSync(`/proc/${pid}/uid_map`, uids);
  writeFileSync(`/proc/${pid}/gid_map`, gids);
  return pid;
}

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-rights-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  chmodSync(directory, 0o777);
  return directory;
}

/** What of this thread decides about files. */
function credentials(): string[] {
  const wanted = /^(Uid|Gid|Groups|CapEff|CapPrm|CapInh):/;
  return readFileSync('/proc/thread-self/status', 'utf8').split('\n').filter((line) => wanted.test(line));
}

describe.skipIf(cannot)('withContainerRights()', () => {
  test('gives new files the owner that the container calls root, and gives everything back', async () => {
    const pid = await holdUserNamespace();
    const directory = scratch();
    const before = credentials();
    withContainerRights(ffi, pid, () => { writeFileSync(join(directory, 'file'), ''); });
    expect(statSync(join(directory, 'file'))).toMatchObject({ uid: 100_000, gid: 100_000 });
    expect(() => withContainerRights(ffi, pid, () => { throw new Error('inside'); })).toThrow('inside');
    expect(credentials()).toEqual(before);
  });

  test('has root\'s rights over files of the container, and anybody\'s over those of the host', async () => {
    const pid = await holdUserNamespace();
    const directory = scratch();
    const files = { mapped: [100_005, 100_006], host: [0, 0], group: [0, 100_000] } as const;
    for (const [name, [uid, gid]] of Object.entries(files)) {
      writeFileSync(join(directory, name), name);
      chownSync(join(directory, name), uid, gid);
      chmodSync(join(directory, name), name === 'group' ? 0o640 : 0o600);
    }
    const before = credentials();
    const seen = withContainerRights(ffi, pid, (rights) => Object.entries(files).map(([name, [uid, gid]]) => {
      try {
        return rights.over({ uid, gid }, () => readFileSync(join(directory, name), 'utf8'));
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    }));
    expect(seen).toEqual(['mapped', 'EACCES', 'group']);
    expect(credentials()).toEqual(before);
  });

  test('gives copies the owner that the container sees', async () => {
    const owners = async (maps?: string): Promise<unknown[]> => {
      const pid = await holdUserNamespace(maps, maps);
      return withContainerRights(ffi, pid, (rights) => [
        rights.ownerOfCopy({ uid: 100_005, gid: 100_000 }), rights.ownerOfCopy({ uid: 0, gid: 100_007 }),
      ]);
    };
    expect(await owners()).toEqual([
      { uid: 100_005, gid: 100_000, foreign: false }, { uid: 165_534, gid: 100_007, foreign: true },
    ]);
    expect(await owners('0 100000 10\n')).toEqual([
      { uid: 100_005, gid: 100_000, foreign: false }, { uid: 100_000, gid: 100_007, foreign: true },
    ]);
  });

  test('needs a root', async () => {
    const pid = await holdUserNamespace('1 100000 10\n', '1 100000 10\n');
    expect(() => withContainerRights(ffi, pid, () => undefined))
      .toThrow('cannot act for the container: its user namespace has no root');
  });
});
