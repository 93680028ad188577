// The daemon itself: what it says of the runtime, and daemons with other settings: live-restore, userns-remap. And
// docker-compose, another client.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { runProgram } from '../../support/runtime.ts';
import { makeImageTar } from '../places.ts';
import { nothingRemains } from '../remains.ts';
import { startDaemon } from './daemon.ts';
import {
  answerOf, becomes, box, type Docker, dockerCase, IMAGE, inside, inspect, logged, onMachine, slowCase, start,
  succeed,
} from './words.ts';

type Options = Parameters<typeof startDaemon>[1];

/** Runs something with another daemon, of the same runtime, and makes sure that nothing is left of it. */
async function withDaemon<T>(docker: Docker, options: Options, use: (other: Docker) => Promise<T>): Promise<T> {
  const daemon = await startDaemon(docker.runtime, options);
  const other = { ...daemon, marks: [daemon.places.mark] };
  try {
    await succeed(other, ['import', makeImageTar(daemon.places.directory), IMAGE]);
    return await use(other);
  } finally {
    await other.close();
    await nothingRemains(other.marks);
  }
}

/** A user with a range of ids. /etc is the daemon's own. */
const REMAPPED = `echo "box:x:4000:4000::/:/bin/sh" >>/etc/passwd
echo "box:x:4000:" >>/etc/group
echo "box:400000:65536" >/etc/subuid
cp /etc/subuid /etc/subgid
chmod 711 .`;

const composeFile = (runtime: string): string => `version: "2.4"
services:
  web:
    image: ${IMAGE}
    network_mode: none
    runtime: ${runtime}
    command: sh -c 'echo begun; trap "exit 0" TERM; while :; do sleep 0.05; done'
    mem_limit: 32m
    environment: { NAME: web }
    tmpfs: /t
  side:
    image: ${IMAGE}
    network_mode: service:web
    pid: service:web
    depends_on: [web]
    command: sleep 1000
`;

