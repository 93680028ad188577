// Who is at the other end of a socket that nunc is told of, or that a container can write to: one who is not what was
// expected, who does not listen, or who talks too much. nunc says so in time, and leaves nothing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { bindDatagram, connectDatagram, connectUnix } from '../../src/ffi/unix-socket.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { effort } from '../support/effort.ts';
import { disorder } from '../support/fuzz-bytes/canaries.ts';
import { kernel } from '../support/library.ts';
import { eventually, outputOf, startBundle, stateOf, untilStatus, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runProgram, runtime, startRuntime } from '../support/runtime.ts';
import { notify, scratch, serviceManager } from '../support/service-manager.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc', 'python3');

/** A peer that listens at `sys.argv[1]`, in Python. */
const LISTEN = `import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(0)
`;
const LISTENERS: Readonly<Record<string, string>> = {
  'closes at once': `${LISTEN}
print('ready', flush=True)
while True: s.accept()[0].close()`,
  'never accepts, and has a full queue': `${LISTEN}
waiting = []
for _ in range(3):
    c = socket.socket(socket.AF_UNIX); c.setblocking(False); waiting.append(c)
    try: c.connect(sys.argv[1])
    except BlockingIOError: pass
print('ready', flush=True)
time.sleep(1000)`,
  'sends junk and a hundred descriptors, and never reads': `${LISTEN}
import array
print('ready', flush=True)
kept = []
while True:
    c = s.accept()[0]; kept.append(c); c.setblocking(False)
    try:
        while True: c.sendmsg([b'x' * 1000], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0] * 100))])
    except (BlockingIOError, BrokenPipeError, ConnectionError, OSError): pass`,
};

/** @returns what ends it */
async function listener(path: string, script: string): Promise<() => Promise<void>> {
  const child = spawn('/usr/bin/python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  onTestFinished(end);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => output += chunk.toString());
  await eventually(() => output, (text) => text.startsWith('ready'));
  return end;
}

/** What is at a path, and is no listener. */
const OTHERS: Readonly<Record<string, (path: string) => unknown>> = {
  'is not there': () => undefined,
  'is a file': (path) => writeFileSync(path, ''),
  'is a directory': (path) => mkdirSync(path),
  'is a fifo': (path) => runProgram(['mkfifo', path]),
  'is a datagram socket': (path) => bindDatagram(kernel(), path),
  'is a link to itself': (path) => symlinkSync(path, path),
};

const OPTIONS = ['--console-socket', '--pidfd-socket'] as const;

function bundleFor(option: (typeof OPTIONS)[number]): Bundle {
  const terminal = option === '--console-socket';
  return makeBundle({ args: ['sleep', '1000'], mutate: (spec) => { spec.process.terminal = terminal; } });
}

/** Creates, and says what was not in order; the container is deleted where it could be made. */
async function createWith(bundle: Bundle, option: string, path: string): Promise<number | null> {
  const args = ['create', '--bundle', bundle.directory, option, path, bundle.id];
  const created = startRuntime(args, { output: outputOf(bundle), timeout: 25_000 });
  const { status, signal } = await created.ended;
  const result = { status, signal, stdout: '', stderr: readFileSync(outputOf(bundle), 'utf8') };
  expect(disorder(result), `${option} ${path}`).toBeUndefined();
  if (status === 0) await runtime(['delete', '--force', bundle.id]);
  return status;
}

describe.each(OPTIONS)('%s', (option) => {
  test('may name what is no listener', async () => {
    for (const [name, make] of Object.entries(OTHERS)) {
      const path = join(scratch(), 'socket');
      await make(path);
      const bundle = bundleFor(option);
      const watch = watchHost(bundle);
      expect(await createWith(bundle, option, path), name).toBe(1);
      await watch.nothingLeft();
    }
  });

  const listeners = Object.entries(LISTENERS);
  // Both sockets are served by the same code: one of them will do.
  for (const [name, script] of listeners.slice(0, option === OPTIONS[0] ? 9 : effort({ usual: 1, nightly: 9 }))) {
    test(`may have one who ${name}`, async () => {
      const path = join(scratch(), 'socket');
      const end = await listener(path, script);
      const bundle = bundleFor(option);
      const watch = watchHost(bundle);
      const status = await createWith(bundle, option, path);
      // What it was sent it would keep in being.
      await end();
      // Who has closed may have done so before or after.
      expect(name.startsWith('closes') ? [0, 1] : [name.startsWith('never') ? 1 : 0]).toContain(status);
      await watch.nothingLeft();
    });
  }
});

describe('addresses', () => {
  test('are never cut short, which would be somebody else\'s', () => {
    const directory = scratch();
    const short = join(directory, 'x'.repeat(100));
    for (const connect of [connectUnix, connectDatagram, bindDatagram]) {
      expect(() => connect(kernel(), join(directory, 'x'.repeat(101)))).toThrow(/: file name too long$|: no such file/);
      expect(() => connect(kernel(), `@${'y'.repeat(108)}`)).toThrow('file name too long');
    }
    expect(() => connectUnix(kernel(), short)).toThrow(/file name too long$/);
  });
});

/** What only READY=1 in a line of its own is not. */
const NEWS: readonly string[] = [
  '', 'READY=10', 'xREADY=1', 'READY=1x', ' READY=1', 'STOPPING=1', 'MAINPID=1', 'WATCHDOG=trigger', 'FDSTORE=1',
  'READY=1x'.repeat(5000), 'BARRIER=1', 'EXTEND_TIMEOUT_USEC=99999999', 'ERRNO=1', 'BUSERROR=x', 'MONOTONIC_USEC=1',
];

describe('$NOTIFY_SOCKET', () => {
  test('is told nothing that a container says but that it is ready, however much it says', async () => {
    const manager = serviceManager();
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const env = { PATH: process.env['PATH'] ?? '', NOTIFY_SOCKET: manager.address };
    await runtime(['create', '--bundle', bundle.directory, bundle.id], { output: outputOf(bundle), env });
    const start = startRuntime(['start', bundle.id], { env });
    const { pid } = await untilStatus(bundle.id, 'running');
    const before = memoryOf(start.child.pid ?? 0);
    for (let i = 0; i < 5; i++) await notify(pid, [...NEWS, ...NEWS, ...NEWS]);
    expect(manager.hasMore()).toBe(false);
    // Descriptors of the container's are closed, and nothing is kept.
    const after = memoryOf(start.child.pid ?? 0);
    // The start had some more when it had only begun to wait.
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(after.kilobytes - before.kilobytes).toBeLessThan(20_000);
    await notify(pid, ['READY=1\nMAINPID=1\nFDSTORE=1']);
    expect([await manager.hear(), await manager.hear(), await manager.hear()])
      .toEqual(['READY=1\n', `MAINPID=${pid}\n`, 'BARRIER=1']);
    expect(await start.ended).toMatchObject({ status: 0 });
  });
});

function memoryOf(pid: number): { descriptors: number; kilobytes: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    kilobytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
  };
}

