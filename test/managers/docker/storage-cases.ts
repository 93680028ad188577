// Volumes, bind mounts, tmpfs, what a container's root looks like, and copying in and out of it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import {
  answerOf, becomes, box, type Docker, dockerCase, IMAGE, inside, inspect, onMachine, slowCase, start, succeed,
} from './words.ts';

/** A new directory on the daemon's machine, which is the test's own too. */
async function directory(docker: Docker, name: string): Promise<string> {
  const path = join(docker.places.directory, name);
  await onMachine(docker, `rm -rf ${path}; mkdir -p ${path}/sub; echo content >${path}/file`);
  return path;
}

/** Everything that is mounted, without what differs from container to container. */
const MOUNTS = `cut -d" " -f4- /proc/self/mountinfo | grep -v " / .* overlay " | sed -E "
  s|^/[^ ]*/containers/[0-9a-f]{64}/|HERE/|
  s|[0-9a-f]{64}|ID|g
  s|/nunc-docker-\\w+|PARENT|g
  s/(shared|master):[0-9]+/\\1/g"`;

export const storageCases = [
  slowCase('volumes: have what the image has there, and keep what is written', async (docker) => {
    await succeed(docker, ['volume', 'create', 'kept']);
    const first = await box(docker, ['--volume', 'kept:/etc'], 'head -n 1 /etc/passwd; echo new >/etc/new');
    const second = await box(docker, ['--volume', 'kept:/v'], 'cat /v/new; ls /v');
    const readOnly = await box(docker, ['--volume', 'kept:/v:ro'], 'cat /v/new; touch /v/x 2>&1');
    const covered = await box(docker, ['--mount', 'type=volume,source=kept,target=/v,volume-nocopy'], 'ls /v');
    await succeed(docker, ['volume', 'rm', 'kept']);
    return { first, second, readOnly, covered };
  }),

  slowCase('volumes: of another container, and nameless ones', async (docker) => {
    await start(docker, 'one', ['--volume', '/data'], 'echo shared >/data/file; echo ready; sleep 1000');
    const read = () => box(docker, ['--volumes-from', 'one:ro'], 'cat /data/file; touch /data/x 2>&1');
    return eventually(read, (lines) => lines[0] === 'shared');
  }),

  dockerCase('bind mounts: directories, files, read-only', async (docker) => {
    const path = await directory(docker, 'bound');
    const options = ['--volume', `${path}:/rw`, '--volume', `${path}:/ro:ro`, '--volume', `${path}/file:/etc/file`];
    const lines = await box(docker, options, 'cat /rw/file /etc/file; echo more >>/etc/file; touch /ro/x 2>&1; '
      + 'touch /rw/sub/new; ls /ro/sub');
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('content\nmore\n');
    return lines;
  }),

  slowCase('bind mounts: over directories and files that are not in the image', async (docker) => {
    const path = await directory(docker, 'bound');
    const options = ['--volume', `${path}:/new/deep/place`, '--mount',
      `type=bind,source=${path}/file,target=/other/new/file,readonly`];
    const lines = await box(docker, options, 'ls -R /new /other; echo x >/other/new/file');
    const missing = await docker.docker(['run', '--rm', '--mount', `type=bind,source=${path}/nosuch,target=/x`,
      IMAGE, 'true']);
    return { lines, missing: missing.status };
  }),

  dockerCase('bind mounts: propagation', async (docker) => {
    const path = await directory(docker, 'spread');
    await onMachine(docker,
      `mount -t tmpfs spread ${path} && mount --make-rshared ${path} && cd ${path} && mkdir slave shared private`);
    await start(docker, 'one', [
      '--volume', `${path}:/private`, '--volume', `${path}:/slave:rslave`, '--volume', `${path}:/shared:rshared`,
      '--cap-add', 'SYS_ADMIN',
    ]);
    await onMachine(docker, `mount -t tmpfs later ${path}/slave`);
    await inside(docker, 'one', 'mount -t tmpfs inner /shared/shared');
    const fields = 'grep -E " /(private|slave|shared)" /proc/self/mountinfo | cut -d" " -f5-8 | sed "s/:[0-9]*//"';
    // docker mounts places of one depth in any order.
    const within = (await inside(docker, 'one', fields)).sort();
    const outside = await onMachine(docker, 'grep -c \' inner \' /proc/self/mountinfo');
    await succeed(docker, ['rm', '--force', 'one']);
    await onMachine(docker, `umount -R ${path}`);
    return { within, outside };
  }),

  slowCase('bind mounts: recursive or not', async (docker) => {
    const path = await directory(docker, 'nested');
    await onMachine(docker, `mount -t tmpfs nested ${path}/sub && touch ${path}/sub/inner`);
    const lines = await box(docker, [
      '--mount', `type=bind,source=${path},target=/all`,
      '--mount', `type=bind,source=${path},target=/one,bind-nonrecursive`,
    ], 'ls /all/sub; echo -; ls /one/sub');
    await onMachine(docker, `umount ${path}/sub`);
    return lines;
  }),

  dockerCase('tmpfs: size, mode and other options', async (docker) => {
    const options = [
      '--tmpfs', '/plain', '--tmpfs', '/small:size=1m,mode=700,uid=1000', '--tmpfs', '/program:exec',
      '--mount', 'type=tmpfs,target=/mounted,tmpfs-size=2m,tmpfs-mode=1770', '--shm-size', '3m',
    ];
    const script = `stat -c "%n %a %u" /plain /small /program /mounted
      grep -E "/(plain|small|program|mounted|dev/shm) " /proc/mounts | sort
      head -c 2m /dev/zero >/small/x 2>/dev/null || echo full
      cp /bin/busybox /program/true && /program/true && echo runs`;
    return box(docker, options, script);
  }),

  dockerCase('run --read-only: only mounts can be written to', async (docker) => {
    const script = 'touch /x 2>&1; touch /etc/x 2>&1; touch /tmp/x && touch /dev/shm/x && echo written; '
      + 'touch /dev/x 2>&1; echo y >/etc/hosts 2>&1';
    return box(docker, ['--read-only', '--tmpfs', '/tmp'], script);
  }),

  dockerCase('what is mounted, with all options', async (docker) => {
    const lines = await box(docker, [], MOUNTS);
    return lines.filter((line) => !line.includes(' /sys/fs/cgroup '));
  }),

  slowCase('what is mounted at /sys/fs/cgroup itself', async (docker) => {
    const lines = await box(docker, [], MOUNTS);
    return lines.filter((line) => line.includes(' /sys/fs/cgroup '));
  }, {
    needs: ['cgroup-v1'],
    difference: 'docker asks for a read-only mount; runc 1.1.5 leaves the directory of the hierarchies writable',
  }),

  dockerCase('what is in /dev, and what /proc and /sys hide', async (docker) => {
    // nunc makes /dev/core whether the host has what it leads to or not, as it does all the other links.
    const script = `ls -l /dev | grep -v ' core ' | awk '{ $2 = $6 = $7 = $8 = ""; print }'
      ls -A /proc/acpi /sys/firmware; wc -c </proc/keys; echo 1 2>&1 >/proc/sys/kernel/shmmax
      echo c 2>&1 >/proc/sysrq-trigger; mkdir /sys/x 2>&1`;
    return box(docker, [], script);
  }),

  slowCase('cp: into and out of running and stopped containers', async (docker) => {
    const path = await directory(docker, 'copied');
    await start(docker, 'one', ['--tmpfs', '/memory']);
    await succeed(docker, ['cp', `${path}/.`, 'one:/in']);
    const there = await inside(docker, 'one', 'ls -R /in; cat /in/file; echo changed >/in/file');
    await succeed(docker, ['cp', 'one:/in/file', `${path}/out`]);
    await succeed(docker, ['kill', 'one']);
    writeFileSync(join(path, 'late'), 'late\n');
    await succeed(docker, ['cp', `${path}/late`, 'one:/etc/late']);
    await succeed(docker, ['start', 'one']);
    return { there, out: readFileSync(join(path, 'out'), 'utf8'), late: await inside(docker, 'one', 'cat /etc/late') };
  }),

  slowCase('commit, diff and export', async (docker) => {
    await start(docker, 'one', [], 'echo kept >/kept; rm /etc/group; echo ready; trap "exit 0" TERM; while :; '
      + 'do sleep 0.05; done');
    await eventually(() => succeed(docker, ['logs', 'one']), (text) => text.includes('ready'));
    const changes = (await succeed(docker, ['diff', 'one'])).split('\n').sort();
    await succeed(docker, ['commit', '--change', 'CMD cat /kept', 'one', 'committed']);
    const running = await inspect(docker, 'one', '.State.Status');
    const output = await succeed(docker, ['run', '--rm', 'committed']);
    const tar = join(docker.places.directory, 'export.tar');
    await succeed(docker, ['export', '--output', tar, 'one']);
    return { changes, running, output, exported: await onMachine(docker, `tar -xOf ${tar} kept`) };
  }),

  slowCase('files written by the container are as its user wrote them', async (docker) => {
    const path = await directory(docker, 'owned');
    await onMachine(docker, `chmod 777 ${path}`);
    await box(docker, ['--user', '1000:5', '--volume', `${path}:/d`], 'umask; touch /d/file; mkfifo /d/fifo; '
      + 'ln -s x /d/link');
    return (await onMachine(docker, `cd ${path}; stat -c '%n %A %u %g' file fifo link`)).split('\n');
  }),

  slowCase('a stopped container can be looked into', async (docker) => {
    await start(docker, 'one', [], 'echo left >/left; exit 3');
    await becomes(docker, 'one', '.State.Running', false);
    const answer = answerOf(await docker.docker(['cp', 'one:/left', '-']));
    return { status: answer.status, has: answer.out.includes('left') };
  }),
];