export const daemonCases = [
  dockerCase('info and version: the runtime is there, by default', async (docker) => {
    const info = JSON.parse(await succeed(docker, ['info', '--format', '{{json .}}'])) as Record<string, unknown>;
    expect(info['Runtimes']).toHaveProperty(docker.runtime);
    expect(info['DefaultRuntime']).toBe(docker.runtime);
    const commit = info['RuncCommit'] as { ID: string };
    expect(commit.ID).not.toMatch(/^(|N\/A)$/);
    const version = await succeed(docker, ['version', '--format', '{{json .Server.Components}}']);
    return { driver: info['CgroupDriver'], warnings: info['Warnings'],
      named: version.includes(`"Name":"${docker.runtime}","Version":"`) };
  }),

  slowCase('live-restore: containers outlive the daemon, and belong to the next one', async (docker) => {
    return withDaemon(docker, { settings: { 'live-restore': true } }, async (other) => {
      await start(other, 'one', [], 'while [ ! -e /go ]; do echo on >/on; sleep 0.05; done; echo late; exit 7');
      await start(other, 'two', [], 'exec sleep 1000');
      const pid = await inspect(other, 'two', '.State.Pid');
      await other.stop();
      const alive = await onMachine(other, `cat /proc/${String(pid)}/comm`);
      await other.start();
      const running = [await inspect(other, 'one', '.State.Running'), await inspect(other, 'two',
        '.State.Pid') === pid];
      await inside(other, 'one', 'touch /go');
      await becomes(other, 'one', '.State.Running', false);
      const code = await inspect(other, 'one', '.State.ExitCode');
      const logs = await succeed(other, ['logs', 'one']);
      await succeed(other, ['stop', '--time', '0', 'two']);
      await succeed(other, ['start', 'two']);
      await succeed(other, ['rm', '--force', 'one', 'two']);
      return { alive, running, code, logs };
    });
  }, { timeout: 120_000 }),

  slowCase('a daemon that is stopped stops its containers', async (docker) => {
    return withDaemon(docker, {}, async (other) => {
      await start(other, 'one', [], 'trap "exit 4" TERM; echo ready; while :; do sleep 0.05; done');
      await start(other, 'two', ['--restart', 'always'], 'echo begun; exec sleep 1000');
      await logged(other, 'one', 'ready');
      await succeed(other, ['update', '--restart', 'unless-stopped', 'two']);
      await onMachine(other, `kill -9 ${String(await inspect(other, 'two', '.State.Pid'))}`);
      await logged(other, 'two', 'begun\nbegun');
      await other.stop();
      await other.start();
      await becomes(other, 'two', '.State.Running', true);
      return { code: await inspect(other, 'one', '.State.ExitCode'), running: await inspect(other, 'one',
        '.State.Running') };
    });
  }, { timeout: 120_000 }),

  slowCase('a daemon that was killed finds its containers again', async (docker) => {
    return withDaemon(docker, { settings: { 'live-restore': true } }, async (other) => {
      await start(other, 'one', [], 'exec sleep 1000');
      const pid = await inspect(other, 'one', '.State.Pid');
      await onMachine(other, 'kill -9 $(cat docker.pid)');
      await other.start();
      const same = await inspect(other, 'one', '.State.Pid') === pid;
      const exec = await inside(other, 'one', 'echo within');
      await succeed(other, ['rm', '--force', 'one']);
      return { same, exec };
    });
  }, { timeout: 120_000 }),

  slowCase('userns-remap: root is nobody outside', async (docker) => {
    return withDaemon(docker, { settings: { 'userns-remap': 'box' }, preparation: REMAPPED }, async (other) => {
      const identity = await box(other, [], 'id; cat /proc/self/uid_map /proc/self/gid_map; '
        + 'ls -ln / | cut -c1-10,16-40 | sort | uniq -c | sort -rn | head -n 1; grep CapEff /proc/self/status');
      expect(identity.join()).toContain('400000');
      const id = await start(other, 'one', ['--tmpfs', '/t', '--memory', '32m', '--volume', '/v'], 'touch /v/made; '
        + 'exec sleep 1000');
      const owner = await onMachine(other,
        `grep -E '^[UG]id' /proc/${String(await inspect(other, 'one', '.State.Pid'))}/status`);
      const exec = await inside(other, 'one', 'id -u; cat /proc/self/uid_map; stat -c "%u %n" /v/made; '
        + 'echo w >$(tty 2>/dev/null) 2>&1; ls -ln /proc/self/ns/user >/dev/null && echo ok');
      const tty = await box(other, ['--tty'], 'stat -c %u $(tty)');
      const host = await box(other, ['--userns', 'host'], 'cat /proc/self/uid_map');
      await succeed(other, ['rm', '--force', 'one']);
      return { identity, owner, exec, tty: tty.map((line) => line.trim()), host, id: id.length };
    });
  }, { timeout: 120_000 }),

  slowCase('docker-compose: up, exec, ps, down', async (docker) => {
    const file = join(docker.places.directory, 'compose.yml');
    writeFileSync(file, composeFile(docker.runtime));
    const compose = async (...args: string[]) => {
      const command = ['/usr/bin/docker-compose', '--project-name', 'composed', '--file', file, ...args];
      const answer = answerOf(await runProgram(command, { env: docker.environment, timeout: 60_000 }));
      if (answer.status !== 0) throw new Error(`${args.join(' ')} ended with ${answer.status}: ${answer.error}`);
      return answer.out;
    };
    await compose('up', '--detach');
    const exec = await compose('exec', '-T', 'web', 'sh', '-c', 'echo $NAME; ps -o args | grep -cx "sleep 1000"');
    await eventually(() => compose('logs', '--no-color', 'web'), (text) => text.includes('begun'));
    const services = await compose('ps', '--services', '--filter', 'status=running');
    await compose('down');
    return { exec, services, left: await succeed(docker, ['ps', '--all', '--quiet']) };
  }, { timeout: 120_000, needs: ['docker-compose'] }),
];
