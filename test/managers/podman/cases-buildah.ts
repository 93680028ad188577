// buildah run and build, on podman's storage: buildah calls the runtime itself, without conmon.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { startAtTerminal } from '../../support/pty.ts';
import { type Result, type RunOptions,runProgram } from '../../support/runtime.ts';
import { runtimePath } from '../battery.ts';
import { IMAGE, type Podman, type PodmanCase } from './podman.ts';

interface Working {
  /** `buildah run … CONTAINER` of a command. */
  readonly run: (options: readonly string[], argv: readonly string[], more?: RunOptions) => Promise<Result>;
  /** Its command line. */
  readonly line: (options: readonly string[], argv: readonly string[]) => string[];
}

function commandLine({ prefix, places }: Podman, ...args: readonly string[]): string[] {
  const variables = [`CONTAINERS_CONF=${places.directory}/containers.conf`, `TMPDIR=${places.directory}`];
  const storage = ['--root', `${places.directory}/root`, '--runroot', `${places.directory}/runroot`];
  return [...prefix, 'env', ...variables, 'buildah', ...storage, ...args];
}

async function buildah(client: Podman, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram(commandLine(client, ...args));
  expect({ args, status, stderr }).toMatchObject({ status: 0 });
  return stdout.trim();
}

/** Uses a working container. */
async function withWorking<T>(client: Podman, use: (working: Working) => Promise<T>): Promise<T> {
  const name = basename(mkdtempSync(join(client.places.directory, 'working-')));
  await buildah(client, 'from', '--pull-never', '--name', name, ...client.cgroupOptions(`/${name}`), IMAGE);
  const line: Working['line'] = (options, argv) => commandLine(
    client, 'run', '--runtime', runtimePath(client.runtime), '--isolation=oci', ...options, name, '--', ...argv,
  );
  try {
    return await use({ line, run: (options, argv, more) => runProgram(line(options, argv), more) });
  } finally {
    await buildah(client, 'rm', name);
  }
}

const cases: readonly PodmanCase[] = [
  {
    name: 'buildah run passes on both outputs and the exit status, and keeps files',
    run: (client) => withWorking(client, async ({ run }) => {
      const { status, stdout, stderr } = await run([], ['sh', '-c', 'echo out; echo err >&2; echo x >/kept; exit 42']);
      expect({ status, stdout }).toEqual({ status: 42, stdout: 'out\n' });
      expect(stderr).toContain('err\n');
      expect((await run([], ['cat', '/kept'])).stdout).toBe('x\n');
    }),
  },
  {
    name: 'buildah run of a program that is not there',
    run: (client) => withWorking(client, async ({ run }) => (await run([], ['nosuch'])).status),
  },
  {
    name: 'buildah run --user --cap-add --cap-drop --workingdir --env',
    slow: true,
    run: (client) => withWorking(client, async ({ run }) => {
      const capabilities = ['--cap-add=CAP_NET_ADMIN', '--cap-drop=CAP_CHOWN'];
      const options = ['--user=1000', '--workingdir=/home', '--env=A=b', ...capabilities];
      const script = 'echo $A $PWD; grep -E "^(Uid|Gid|Cap|NoNewPrivs|Seccomp:)" /proc/self/status';
      const { stdout, stderr } = await run(options, ['sh', '-c', script]);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^b \/home\nUid:\t1000/);
      return stdout;
    }),
  },
  {
    name: 'buildah run --volume and --mount',
    slow: true,
    run: (client) => withWorking(client, async ({ run }) => {
      const directory = mkdtempSync(join(client.places.directory, 'volume-'));
      writeFileSync(join(directory, 'file'), 'of the host\n');
      const options = [`--volume=${directory}:/v:ro`, '--mount=type=tmpfs,target=/t'];
      const script = 'cat /v/file; (echo x >/v/x) 2>&1; grep -c " /t tmpfs" /proc/mounts';
      const { stdout } = await run(options, ['sh', '-c', script]);
      expect(stdout).toMatch(/^of the host\n.*Read-only file system\n1\n$/);
    }),
  },
  {
    name: 'buildah run with its input',
    slow: true,
    run: (client) => withWorking(client, async ({ run }) => {
      expect((await run([], ['wc', '-l'], { input: 'line\n'.repeat(9000) })).stdout.trim()).toBe('9000');
    }),
  },
  {
    name: 'buildah run --terminal at a terminal',
    run: (client) => withWorking(client, async ({ line }) => {
      const session = startAtTerminal(line(['--terminal'], ['sh', '-c', 'test -t 0 && echo is-a-terminal; exit 7']));
      await session.sees('is-a-terminal');
      expect((await session.ended).status).toBe(7);
    }),
  },
];

export const buildahCases: readonly PodmanCase[] = cases.map((each) => ({ ...each, needs: ['buildah'] }));
