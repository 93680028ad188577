// podman run: output and input, exit statuses, terminals, what the process gets.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startAtTerminal } from '../../support/pty.ts';
import { IMAGE, type Podman, type PodmanCase } from './podman.ts';

/** Podman's own words around the runtime's message, by which it chooses the exit status. */
const OCI_WORDS = /OCI (runtime attempted to invoke a command that was not found|permission denied|runtime error)/;

/** How a command that can't be run ends. */
async function refused({ run }: Podman, options: readonly string[], argv: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await run(options, argv);
  expect(stdout).toBe('');
  // One message on one line, whatever the runtime calls itself.
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  return { status, words: OCI_WORDS.exec(stderr)?.[0] };
}

export const runCases: readonly PodmanCase[] = [
  {
    name: 'run passes on both outputs and the exit status',
    run: async ({ run }) => {
      const { status, stdout, stderr } = await run([], ['sh', '-c', 'echo out; echo err >&2; exit 42']);
      expect({ status, stdout, stderr }).toEqual({ status: 42, stdout: 'out\n', stderr: 'err\n' });
    },
  },
  {
    name: 'run --interactive passes on the input to its end',
    run: async ({ run }) => {
      const input = 'line of text\n'.repeat(20_000);
      const { status, stdout } = await run(['--interactive'], ['md5sum'], { input });
      const expected = createHash('md5').update(input).digest('hex');
      expect({ status, stdout }).toEqual({ status: 0, stdout: `${expected}  -\n` });
    },
  },
  {
    name: 'run loses nothing of a large output',
    slow: true,
    run: async ({ run }) => {
      const { status, stdout } = await run([], ['seq', '1', '100000']);
      expect(status).toBe(0);
      expect(stdout.split('\n')).toHaveLength(100_001);
    },
  },
  {
    name: 'run --tty without a terminal of the caller has one inside',
    run: async ({ run }) => {
      const { status, stdout } = await run(['--tty'], ['sh', '-c', 'tty; stat -c %a,%u,%g,%t,%T $(tty); exit 3']);
      expect(status).toBe(3);
      return stdout;
    },
  },
  {
    name: 'run --interactive --tty at a terminal: input, size, exit status',
    run: async ({ command, containerOptions }) => {
      const argv = [...command, 'run', '--rm', '-it', ...containerOptions, IMAGE, 'sh'];
      const session = startAtTerminal(argv, { size: { rows: 33, columns: 99 } });
      await session.sees('# ');
      session.type('echo size-$(stty size | tr " " x)\n');
      await session.sees('size-33x99');
      session.resize({ rows: 20, columns: 40 });
      session.type('until [ "$(stty size)" = "20 40" ]; do :; done; echo resi\\zed\n');
      await session.sees('resized');
      session.type('exit 7\n');
      expect((await session.ended).status).toBe(7);
    },
  },
  {
    name: 'a program that is not in PATH: 127',
    run: (client) => refused(client, [], ['nosuch']),
  },
  {
    name: 'a path that does not exist: 127',
    run: (client) => refused(client, [], ['/no/such']),
  },
  {
    name: 'a file that may not be executed: 126',
    run: (client) => refused(client, [], ['/etc/passwd']),
  },
  {
    name: 'a directory as the program: 126',
    run: (client) => refused(client, [], ['/etc']),
  },
  {
    name: 'a script whose interpreter is missing',
    difference: 'with nunc the start fails: 126; runc\'s init writes it to the container\'s output and ends with 1',
    run: async ({ run, places }) => {
      const file = join(places.directory, 'script');
      writeFileSync(file, '#!/no/interpreter\n', { mode: 0o755 });
      const { status, stderr } = await run(['--volume', `${file}:/script`], ['/script']);
      expect(stderr).toMatch(/exec:? [\\"]*\/script[\\"]*:? no such file or directory/);
      return status;
    },
  },
  {
    name: 'a setting that the kernel refuses',
    run: (client) => refused(client, ['--sysctl', 'net.ipv4.ip_forward=many'], ['true']),
  },
  {
    name: 'a working directory that is a file',
    slow: true,
    run: (client) => refused(client, ['--workdir', '/etc/passwd'], ['true']),
  },
  {
    name: 'the process dies of a signal: 128 and its number',
    run: async ({ run }) => {
      const { status } = await run(['--init'], ['sh', '-c', 'kill -SEGV $$']);
      expect(status).toBe(139);
    },
    needs: ['catatonit'],
  },
  {
    name: 'environment, host name, working directory, entry point',
    run: async ({ ask, succeed, containerOptions }) => {
      const script = 'echo $A,$(hostname),$(pwd); env | sort | grep -v -e ^HOSTNAME= -e ^SHLVL=';
      const options = ['--env', 'A=a b', '--hostname', 'named', '--workdir', '/home'];
      const shown = await ask(script, ...options);
      expect(shown).toMatch(/^a b,named,\/home\n/);
      const entry = ['run', '--rm', ...containerOptions, '--entrypoint', '["echo","from"]', IMAGE, 'entry'];
      expect(await succeed(entry)).toBe('from entry');
      return shown;
    },
  },
  {
    name: '--init runs and reaps as process 1',
    needs: ['catatonit'],
    run: async ({ ask }) => {
      // The orphan would stay a zombie, and be sent to the shell, if the shell were process 1.
      const orphan = 'sh -c "sleep 0.1 & echo \\$!" >/tmp/pid';
      const script = `cat /proc/1/comm; ${orphan}; while test -e /proc/$(cat /tmp/pid); do :; done`;
      expect(await ask(script, '--init')).toBe('podman-init');
    },
  },
  {
    name: '--preserve-fds hands on descriptors',
    run: ({ command, containerOptions, places }) => {
      const file = join(places.directory, 'preserved');
      writeFileSync(file, 'through a descriptor\n');
      const descriptor = openSync(file, 'r');
      const argv = ['run', '--rm', '--preserve-fds', '1', ...containerOptions, IMAGE, 'sh', '-c', 'cat <&3'];
      const [program = '', ...args] = [...command, ...argv];
      const { stdout } = spawnSync(program, args, { stdio: ['ignore', 'pipe', 'pipe', descriptor], encoding: 'utf8' });
      closeSync(descriptor);
      expect(stdout).toBe('through a descriptor\n');
    },
  },
  {
    name: 'only the standard descriptors are open',
    run: ({ ask }) => ask('ls /proc/self/fd | tr "\\n" " "'),
  },
  {
    name: '--rm leaves no container, --detach --rm neither when it ends',
    run: async ({ run, succeed, containerOptions }) => {
      await run(['--name', 'short'], ['true']);
      const id = await succeed(['run', '--detach', '--rm', ...containerOptions, IMAGE, 'sleep', '0.3']);
      await succeed(['wait', '--condition=stopped', id]).catch(() => 'gone already');
      expect(await succeed(['ps', '--all', '--quiet', '--no-trunc'])).not.toContain(id);
    },
  },
  {
    name: '--pid=host, --ipc=host, --uts=host are the host\'s',
    run: async ({ ask, prefix }) => {
      const script = 'for name in pid ipc uts mnt net; do readlink /proc/self/ns/$name; done';
      const [program, ...args] = [...prefix, 'sh', '-c', script];
      const host = spawnSync(program, args, { encoding: 'utf8' }).stdout.trim().split('\n');
      const inside = (await ask(script, '--pid=host', '--ipc=host', '--uts=host')).split('\n');
      return inside.map((link, index) => link === host[index]);
    },
  },
  {
    name: '--pid=container: joins that of another container',
    slow: true,
    run: ({ ask, withContainer }) => withContainer('sleep 1000', [], async (id) => {
      const shown = await ask('cat /proc/1/cmdline | tr "\\0" " "', `--pid=container:${id}`);
      expect(shown).toContain('sleep 1000');
    }),
  },
  {
    name: '--cgroupns=private and host',
    slow: true,
    run: async ({ ask, places }) => {
      const script = 'grep memory /proc/self/cgroup | cut -d: -f3';
      const [own, host] = [await ask(script, '--cgroupns=private'), await ask(script, '--cgroupns=host')];
      expect(host).toMatch(new RegExp(`^${places.cgroupParent}/libpod-[0-9a-f]{64}$`));
      expect(own).toBe('/');
    },
  },
  {
    name: '--rootfs runs a directory',
    slow: true,
    run: async ({ succeed, containerOptions, podman, places, withContainer }) => withContainer('', [], async (id) => {
      const directory = join(places.directory, 'rootfs');
      const tar = join(places.directory, 'export.tar');
      await succeed(['export', '--output', tar, id]);
      spawnSync('sh', ['-c', `mkdir "${directory}" && tar -C "${directory}" -xf "${tar}"`]);
      expect(existsSync(join(directory, 'bin/sh'))).toBe(true);
      const { status, stdout } = await podman([
        'run', '--rm', ...containerOptions, '--rootfs', directory, 'sh', '-c', 'echo $0 >/kept; cat /kept',
      ]);
      expect({ status, stdout }).toEqual({ status: 0, stdout: 'sh\n' });
      expect(existsSync(join(directory, 'kept'))).toBe(true);
    }),
  },
  {
    name: 'eight containers at once',
    slow: true,
    run: async ({ ask }) => {
      const numbers = Array.from({ length: 8 }, (_, index) => index);
      const answers = await Promise.all(numbers.map((number) => ask(`echo ${number}`)));
      expect(answers).toEqual(numbers.map(String));
    },
  },
];