/** What a hostile image has in the place of its program, or of that one's interpreter. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'a fifo': 'mkfifo prog',
  'a link out of the rootfs': 'ln -s ../../../../../../../../etc/passwd prog',
  'a link to itself': 'ln -s prog prog',
  'a link to /proc/self/fd/3': 'ln -s /proc/self/fd/3 prog',
  'a script of a fifo': 'mkfifo f; printf "#!/f\\n" >prog; chmod 755 prog',
  'a script of itself': 'printf "#!/prog\\n" >prog; chmod 755 prog',
  'a script of a file of the host': 'printf "#!/../../../../../etc/passwd\\n" >prog; chmod 755 prog',
  'a huge file of nothing': 'truncate -s 1T prog; chmod 755 prog',
  'an ELF with a loader that is a fifo':
    'mkfifo f; sed "s|/lib64/ld-linux-x86-64.so.2|/./././././././././././././f|" /bin/true >prog; chmod 755 prog',
  'a cut-off ELF': 'head -c 70 /bin/true >prog; chmod 755 prog',
  'a device': 'mknod prog c 1 5; chmod 777 prog',
};

describe('the hint of a start that failed', () => {
  test('never leaves the rootfs, and waits for nobody', async () => {
    for (const [name, script] of Object.entries(PROGRAMS)) {
      const bundle = makeBundle({ args: ['/prog'] });
      await runProgram(['sh', '-ec', script], { cwd: bundle.rootfs });
      const result = await runtime(['run', '--bundle', bundle.directory, bundle.id], { timeout: 10_000 });
      expect(disorder(result), name).toBeUndefined();
      expect(result, name).toMatchObject({ status: 1 });
      expect(result.stderr, name).not.toContain('root:x');
    }
    const running = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(running);
    for (const [name, script] of Object.entries(PROGRAMS)) {
      await runProgram(['sh', '-ec', `rm -rf f prog; ${script}`], { cwd: running.rootfs });
      const result = await runtime(['exec', running.id, '/prog'], { timeout: 10_000 });
      expect(disorder(result), name).toBeUndefined();
      expect(result, name).toMatchObject({ status: 255 });
    }
    expect(await stateOf(running.id)).toMatchObject({ status: 'running' });
  });
});
