// process.terminal and process.consoleSize: what the container has of its terminal, and who gets the other side of it.
// The foreground's side is in terminal-foreground.test.ts.

import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { ask } from '../support/ask.ts';
import { makeBundle, writeConfig } from '../support/bundle.ts';
import { refusal, stateOf, succeed, untilStatus, watchHost } from '../support/lifecycle.ts';
import { holdNamespaces } from '../support/namespaces.ts';
import { listenForConsole, screenOf } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { attach, type Change, terminalBundle } from '../support/terminal.ts';

const test = requires('root', 'busybox');
/** What nunc has in other words than runc, or checks and runc 1.1 does not. */
const nuncTest = requires('root', 'busybox', 'nunc');

/** What a script shows at the terminal, up to its end. */
async function showing(script: string, change?: Change): Promise<string> {
  const bundle = await terminalBundle(`${script}; echo; echo 'the' end`, change);
  const { screen } = await attach(bundle);
  return (await screen.sees('the end')).replace(/\n+the end\n$/, '');
}

test('terminal: standard streams are a terminal of the container\'s own devpts, and nothing else is open', async () => {
  const seen = await showing('tty; for n in 0 1 2; do [ -t $n ] && readlink /proc/$$/fd/$n; done; ls /proc/$$/fd');
  expect(seen.split(/\s+/)).toEqual([
    '/dev/pts/0', '/dev/pts/0', '/dev/pts/0', '/dev/pts/0', '0', '1', '2',
    // The script of `sh -c` needs none; a busybox with job control keeps the terminal at 10.
    ...(seen.includes('10') ? ['10'] : []),
  ]);
});

test('terminal: it controls a session of the container\'s own', async () => {
  const bundle = await terminalBundle('cat');
  const { screen } = await attach(bundle);
  const { pid } = await stateOf(bundle.id);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [, , , session, terminal] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // 136:0 is the first slave of a devpts.
  expect([session, terminal]).toEqual([String(pid), String(136 * 256)]);
  // And that devpts is not the host's: nothing of TIOCSTI (CVE-2016-7545 and the like) can get to a terminal there.
  const { dev, rdev } = statSync(`/proc/${pid}/fd/0`);
  expect(rdev).toBe(136 * 256);
  expect(dev).not.toBe(statSync('/dev/pts').dev);
  screen.type('\x04');
  await untilStatus(bundle.id, 'stopped');
});

test('terminal: /dev/tty is it', async () => {
  expect(await showing('echo through /dev/tty >/dev/tty; tty </dev/tty')).toBe('through /dev/tty\n/dev/tty');
});

test('terminal: /dev/console is the same terminal, mounted there', async () => {
  const seen = await showing('stat -c "%t:%T %F" /dev/console /dev/pts/0; '
    + 'grep -c " /0 /dev/console " /proc/$$/mountinfo; echo hello >/dev/console');
  expect(seen.split('\n')).toEqual(['88:0 character special file', '88:0 character special file', '1', 'hello']);
});

test('terminal: without one there is no /dev/console', async () => {
  expect(await ask('ls /dev/console 2>&1; true')).toMatch(/No such file/);
});

test('terminal: it belongs to the user, its group is that of the devpts', async () => {
  const seen = await showing('stat -c "%u %g %a" $(tty) /dev/console; echo written >$(tty); head -n 0 <$(tty) && id -u',
    (spec) => {
      spec.process.user = { uid: 1000, gid: 1000 };
      spec.process.capabilities = {};
    });
  expect(seen.split('\n')).toEqual(['1000 5 620', '1000 5 620', 'written', '1000']);
});

test('terminal: it belongs to the user whatever uid= the devpts has', async () => {
  const seen = await showing('stat -c "%u %a" $(tty)', (spec) => {
    const devpts = spec.mounts.find(({ type }) => type === 'devpts');
    devpts!.options = ['newinstance', 'ptmxmode=0666', 'mode=0600', 'uid=7'];
  });
  expect(seen).toBe('0 600');
});

test('terminal: in a user namespace', async () => {
  const script = 'tty; stat -c "%u %g" $(tty) /dev/console; tty </dev/tty';
  const seen = await showing(script, (spec, { directory, rootfs }) => {
    const mapping = [{ containerID: 0, hostID: 100000, size: 65536 }];
    spec.linux.namespaces = [...(spec.linux.namespaces ?? []), { type: 'user' }];
    spec.linux.uidMappings = mapping;
    spec.linux.gidMappings = mapping;
    spec.process.user = { uid: 1000, gid: 1000 };
    for (const path of [directory, rootfs]) chmodSync(path, 0o755);
  });
  expect(seen.split('\n')).toEqual(['/dev/pts/0', '1000 5', '1000 5', '/dev/tty']);
});

test('terminal: without pivot_root', async () => {
  const bundle = await terminalBundle('tty; stat -c %t:%T /dev/console; echo the end');
  const path = join(bundle.directory, 'console');
  const socket = listenForConsole(path);
  await succeed(['run', '-d', '--no-pivot', '--bundle', bundle.directory, '--console-socket', path, bundle.id]);
  const screen = screenOf((await socket.receive()).master);
  onTestFinished(screen.close);
  expect(await screen.sees('the end')).toBe('/dev/pts/0\n88:0\nthe end\n');
});

