// The container's files: mounts, devices, the root.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeRootfs } from '../../support/bundle.ts';
import type { Case } from '../battery.ts';
import { ask, type CtrClient, inBackground, succeed } from './ctr-client.ts';
import { eventually } from '../../support/lifecycle.ts';

/** A directory for one case that holds a file. @returns its path */
function directory(client: CtrClient, name: string): string {
  const path = join(client.sandbox.places.directory, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'file'), 'from outside\n');
  return path;
}

const mounts: readonly Case<CtrClient>[] = [
  { name: '--mount: a bind mount is written through', run: async (client) => {
    const source = directory(client, 'volume');
    await ask(client, 'cat /v/file; echo inside >/v/new', ['--mount', `type=bind,src=${source},dst=/v,options=rbind:rw`]);
    expect(readFileSync(join(source, 'new'), 'utf8')).toBe('inside\n');
  } },
  { name: '--mount: a read-only bind mount', run: async (client) => {
    const source = directory(client, 'volume-ro');
    const seen = await ask(client, 'cat /v/file; touch /v/new 2>&1; grep " /v " /proc/self/mountinfo | cut -d" " -f6',
      ['--mount', `type=bind,src=${source},dst=/v,options=rbind:ro:nosuid`]);
    expect(seen).toContain('Read-only file system');
    return seen;
  } },
  { name: '--mount: a file over a file that is not there', run: async (client) => {
    const source = directory(client, 'volume-file');
    return ask(client, 'cat /new/place/file', ['--mount', `type=bind,src=${source}/file,dst=/new/place/file,options=bind:ro`]);
  } },
  { name: '--mount: tmpfs with options', run: async (client) => {
    const seen = await ask(client, 'grep " /t " /proc/self/mountinfo | sed "s/.* \\/ //"; df -k /t | tail -1 | tr -s " " | cut -d" " -f2',
      ['--mount', 'type=tmpfs,src=tmpfs,dst=/t,options=nosuid:noexec:size=64k:mode=711']);
    expect(seen).toContain('size=64k');
    return seen;
  } },
  { name: '--mount of a source that is not there is refused', run: async (client) => {
    const { status, stderr } = await client.ctr(client.runArguments('nosource', ['true'], ['--rm', '--mount', 'type=bind,src=/no/such,dst=/v,options=rbind']));
    expect(stderr).toContain('no such file or directory');
    return { status };
  } },
  { name: '--rootfs-propagation: shared and slave', run: async (client) => {
    const source = directory(client, 'propagated');
    const command = 'mount -t tmpfs seen /v/sub && echo mounted; grep -c " /v/sub " /proc/self/mountinfo';
    mkdirSync(join(source, 'sub'), { recursive: true });
    const flags = ['--cap-add', 'CAP_SYS_ADMIN', '--mount', `type=bind,src=${source},dst=/v,options=rbind:rshared`];
    const seen = await ask(client, command, [...flags, '--rootfs-propagation', 'shared']);
    const outside = client.sandbox.mountinfo().includes(`${source}/sub `);
    const umount = await client.sandbox.run(['umount', join(source, 'sub')]);
    expect({ outside, unmounted: umount.status }).toEqual({ outside: true, unmounted: 0 });
    const slave = await ask(client, 'cat /proc/self/mountinfo | head -1 | grep -o "master\\|shared"', ['--rootfs-propagation', 'rslave']).catch(() => 'neither');
    return { seen, slave };
  } },
];

const roots: readonly Case<CtrClient>[] = [
  { name: '--read-only: only the root is', run: async (client) => {
    const seen = await ask(client, 'touch /x 2>&1; touch /dev/x && echo dev; touch /run/x && echo run; grep " / / " /proc/self/mountinfo | cut -d" " -f6', ['--read-only']);
    expect(seen).toMatch(/^touch: \/x: Read-only file system\n/);
    return seen;
  } },
  { name: '--rootfs: a directory in place of an image', run: async (client) => {
    const root = join(client.sandbox.places.directory, 'a-rootfs');
    makeRootfs(root);
    writeFileSync(join(root, 'mark'), 'this one\n');
    const args = client.runArguments('rootfs', [], ['--rm', '--rootfs']).slice(0, -2);
    expect(await succeed(client, [...args, root, 'rootfs', '/bin/cat', '/mark'])).toBe('this one');
  } },
  {
    name: 'a command is looked for without a PATH',
    difference: 'nunc looks in /bin and /usr/bin then, as execvp(3) does; runc nowhere',
    run: async (client) => {
      const root = join(client.sandbox.places.directory, 'a-rootfs');
      makeRootfs(root);
      const args = client.runArguments('rootfs', [], ['--rm', '--rootfs']).slice(0, -2);
      const { status, stdout } = await client.ctr([...args, root, 'rootfs', 'echo', 'found']);
      return { status, stdout };
    },
  },
  { name: '--no-pivot', run: async (client) => {
    const seen = await client.ctr(client.runArguments('nopivot', ['sh', '-c', 'echo in; ls /'], ['--rm', '--no-pivot']));
    return { status: seen.status, stdout: seen.stdout };
  } },
  { name: '--device: a node of the host\'s, with its rights', run: async (client) => {
    const script = 'ls -l /dev/loop-control | tr -s " " | cut -d" " -f1-6; cat /dev/fuse 2>&1; true';
    const seen = await ask(client, script, ['--device', '/dev/fuse', '--device', '/dev/loop-control']);
    expect(seen).toMatch(/^crw/);
    return seen;
  } },
  { name: 'files written stay in the container\'s snapshot', run: async (client) => {
    await inBackground(client, { id: 'writer', script: 'echo kept >/etc/kept; sleep 100' });
    const places = join(client.sandbox.places.directory, 'state/io.containerd.runtime.v2.task/default/writer/rootfs');
    const path = join(client.sandbox.root, places, 'etc/kept');
    const text = await eventually(() => (existsSync(path) ? readFileSync(path, 'utf8') : ''), (shown) => shown !== '');
    expect(text).toBe('kept\n');
  } },
];

export const fileCases = [...mounts, ...roots];
