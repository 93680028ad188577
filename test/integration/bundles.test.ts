// The bundles that come with nunc run as they are, on this host, and running them changes nothing in them.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { Spec } from '../../src/config/types.ts';
import { cgroupParent, makeBundle, makeRootfs } from '../support/bundle.ts';
import { difference, hostState, settledDifference } from '../support/host-state.ts';
import { startAtTerminal } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { commandOf, configured, runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups');
const bundles = resolve(import.meta.dirname, '../../bundles');

/** A copy of a bundle of bundles/, with nothing changed but its cgroup. */
function copyBundle(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `nunc-${name}-`));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(join(bundles, name), directory, { recursive: true, verbatimSymlinks: true });
  const config = join(directory, 'config.json');
  const spec = JSON.parse(readFileSync(config, 'utf8')) as Spec;
  // For runtimes that would leave the cgroup's parents behind otherwise.
  const linux = { ...spec.linux, cgroupsPath: `${cgroupParent}/${basename(directory)}` };
  writeFileSync(config, JSON.stringify({ ...spec, linux }));
  return directory;
}

describe('bundles', () => {
  test('hello tells where it runs, and stays as it was', async () => {
    const directory = copyBundle('hello');
    const scope = { belongs: [], directories: [directory] };
    const before = hostState(scope);
    const { status, stdout, stderr } = await runtime(['run', '--bundle', directory, basename(directory)]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^hello from nunc\nhost name {2}hello\npid {8}1\nuser {7}uid=0\(root\) gid=0\(root\)/);
    expect(status).toBe(0);
    expect(difference(before, hostState(scope))).toEqual([]);
  });

  test('shell has a terminal with job control, and can write nowhere but to /tmp', async () => {
    const directory = copyBundle('shell');
    const before = hostState({ belongs: [], directories: [directory] });
    const command = [...commandOf(configured), '--root', stateRoot(), 'run', '-b', directory, basename(directory)];
    const session = startAtTerminal(command);
    await session.sees('# ');
    session.type('touch /x /usr/x /bin/x /root/x; echo hi > /tmp/x && cat /tmp/x\r');
    await session.sees('\nhi\n');
    // A builtin: what a shell has started by vfork(2) could be stopped before its execve(2), and the shell could not.
    // A key that stops a program also drops what has been typed and not yet read.
    session.type('sh -c "echo here; read x"\r');
    await session.sees('\nhere\n');
    session.type('\x1a');
    await session.sees('Stopped');
    session.type('fg\r');
    await session.sees(/fg\nsh -c "echo here; read x"\n$/);
    session.type('\x03');
    await session.sees(/\^C\n# $/);
    session.type('exit 7\r');
    expect(await session.ended).toMatchObject({ status: 7 });
    expect(session.shown()).not.toMatch('job control turned off');
    expect(session.shown().match(/Read-only file system/g)).toHaveLength(4);
    expect(difference(before, hostState({ belongs: [], directories: [directory] }))).toEqual([]);
  });

  test('busybox runs sh in its own root', async () => {
    const directory = copyBundle('busybox');
    makeRootfs(join(directory, 'rootfs'));
    const input = 'readlink /proc/1/exe; ls -d /usr/bin/env /sbin/init; id -un\n';
    const { status, stdout } = await runtime(['run', '-b', directory, basename(directory)], { input });
    // Its hard links share one inode, so that the kernel may know the program by any of its names.
    expect(stdout).toMatch(/^\/bin\/\w+\n\/sbin\/init\n\/usr\/bin\/env\nroot\n$/);
    expect(status).toBe(0);
  });
});

describe('makeBundle()', () => {
  test('makes a bundle that runs, and of which nothing is left', async () => {
    const bundle = makeBundle({
      args: ['sh', '-c', 'echo $GREETING; cat /proc/self/cgroup'],
      mutate(spec) {
        spec.process.env?.push('GREETING=hello');
        spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
      },
    });
    const scope = { belongs: [bundle.id], directories: [stateRoot()] };
    const before = hostState(scope);
    const { status, stdout, stderr } = await runtime(['run', '-b', bundle.directory, bundle.id]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^hello\n(.*:${bundle.spec.linux.cgroupsPath}\n)+`));
    expect(await settledDifference(before, scope)).toEqual([]);
  });
});