test('consoleSize: is the size of the terminal before the program starts', async () => {
  const size = (height: number, width: number): Promise<string> => (
    showing('stty size 2>&1', (spec) => void (spec.process.consoleSize = { height, width }))
  );
  expect(await size(43, 117)).toBe('43 117');
  // As with runc, one that lacks a side is none.
  expect(await size(0, 117)).toBe('stty: standard input');
});

test('consoleSize: is ignored without a terminal', async () => {
  expect(await ask('echo fine', (spec) => void (spec.process.consoleSize = { height: 43, width: 117 }))).toBe('fine');
});

nuncTest('consoleSize: a size that no terminal has is refused', async () => {
  const bundle = await terminalBundle('true', (spec) => void (spec.process.consoleSize = { height: 65536, width: 1 }));
  expect(await refusal(['create', '-b', bundle.directory, bundle.id]))
    .toBe('config.json: /process/consoleSize/height: 65536 is more than 65535');
});

test('console socket: gets one descriptor with its name, at a path of any length, through links', async () => {
  const bundle = await terminalBundle('read line; echo "got $line"');
  const directory = join(bundle.directory, 'd'.repeat(120));
  mkdirSync(directory);
  symlinkSync(directory, join(bundle.directory, 'link'));
  // Other runtimes fail at a long path.
  const long = directory.length > 107 && process.env['RUNTIME'] === undefined;
  const { screen, name } = await attach(bundle, join(long ? directory : join(bundle.directory, 'link'), 's'));
  expect(name).toMatch(/^\/dev\/(ptmx|pts\/ptmx|pts\/0)$/);
  screen.type('a line\n');
  expect(await screen.sees('got')).toBe('a line\ngot a line\n');
});

test('console socket: its user sets the size and types signals', async () => {
  const { screen } = await attach(await terminalBundle(
    'trap "stty size" WINCH; trap "echo interrupted" INT; echo ready; while :; do sleep 1; done',
  ));
  await screen.sees('ready');
  screen.resize({ rows: 12, columns: 34 });
  await screen.sees('12 34');
  screen.type('\x03');
  await screen.sees('interrupted');
});

test('console socket: when its user goes away the container hears of it', async () => {
  const bundle = await terminalBundle('trap "exit 5" HUP; echo ready; while :; do sleep 1; done');
  const { screen } = await attach(bundle);
  await screen.sees('ready');
  screen.close();
  await untilStatus(bundle.id, 'stopped');
});

test('console socket: create leaves nothing of the caller with the container', async () => {
  const bundle = await terminalBundle('true');
  await attach(bundle);
  // The pipes of `create` and `start` have ended, or succeed() would still wait; see endOf() for how long.
  await untilStatus(bundle.id, 'stopped');
});

const DETACHED = /^(?:runc .*: )?cannot allocate tty if \w+ will detach without setting console socket(; |$)/;
const ATTACHED = /^(?:runc .*: )?cannot use console socket if \w+ will not detach or allocate tty(; |$)/;

test('console socket: needed and allowed exactly where there is a terminal to be given away', async () => {
  const bundle = await terminalBundle('true');
  const watch = watchHost(bundle);
  const socket = join(bundle.directory, 'none');
  const where = ['--bundle', bundle.directory];
  expect(await refusal(['create', ...where, bundle.id])).toMatch(DETACHED);
  expect(await refusal(['run', '-d', ...where, bundle.id])).toMatch(DETACHED);
  expect(await refusal(['create', '--console-socket', '', ...where, bundle.id])).toMatch(DETACHED);
  bundle.spec.process.terminal = false;
  writeConfig(bundle);
  for (const command of [['create'], ['run'], ['run', '-d']]) {
    expect(await refusal([...command, '--console-socket', socket, ...where, bundle.id])).toMatch(ATTACHED);
  }
  await watch.nothingLeft();
});

test('console socket: one that nobody listens at is an error before anything is made', async () => {
  const bundle = await terminalBundle('true');
  const watch = watchHost(bundle);
  const paths = { none: 'no such file or directory', 'config.json': 'connection refused' };
  for (const [name, reason] of Object.entries(paths)) {
    const path = join(bundle.directory, name);
    const message = await refusal(['create', '-b', bundle.directory, '--console-socket', path, bundle.id]);
    expect(message).toMatch(reason);
    expect(message).toMatch(path);
  }
  await watch.nothingLeft();
});

nuncTest('a bundle is deleted while its terminal is open: nothing is left of it', async () => {
  const bundle = makeBundle({ args: ['cat'], mutate: (spec) => void (spec.process.terminal = true) });
  const watch = watchHost(bundle);
  const { screen } = await attach(bundle);
  await succeed(['delete', '--force', bundle.id]);
  screen.close();
  rmSync(join(bundle.directory, 'console'));
  await watch.nothingLeft();
});

test('terminal: in a joined mount namespace', async () => {
  const holder = await holdNamespaces(['--mount']);
  const seen = await showing('tty; stat -c %t:%T /dev/console', (spec) => {
    const joined = { type: 'mount', path: `/proc/${holder}/ns/mnt` } as const;
    spec.linux.namespaces = (spec.linux.namespaces ?? []).map((other) => (other.type === 'mount' ? joined : other));
  });
  expect(seen).toBe('/dev/pts/0\n88:0');
});
