// Images that have something else at /dev/null and /dev/console (classes 11 and 12): what paths are masked with, what
// standard streams become, and what the terminal is mounted over.

import { execFileSync } from 'node:child_process';
import {
  closeSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { again, runOnce, whileSwapping } from '../support/attacks/hostile.ts';
import type { Bundle } from '../support/bundle.ts';
import { listenForConsole } from '../support/pty.ts';

/** A bundle with nothing mounted at /dev: it is the image's. */
function imageDevBundle(target: Target, script: string): Bundle {
  const bundle = target.bundle({
    args: ['sh', '-c', script],
    mutate: (spec) => {
      spec.root.readonly = false;
      spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev');
      spec.linux.maskedPaths = ['/proc/version'];
    },
  });
  mkdirSync(join(bundle.rootfs, 'dev/pts'), { recursive: true });
  return bundle;
}

const UNMASKED = /^Linux version/m;

/** Masks a file of the kernel's with itself, with nothing, with another file. */
async function maskWithLinks(target: Target): Promise<string[]> {
  const gains: string[] = [];
  const links = ['/proc/version', '/proc/self/../version', '/none'];
  for (const link of links) {
    const bundle = imageDevBundle(target, 'cat /proc/version');
    symlinkSync(link, join(bundle.rootfs, 'dev/null'));
    if (UNMASKED.test(await runOnce(target, bundle))) gains.push(`reads a masked path by a link to ${link}`);
  }
  return gains;
}

/** The file that has a helper of root's run by whoever dumps core: only opened, and never written to. */
async function maskWithCorePattern(target: Target): Promise<string[]> {
  const bundle = imageDevBundle(target, 'cat /proc/version; : >>/proc/version && echo writable');
  symlinkSync('/proc/sys/kernel/core_pattern', join(bundle.rootfs, 'dev/null'));
  const shown = await runOnce(target, bundle);
  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
  const covers = pattern !== '' && shown.startsWith(pattern);
  return covers ? [`has core_pattern mounted over another path${shown.includes('writable') ? ', writable' : ''}`] : [];
}

async function maskWithSwapped(target: Target): Promise<string[]> {
  const bundle = imageDevBundle(target, 'cat /proc/version');
  const dev = join(bundle.rootfs, 'dev');
  execFileSync('mknod', ['-m', '666', join(dev, 'null'), 'c', '1', '3']);
  symlinkSync('/proc/version', join(dev, 'other'));
  return whileSwapping([join(dev, 'null'), join(dev, 'other')], () => again(target, async () => (
    UNMASKED.test(await runOnce(target, bundle)) ? ['reads a masked path'] : []
  )));
}

/** CVE-2026-88265: standard input is /dev/null, which runtimes open anew in the container and give to its user. */
async function takeNull(target: Target): Promise<string[]> {
  const bundle = imageDevBundle(target, 'readlink /proc/self/fd/0');
  const node = join(bundle.directory, 'node');
  execFileSync('mknod', ['-m', '600', node, 'c', '1', '3']);
  const gains: string[] = [];
  for (const link of [node, `../../../../../../../..${node}`]) {
    rmSync(join(bundle.rootfs, 'dev/null'), { force: true });
    symlinkSync(link, join(bundle.rootfs, 'dev/null'));
    bundle.spec.process.user = { uid: 1234, gid: 1234 };
    writeFileSync(join(bundle.directory, 'config.json'), JSON.stringify(bundle.spec));
    const prefix = ['sh', '-c', 'exec "$@" </dev/null', 'sh'];
    await target.run(['run', '--bundle', bundle.directory, bundle.id], { prefix });
    await target.run(['delete', '--force', bundle.id]);
    if (statSync(node).uid !== 0) gains.push('is given a file of the host');
  }
  return gains;
}

attackTests(11, { needs: ['gcc'], attacks: {
  'a link to what is masked, or to nothing': maskWithLinks,
  'a link to core_pattern': maskWithCorePattern,
  'a device that is swapped with a link': maskWithSwapped,
  'a link to a device of the host, which standard input becomes': takeNull,
} });

/** '' where the process has ended. */
function mountsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  } catch {
    return '';
  }
}

