// Volumes, tmpfs, read-only roots and other mounts.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { IMAGE, type Podman, type PodmanCase } from './podman.ts';

/** A directory of the host with a file in it. */
function hostDirectory({ places }: Podman): string {
  const directory = mkdtempSync(join(places.directory, 'volume-'));
  chmodSync(directory, 0o777);
  writeFileSync(join(directory, 'file'), 'of the host\n');
  return directory;
}

/** How a place is mounted: type and options, without what tells containers apart. */
function mountOf(place: string): string {
  return `awk '$2 == "${place}" { print $3, $4 }' /proc/mounts`;
}

export const storageCases: readonly PodmanCase[] = [
  {
    name: 'a directory of the host, writable',
    run: async (client) => {
      const directory = hostDirectory(client);
      expect(await client.ask('cat /v/file; echo written >/v/new', '--volume', `${directory}:/v`)).toBe('of the host');
      expect(readFileSync(join(directory, 'new'), 'utf8')).toBe('written\n');
      return client.ask(mountOf('/v'), '--volume', `${directory}:/v`);
    },
  },
  {
    name: 'a directory of the host, read-only, noexec, nosuid, nodev',
    run: async (client) => {
      const volume = `${hostDirectory(client)}:/v:ro,noexec,nosuid,nodev`;
      return client.ask(`(echo written >/v/new) 2>&1; ${mountOf('/v')}`, '--volume', volume);
    },
  },
  {
    name: 'a file of the host',
    slow: true,
    run: async (client) => {
      const file = join(hostDirectory(client), 'file');
      expect(await client.ask('cat /etc/new-file', '--volume', `${file}:/etc/new-file:ro`)).toBe('of the host');
    },
  },
  {
    name: 'a mount below a link of the image stays inside',
    slow: true,
    run: async (client) => {
      const volume = `${hostDirectory(client)}:/sbin/below`;
      expect(await client.ask('cat /bin/below/file', '--volume', volume)).toBe('of the host');
    },
  },
  {
    name: 'propagation: shared, slave, private',
    slow: true,
    run: async (client) => {
      const kinds = ['shared', 'slave', 'private', 'rshared', 'rslave', 'rprivate'];
      const script = 'awk \'$5 == "/v" { print $7 }\' /proc/self/mountinfo | sed "s/:.*//"';
      const answers: string[] = [];
      for (const kind of kinds.slice(0, 3)) {
        answers.push(await client.ask(script, '--volume', `${hostDirectory(client)}:/v:${kind}`));
      }
      expect(new Set(answers).size).toBeGreaterThan(1);
      return answers;
    },
  },
  {
    name: 'a named volume keeps its files, and copies the image\'s',
    run: async ({ ask, succeed }) => {
      await succeed(['volume', 'create', 'kept']);
      await ask('echo kept >/etc/kept', '--volume', 'kept:/etc');
      const shown = await ask('cat /etc/kept; head -1 /etc/passwd', '--volume', 'kept:/etc');
      await succeed(['volume', 'rm', 'kept']);
      expect(shown).toBe('kept\nroot:x:0:0:root:/root:/bin/sh');
    },
  },
  {
    name: '--volumes-from another container',
    slow: true,
    run: async (client) => {
      const volume = ['--volume', `${hostDirectory(client)}:/v`];
      await client.withContainer('sleep 1000', volume, async (id) => {
        expect(await client.ask('cat /v/file', '--volumes-from', id)).toBe('of the host');
      });
    },
  },
  {
    name: 'a volume with :O is an overlay',
    slow: true,
    run: async (client) => {
      const directory = hostDirectory(client);
      const script = `echo new >/v/new; cat /v/file; ${mountOf('/v')} | cut -d" " -f1`;
      expect(await client.ask(script, '--volume', `${directory}:/v:O`)).toBe('of the host\noverlay');
      expect(existsSync(join(directory, 'new'))).toBe(false);
    },
  },
  {
    name: '--mount=type=image',
    slow: true,
    run: async ({ ask }) => {
      expect(await ask('ls /image/bin/busybox', `--mount=type=image,source=${IMAGE},destination=/image`))
        .toBe('/image/bin/busybox');
    },
  },
  {
    name: '--tmpfs with options',
    run: ({ ask }) => ask(`${mountOf('/t')}; stat -c %a /t; df -k /t | tail -1 | tr -s " " | cut -d" " -f2`,
      '--tmpfs=/t:rw,size=8m,mode=1770,noexec'),
  },
  {
    name: 'a tmpfs over a directory of the image has its files',
    slow: true,
    run: async ({ ask }) => {
      const shown = await ask('ls /etc | sort; cat /etc/group | head -1', '--tmpfs=/etc:rw');
      expect(shown).toContain('passwd');
      return shown;
    },
  },
  {
    name: '--read-only',
    run: async ({ ask }) => {
      const writable = 'for place in /tmp /run /var/tmp /dev/shm; do echo x >$place/x; done';
      const script = `(echo x >/x) 2>&1; ${writable}; ${mountOf('/')} | grep -o "^overlay ro"`;
      const shown = await ask(script, '--read-only');
      expect(shown).toMatch(/Read-only file system\noverlay ro$/);
      return shown;
    },
  },
  {
    name: '--read-only --read-only-tmpfs=false',
    slow: true,
    run: ({ ask }) => {
      const script = 'for place in /tmp /run; do (echo x >$place/x) 2>&1; done; true';
      return ask(script, '--read-only', '--read-only-tmpfs=false');
    },
  },
  {
    name: '--shm-size',
    slow: true,
    run: ({ ask }) => ask('df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2', '--shm-size=5m'),
  },
  {
    name: 'the usual mounts',
    // Podman gives its own files in no certain order.
    run: ({ ask }) => ask('awk \'$2 != "/sys/fs/cgroup" { print $2, $3, $4 }\' /proc/mounts | sort | ' +
      'sed -E "s/(size|nr_inodes|inode64|lowerdir|upperdir|workdir)[^, ]*,?//g"'),
  },
  {
    name: 'the directory of the cgroup hierarchies',
    needs: ['cgroup-v1'],
    difference: 'the configuration says read-only: nunc makes it so, runc leaves the directory writable',
    run: ({ ask }) => ask(`${mountOf('/sys/fs/cgroup')} | cut -d, -f1`),
  },
  {
    name: '--mount=type=devpts',
    slow: true,
    run: ({ ask }) => ask(mountOf('/pts'), '--mount=type=devpts,destination=/pts'),
  },
  {
    name: 'cp into and out of a running container',
    run: async (client) => client.withContainer('sleep 1000', [], async (id) => {
      const directory = hostDirectory(client);
      await client.succeed(['cp', `${directory}/file`, `${id}:/copied`]);
      await client.succeed(['cp', `${id}:/copied`, `${directory}/back`]);
      expect(readFileSync(join(directory, 'back'), 'utf8')).toBe('of the host\n');
    }),
  },
  {
    name: 'a missing source is refused',
    slow: true,
    run: async ({ run, places }) => (await run(['--volume', `${places.directory}/missing:/v`], ['true'])).status,
  },
  {
    name: 'a source that vanishes before the start is refused',
    slow: true,
    run: async ({ succeed, podman, places, containerOptions }) => {
      const directory = join(places.directory, 'vanishing');
      mkdirSync(directory);
      const id = await succeed(['create', ...containerOptions, '--volume', `${directory}:/v`, IMAGE, 'true']);
      rmdirSync(directory);
      const { status } = await podman(['start', '--attach', id]);
      await succeed(['rm', id]);
      return status;
    },
  },
];
