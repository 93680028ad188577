// podman build: RUN steps are containers of the runtime.

import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import type { Result } from '../../support/runtime.ts';
import { IMAGE, type Podman, type PodmanCase } from './podman.ts';

const TAG = 'localhost/built';

/** Builds an image from instructions below FROM. */
function build(client: Podman, instructions: string, ...options: readonly string[]): Promise<Result> {
  const { podman, places, cgroupOptions } = client;
  const directory = mkdtempSync(join(places.directory, 'build-'));
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, 'Containerfile'), `FROM ${IMAGE}\n${instructions}\n`);
  writeFileSync(join(directory, 'file'), 'of the context\n');
  // Buildah takes it for the container's own cgroup.
  const own = ['--network=none', '--pull=never', '--no-cache', ...cgroupOptions(`/${basename(directory)}`)];
  return podman(['build', ...own, '--tag', TAG, ...options, directory]);
}

async function built(client: Podman, instructions: string, ...options: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await build(client, instructions, ...options);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

export const buildCases: readonly PodmanCase[] = [
  {
    name: 'build with RUN steps, their output and files',
    run: async (client) => {
      const steps = ['COPY file /copied', 'RUN echo from-the-step; cp /copied /made', 'RUN echo more >>/made'];
      const output = await built(client, steps.join('\n'));
      expect(output).toContain('from-the-step');
      const { stdout } = await client.podman(['run', '--rm', ...client.containerOptions, TAG, 'cat', '/made']);
      expect(stdout).toBe('of the context\nmore\n');
    },
  },
  {
    name: 'build whose RUN step fails tells the exit status',
    run: async (client) => {
      const { status, stderr } = await build(client, 'RUN echo failing; exit 9');
      expect(stderr).toContain('exit status 9');
      return status;
    },
  },
  {
    name: 'build whose RUN step has a missing program',
    slow: true,
    run: async (client) => (await build(client, 'RUN ["nosuch"]')).status,
  },
  {
    name: 'RUN as another user, in a directory, with an environment',
    slow: true,
    run: async (client) => {
      const output = await built(client, 'USER user\nWORKDIR /tmp\nENV A=b\nRUN echo is-$(id -u)-$PWD-$A');
      expect(output).toContain('is-1000-/tmp-b');
    },
  },
  {
    name: 'RUN with mounts: bind, tmpfs, cache, secret',
    timeout: 100_000,
    slow: true,
    run: async (client) => {
      const secret = join(client.places.directory, 'secret');
      writeFileSync(secret, 'a-secret');
      const output = await built(client, [
        'RUN --mount=type=bind,source=file,target=/bound cat /bound',
        'RUN --mount=type=tmpfs,target=/t grep -q " /t tmpfs" /proc/mounts && echo is-tmpfs',
        'RUN --mount=type=cache,target=/cache echo in-cache >/cache/x',
        'RUN --mount=type=cache,target=/cache cat /cache/x',
        'RUN --mount=type=secret,id=s cat /run/secrets/s',
      ].join('\n'), '--secret', `id=s,src=${secret}`);
      for (const word of ['of the context', 'is-tmpfs', 'in-cache', 'a-secret']) expect(output).toContain(word);
    },
  },
  {
    name: 'rights and limits of RUN steps',
    slow: true,
    run: async (client) => {
      const output = await built(client, 'RUN grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status; ulimit -n',
        '--cap-add=NET_ADMIN', '--ulimit=nofile=100:200');
      return output.split('\n').filter((line) => /^(Cap|NoNew|Seccomp|\d+$)/.test(line));
    },
  },
  {
    name: 'HEALTHCHECK, ENTRYPOINT and STOPSIGNAL of an image',
    slow: true,
    run: async (client) => {
      const entry = JSON.stringify(['sh', '-c', 'trap "exit 3" USR1; while :; do sleep 0.1; done']);
      await built(client, `STOPSIGNAL USR1\nENTRYPOINT ${entry}`, '--format=docker');
      const id = await client.succeed(['run', '--detach', ...client.containerOptions, TAG]);
      await client.succeed(['wait', '--condition=running', id]);
      await client.succeed(['stop', id]);
      const status = await client.succeed(['inspect', '--format', '{{.State.ExitCode}}', id]);
      await client.succeed(['rm', id]);
      return status;
    },
  },
];
