// Containers of an ordinary user, whose cgroups the user's own systemd manages. Needs scripts/test-vm.sh --systemd.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { eventually, refusalOf } from '../support/lifecycle.ts';
import { missing, type Requirement, requires } from '../support/requires.ts';
import type { Result } from '../support/runtime.ts';
import { runAs, runtimeAs, type UserBundle, userBundle, useUser } from '../support/users.ts';

const needs: Requirement[] = ['root', 'systemd', 'systemd-managed', 'cgroup-v2', 'users', 'nunc'];
const test = requires(...needs);
const isPossible = missing(needs).length === 0;
const user = useUser(isPossible);

const service = (): string => `user@${user().uid}.service`;
const variables = () => ({ XDG_RUNTIME_DIR: `/run/user/${user().uid}` });
const root = (): string => join(user().home, 'state');

beforeAll(() => {
  if (isPossible) execFileSync('systemctl', ['start', service()]);
});
afterAll(() => {
  if (isPossible) execFileSync('systemctl', ['stop', service()]);
});

function asUser(args: readonly string[], prefix: readonly string[] = []): Promise<Result> {
  const program = [...prefix, user().program, '--systemd-cgroup', '--root', root()];
  return runAs(user(), [...program, ...args], { variables: variables() });
}

/** A container that sleeps, created and started. */
async function startSleeper(prefix: readonly string[] = []): Promise<UserBundle & { pid: number; unit: string }> {
  const bundle = await userBundle(user(), 'sleep 1000', (spec) => {
    spec.linux.resources = { memory: { limit: 64 << 20 }, pids: { limit: 20 } };
    delete spec.linux.cgroupsPath;
  });
  onTestFinished(async () => {
    await asUser(['delete', '--force', bundle.id]);
  });
  const pidFile = join(bundle.directory, 'pid');
  const output = join(bundle.directory, 'output');
  const args = ['run', '--detach', '--pid-file', pidFile, '--bundle', bundle.directory, bundle.id];
  const program = [...prefix, user().program, '--systemd-cgroup', '--root', root(), ...args];
  const { status } = await runAs(user(), program, { variables: variables(), output });
  if (status !== 0) throw new Error(readFileSync(output, 'utf8'));
  return { ...bundle, pid: Number(readFileSync(pidFile, 'utf8')), unit: `nunc-${bundle.id}.scope` };
}

async function showUnit(unit: string, name: string): Promise<string> {
  const { stdout } = await runAs(user(), ['systemctl', '--user', 'show', '--property', name, '--value', unit], {
    variables: variables(),
  });
  return stdout.trim();
}

describe("a user's scope", () => {
  const ways = [
    ['from a session, which is not below the systemd of the user', []],
    ['from one of its own services', ['systemd-run', '--user', '--scope', '--quiet', '--collect']],
  ] as const;
  for (const [way, prefix] of ways) {
    test(`has the container with its limits, started ${way}`, async () => {
      const { pid, unit, id } = await startSleeper(prefix);
      const place = `/user.slice/user-${user().uid}.slice/${service()}/user.slice/${unit}`;
      expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toBe(`0::${place}\n`);
      expect(readFileSync(`/sys/fs/cgroup${place}/memory.max`, 'utf8')).toBe(`${64 << 20}\n`);
      expect(readFileSync(`/sys/fs/cgroup${place}/pids.max`, 'utf8')).toBe('20\n');
      expect([await showUnit(unit, 'MemoryMax'), await showUnit(unit, 'TasksMax')]).toEqual([`${64 << 20}`, '20']);
      // delete finds the bus without being told.
      const { status, stderr } = await runtimeAs(user(), ['--root', root(), 'delete', '--force', id], {
        variables: variables(),
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(await showUnit(unit, 'LoadState')).toBe('not-found');
      expect(existsSync(`/sys/fs/cgroup${place}`)).toBe(false);
    });
  }

  test('serves a container in the foreground, and leaves no scope of the runtime', async () => {
    const { directory, id } = await userBundle(user(), 'echo hello');
    const { status, stdout, stderr } = await asUser(['run', '--bundle', directory, id]);
    expect([status, stdout, stderr]).toEqual([0, 'hello\n', '']);
    const listed = async (): Promise<string> => {
      const list = ['systemctl', '--user', 'list-units', '--all', '--plain', 'nunc-*'];
      const { stdout: units } = await runAs(user(), list, { variables: variables() });
      return units;
    };
    await eventually(listed, (units) => !units.includes('.scope'));
  });

  test('is not looked for where the environment says nothing', async () => {
    const { directory, id } = await userBundle(user(), 'true');
    const result = await runAs(user(), [
      user().program, '--systemd-cgroup', '--root', root(), 'run', '--bundle', directory, id,
    ], { variables: { XDG_RUNTIME_DIR: '' } });
    expect(refusalOf(result)).toBe(
      "cannot talk to the user's systemd: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set");
  });

  test('of a systemd that is not there ends create', async () => {
    const { directory, id } = await userBundle(user(), 'true');
    const result = await runAs(user(), [
      user().program, '--systemd-cgroup', '--root', root(), 'run', '--bundle', directory, id,
    ], { variables: { XDG_RUNTIME_DIR: user().runtimeDirectory } });
    expect(refusalOf(result)).toBe(`cannot connect to "${user().runtimeDirectory}/bus": no such file or directory`);
    expect(existsSync(join(root(), id))).toBe(false);
  });
});
