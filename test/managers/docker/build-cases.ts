// docker build with RUN: the classic builder, which makes containers, and BuildKit, which calls the program called
// `runc` in the daemon's PATH.

import { expect } from 'vitest';
import { type Answer, answerOf, type Docker, dockerCase, IMAGE, slowCase, succeed } from './words.ts';

type Builder = 'classic' | 'BuildKit';

async function build(docker: Docker, builder: Builder, lines: readonly string[],
  more: readonly string[] = []): Promise<Answer> {
  const env = { DOCKER_BUILDKIT: builder === 'BuildKit' ? '1' : '0' };
  const progress = builder === 'BuildKit' ? ['--progress', 'plain'] : [];
  const args = ['build', ...progress, '--no-cache', '--tag', 'built', ...more, '-'];
  return answerOf(await docker.docker(args, { env, input: [`FROM ${IMAGE}`, ...lines, ''].join('\n') }));
}

async function built(docker: Docker, builder: Builder, lines: readonly string[],
  more: readonly string[] = []): Promise<void> {
  const { status, error, out } = await build(docker, builder, lines, more);
  if (status !== 0) throw new Error(`the build ended with ${status}: ${error}${out}`);
}

/** What differs between the builders, but not between the runtimes, is no matter here. */
const STEPS = [
  'ARG WHAT=nothing',
  'ENV FROM=file',
  'WORKDIR /made/here',
  'RUN echo "$WHAT $FROM $(pwd) $(id -u)" >one && mkdir dir && ln -s one two',
  'RUN grep -E "^(Cap.*|NoNewPrivs|Seccomp):" /proc/self/status >rights',
  // nunc makes /dev/core whether the host has what it leads to or not, as it does all the other links.
  'RUN ls -l /dev | grep -v " core " | cut -c1-10,57- >devices; grep -c . /proc/mounts >mounts; '
    + 'ls /sys/class/net >network',
  'USER 1000:1000',
  'RUN id >/tmp/user && test ! -w /etc/passwd',
  'CMD cat one two rights devices mounts network /tmp/user',
];

function cases(builder: Builder, defineCase: typeof dockerCase) {
  return [
    defineCase(`build with ${builder}: RUN has environment, directory, user and rights`, async (docker) => {
      await built(docker, builder, STEPS, ['--build-arg', 'WHAT=given', '--network', 'none']);
      const lines = (await succeed(docker, ['run', '--rm', '--network', 'none', 'built'])).split('\n');
      expect(lines[0]).toBe('given file /made/here 0');
      return lines;
    }),

    slowCase(`build with ${builder}: a RUN that fails`, async (docker) => {
      const failed = await build(docker, builder, ['RUN echo before && exit 7']);
      const missing = await build(docker, builder, ['RUN ["nosuch"]']);
      const words = /returned a non-zero code: 7|exit code: 7/;
      return {
        statuses: [failed.status, missing.status],
        said: words.exec(failed.error + failed.out)?.[0],
        reason: /executable file not found in \$PATH/.exec(missing.error + missing.out)?.[0],
      };
    }),
  ];
}

export const buildCases = [
  ...cases('classic', slowCase),
  ...cases('BuildKit', dockerCase),

  slowCase('build with classic: limits and host settings', async (docker) => {
    const options = ['--memory', '64m', '--shm-size', '3m', '--ulimit', 'nofile=55:66', '--add-host',
      'friend:10.0.0.1'];
    await built(docker, 'classic', ['RUN ulimit -n >/made; df /dev/shm | tail -n 1 | awk "{ print \\$2 }" >>/made; '
      + 'grep friend /etc/hosts >>/made', 'CMD cat /made'], options);
    return (await succeed(docker, ['run', '--rm', 'built'])).split('\n');
  }),

  slowCase('build with BuildKit: RUN --mount and several stages at once', async (docker) => {
    await built(docker, 'BuildKit', [
      'RUN --mount=type=cache,target=/cache echo kept >/cache/file',
      'RUN --mount=type=cache,target=/cache cat /cache/file >/first',
      'RUN --mount=type=tmpfs,target=/t grep " /t " /proc/mounts | cut -d" " -f2-3 >/second',
      `FROM ${IMAGE} AS other`,
      'RUN sleep 0.1; echo other >/other',
      `FROM ${IMAGE} AS third`,
      'RUN sleep 0.1; echo third >/third',
      `FROM ${IMAGE}`,
      'COPY --from=0 /first /second /',
      'COPY --from=other /other /',
      'COPY --from=third /third /',
      'RUN cat /first /second /other /third >/all',
      'CMD cat /all',
    ]);
    return (await succeed(docker, ['run', '--rm', 'built'])).split('\n');
  }),

  slowCase('build with BuildKit: networks none and host', async (docker) => {
    await built(docker, 'BuildKit', ['RUN ls /sys/class/net >/made', 'CMD cat /made'], ['--network', 'host']);
    const host = await succeed(docker, ['run', '--rm', 'built']);
    await built(docker, 'BuildKit', ['RUN ls /sys/class/net >/made', 'CMD cat /made'], ['--network', 'none']);
    return { host: host.split('\n'), none: await succeed(docker, ['run', '--rm', 'built']) };
  }),

  slowCase('build with BuildKit: nothing of a build is left running', async (docker) => {
    await built(docker, 'BuildKit', ['RUN (sleep 16180 &) ; true']);
    const { status } = await docker.docker(['info']);
    return { status, left: (await docker.docker(['ps', '--quiet'])).stdout };
  }),
];