/** What becomes of /dev/console when it is swapped. */
const RENAMED = '/dev/other';

/** Creates a container with a terminal, and looks at what it has been mounted over. */
async function createAtTerminal(target: Target, bundle: Bundle): Promise<string[]> {
  const directory = mkdtempSync(join(bundle.directory, 'socket-'));
  const path = join(directory, 'console');
  const pidFile = join(directory, 'pid');
  const socket = listenForConsole(path);
  const options = ['--console-socket', path, '--pid-file', pidFile, '--bundle', bundle.directory];
  // crun may wait for ever where it can't mount the terminal.
  const timeout = target.name === 'crun' ? 3000 : 30_000;
  const { status } = await target.run(['create', ...options, bundle.id], { timeout });
  const terminal = status === 0 ? await socket.receive() : undefined;
  const mounted = existsSync(pidFile) ? mountsOf(readFileSync(pidFile, 'utf8')) : '';
  // The terminal holds on to the keyring of whoever has opened it. What hangs up may end the init.
  if (terminal !== undefined) closeSync(terminal.master);
  await target.run(['delete', '--force', bundle.id]);
  const terminals = mounted.split('\n').filter((line) => line.includes(' - devpts '));
  const points = terminals.map((line) => line.split(' ')[4] ?? '');
  // A file stays covered when it is renamed.
  const right = ['/dev/pts', '/dev/console', RENAMED];
  const wrong = points.filter((point) => !right.includes(point));
  return wrong.map((point) => `has the terminal mounted over ${point}`);
}

function terminalBundle(target: Target): Bundle {
  const bundle = imageDevBundle(target, 'true');
  bundle.spec.process.terminal = true;
  writeFileSync(join(bundle.directory, 'config.json'), JSON.stringify(bundle.spec));
  return bundle;
}

/** What has been made where the links lead on the host; nothing of it stays. */
function madeIn({ canaries }: Target): string[] {
  const directory = join(canaries, 'directory');
  const names = readdirSync(directory);
  for (const name of names) rmSync(join(directory, name));
  return names.map((name) => `makes ${name} on the host`);
}

async function consoleLinks(target: Target): Promise<string[]> {
  const gains: string[] = [];
  const host = join(target.canaries, 'directory/made');
  for (const link of ['/etc/victim', '/proc/version', host, `../../../../../../../..${host}`]) {
    const bundle = terminalBundle(target);
    writeFileSync(join(bundle.rootfs, 'etc/victim'), '');
    symlinkSync(link, join(bundle.rootfs, 'dev/console'));
    gains.push(...await createAtTerminal(target, bundle), ...madeIn(target));
  }
  return gains;
}

async function consoleSwapped(target: Target): Promise<string[]> {
  const bundle = terminalBundle(target);
  const dev = join(bundle.rootfs, 'dev');
  writeFileSync(join(dev, 'console'), '');
  const renamed = join(bundle.rootfs, RENAMED);
  // What it leads to is missing on the host, where it must not be made, and is a file in the image.
  const made = join(target.canaries, 'directory/made');
  mkdirSync(dirname(join(bundle.rootfs, made)), { recursive: true });
  writeFileSync(join(bundle.rootfs, made), '');
  symlinkSync(made, renamed);
  return whileSwapping([join(dev, 'console'), renamed], () => again(target, async () => (
    [...await createAtTerminal(target, bundle), ...madeIn(target)]
  )));
}

attackTests(12, { needs: ['gcc'], attacks: {
  'a link at /dev/console': consoleLinks,
  'a file at /dev/console that is swapped with a link': consoleSwapped,
} });
