// The container's files: mounts, devices, the root.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeRootfs } from '../../support/bundle.ts';
import { eventually } from '../../support/lifecycle.ts';
import type { Case } from '../battery.ts';
import { ask, type CtrClient, inBackground, observed, succeed } from './ctr-client.ts';
import { slowly } from './slowly.ts';

/** A directory for one case that holds a file. @returns its path */
function directory(client: CtrClient, name: string): string {
  const path = join(client.sandbox.places.directory, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'file'), 'from outside\n');
  return path;
}

/** --mount of a host path. */
function bind(source: string, target: string, options: string): string[] {
  return ['--mount', `type=bind,src=${source},dst=${target},options=${options}`];
}

const binds: readonly Case<CtrClient>[] = [
  {
    name: '--mount: a bind mount is written through',
    run: async (client) => {
      const source = directory(client, 'volume');
      await ask(client, 'cat /v/file; echo inside >/v/new', bind(source, '/v', 'rbind:rw'));
      expect(readFileSync(join(source, 'new'), 'utf8')).toBe('inside\n');
    },
  },
  {
    name: '--mount: a read-only bind mount',
    run: async (client) => {
      const source = directory(client, 'volume-ro');
      const script = 'cat /v/file; touch /v/new 2>&1; grep " /v " /proc/self/mountinfo | cut -d" " -f6';
      const seen = await ask(client, script, bind(source, '/v', 'rbind:ro:nosuid'));
      expect(seen).toContain('Read-only file system');
      return seen;
    },
  },
  {
    name: '--mount: a file over a file that is not there',
    run: async (client) => {
      const source = join(directory(client, 'volume-file'), 'file');
      const seen = await ask(client, 'cat /new/place/file', bind(source, '/new/place/file', 'bind:ro'));
      expect(seen).toBe('from outside');
    },
  },
  {
    name: '--mount of a source that is not there is refused',
    run: async (client) => {
      const flags = ['--rm', ...bind('/no/such', '/v', 'rbind')];
      const { status, stderr } = await client.ctr(client.runArguments('nosource', ['true'], flags));
      expect(stderr).toContain('no such file or directory');
      expect(status).toBe(1);
    },
  },
  {
    name: '--rootfs-propagation shared: the container\'s mounts go out, and leave with it',
    run: async (client) => {
      const source = directory(client, 'propagated');
      const place = join(source, 'sub');
      mkdirSync(place, { recursive: true });
      const flags = ['--cap-add', 'CAP_SYS_ADMIN', ...bind(source, '/v', 'rbind:rshared')];
      const script = 'mount -t tmpfs seen /v/sub && grep -c " /v/sub " /proc/self/mountinfo';
      const inside = await ask(client, script, [...flags, '--rootfs-propagation', 'shared']);
      const outside = client.sandbox.mountinfo().includes(` ${place} `);
      const umount = await client.sandbox.run(['umount', place]);
      expect({ inside, outside, umount: umount.status }).toEqual({ inside: '1', outside: true, umount: 0 });
    },
  },
  observed('--rootfs-propagation rslave', {
    script: 'grep " / / " /proc/self/mountinfo | grep -o "master\\|shared"',
    flags: ['--rootfs-propagation', 'rslave'],
    known: /^master$/,
  }),
];

const options = 'nosuid:noexec:size=64k:mode=711';

const others: readonly Case<CtrClient>[] = [
  observed('--mount: tmpfs with options', {
    script: 'grep " /t " /proc/self/mountinfo | sed "s/.* \\/ //"; df -k /t | tail -1 | tr -s " " | cut -d" " -f2',
    flags: ['--mount', `type=tmpfs,src=tmpfs,dst=/t,options=${options}`],
    known: /size=64k/,
  }),
  observed('--device: nodes of the host\'s, which can be used', {
    script: 'ls -l /dev/loop-control | tr -s " " | cut -d" " -f1-6; cat /dev/fuse 2>&1; true',
    flags: ['--device', '/dev/fuse', '--device', '/dev/loop-control'],
    known: /^crw/,
  }),
  observed('--read-only: only the root is', {
    script: 'touch /x 2>&1; touch /dev/x && echo dev; touch /run/x && echo run;'
      + ' grep " / / " /proc/self/mountinfo | cut -d" " -f6',
    flags: ['--read-only'],
    known: /^touch: \/x: Read-only file system\n/,
  }),
];

/** The arguments of `ctr run` with a directory in place of an image. */
function inRootfs(client: CtrClient, command: readonly string[]): string[] {
  const root = join(client.sandbox.places.directory, 'a-rootfs');
  makeRootfs(root);
  writeFileSync(join(root, 'mark'), 'this one\n');
  return [...client.runArguments('rootfs', [], ['--rm', '--rootfs']).slice(0, -2), root, 'rootfs', ...command];
}

const roots: readonly Case<CtrClient>[] = [
  {
    name: '--rootfs: a directory in place of an image',
    run: async (client) => {
      expect(await succeed(client, inRootfs(client, ['/bin/cat', '/mark']))).toBe('this one');
    },
  },
  {
    name: 'a command is looked for without a PATH',
    difference: 'nunc looks in /bin and /usr/bin then, as execvp(3) does; runc nowhere',
    run: async (client) => {
      const { status, stdout } = await client.ctr(inRootfs(client, ['echo', 'found']));
      return { status, stdout };
    },
  },
  observed('--no-pivot', { script: 'echo inside; ls /', flags: ['--no-pivot'], known: /^inside\n/ }),
  {
    name: 'files written stay in the container\'s snapshot',
    run: async (client) => {
      await inBackground(client, { id: 'writer', script: 'echo kept >/etc/kept; sleep 100' });
      const { root, places } = client.sandbox;
      const rootfs = `${places.directory}/state/io.containerd.runtime.v2.task/default/writer/rootfs`;
      const path = `${root}${rootfs}/etc/kept`;
      const read = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
      expect(await eventually(read, (shown) => shown !== '')).toBe('kept\n');
    },
  },
];

export const fileCases = [...binds, ...slowly([...others, ...roots])];
