// What the options do that only some runtimes have: crun's --config, --regex, --file and the places of --log.

import { spawnSync } from 'node:child_process';
import {
  closeSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { openFfi } from '../../src/ffi/napi.ts';
import { bindDatagram, receiveDatagram } from '../../src/ffi/unix-socket.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import {
  createBundle, outputOf, refusal, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { configured, runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

describe('--config', () => {
  test('names another file in the bundle', async () => {
    const bundle = makeBundle({ args: ['echo', 'from elsewhere'] });
    renameSync(join(bundle.directory, 'config.json'), join(bundle.directory, 'other.json'));
    const watch = watchHost(bundle);
    for (const flag of ['--config', '-f']) {
      const args = ['run', '--bundle', bundle.directory, flag, 'other.json', bundle.id];
      expect(await succeed(args)).toBe('from elsewhere\n');
    }
    await watch.nothingLeft();
  });

  test('may be anywhere, the rest is still of the bundle', async () => {
    const bundle = makeBundle({ args: ['true'] });
    const elsewhere = mkdtempSync(join(tmpdir(), 'nunc-config-'));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    renameSync(join(bundle.directory, 'config.json'), join(elsewhere, 'config.json'));
    await createBundle(bundle, ['--config', join(elsewhere, 'config.json')]);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'created', bundle: bundle.directory });
    await succeed(['start', bundle.id]);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
  });

  test('that is not there is named in the error', async () => {
    const bundle = makeBundle();
    const message = await refusal(['create', '--bundle', bundle.directory, '--config', 'nosuch.json', bundle.id]);
    expect(message).toContain(`cannot read "${bundle.directory}/nosuch.json": no such file or directory`);
  });
});

/** Three containers of which two begin alike. */
async function startSome(): Promise<{ jobs: Bundle[]; other: Bundle }> {
  const make = (): Bundle => makeBundle({ args: ['sleep', '1000'] });
  const [one, two, other] = [make(), make(), make()];
  const jobs = [{ ...one, id: `job-${one.id}` }, { ...two, id: `job-${two.id}` }];
  for (const bundle of [...jobs, other]) await startBundle(bundle);
  return { jobs, other };
}

async function statuses(): Promise<Record<string, string>> {
  const listed = JSON.parse(await succeed(['list', '-f', 'json'])) as { id: string; status: string }[] | null;
  return Object.fromEntries((listed ?? []).map(({ id, status }) => [id, status]));
}

describe('--regex', () => {
  test('kills all containers that match', async () => {
    const { jobs, other } = await startSome();
    await succeed(['kill', '--regex', '^job-', 'KILL']);
    for (const { id } of jobs) await untilStatus(id, 'stopped');
    expect((await statuses())[other.id]).toBe('running');
  });

  test('deletes all containers that match', async () => {
    const { other } = await startSome();
    await succeed(['delete', '-f', '-r', '^job-.*[[:alnum:]]$']);
    expect(await statuses()).toEqual({ [other.id]: 'running' });
  });

  test('tries all and tells of each that failed', async () => {
    const { jobs, other } = await startSome();
    await succeed(['kill', jobs[1]!.id, 'KILL']);
    await untilStatus(jobs[1]!.id, 'stopped');
    const message = await refusal(['delete', '--regex', '.']);
    for (const { id } of [jobs[0]!, other]) {
      expect(message).toContain(`cannot delete container "${id}": cannot delete container ${id} that is not stopped`);
    }
    expect(message).not.toContain(jobs[1]!.id);
    expect(await statuses()).toEqual({ [jobs[0]!.id]: 'running', [other.id]: 'running' });
  });

  test('that matches nothing is no failure, one that is none or empty is', async () => {
    await succeed(['kill', '--regex', 'nosuch', 'KILL']);
    await succeed(['delete', '--regex', 'nosuch']);
    expect(await refusal(['delete', '--regex', '('])).toMatch(/^cannot read the regular expression "\(": /);
    const empty = await refusal(['delete', '--force', '--regex', '']);
    expect(empty).toBe('cannot read the regular expression "": it is empty');
  });
});

describe('spec --file', () => {
  test('writes another file, never over one', async () => {
    const bundle = makeBundle();
    await succeed(['spec', '-b', bundle.directory, '-f', 'other.json']);
    const text = readFileSync(join(bundle.directory, 'other.json'), 'utf8');
    expect(JSON.parse(text)).toHaveProperty('process.args', ['sh']);
    expect(await refusal(['spec', '-b', bundle.directory, '--file', 'other.json'])).toContain('exists');
    expect(await succeed(['spec', '--file', '-'])).toBe(text);
  });
});

describe('options that are swallowed', () => {
  test('change nothing', async () => {
    const bundle = makeBundle({ args: ['true'] });
    const args = ['--criu', '/usr/sbin/criu', 'create', '--no-subreaper', '--bundle', bundle.directory, bundle.id];
    expect(await runtime(args, { output: outputOf(bundle) })).toMatchObject({ status: 0 });
    await succeed(['update', '--kernel-memory', '64m', '--kernel-memory-tcp', '64m', bundle.id]);
    await succeed(['delete', bundle.id]);
  });

  test('of youki in their short form do what the long one does', () => {
    const root = stateRoot();
    const directory = mkdtempSync(join(tmpdir(), 'nunc-short-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const { status } = spawnSync(configured, ['-r', root, '-l', join(directory, 'log'), 'state', 'nosuch']);
    expect(status).toBe(1);
    expect(readFileSync(join(directory, 'log'), 'utf8')).toContain('does not exist');
  });
});

const ffi = openFfi();

/** Runs nunc where a service's socket is one of ours, in a mount namespace of its own. */
function withService(place: 'journald' | 'syslog', args: readonly string[]): { stderr: string; record: string } {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-service-'));
  const socket = bindDatagram(ffi, join(directory, 'socket'));
  onTestFinished(() => {
    closeSync(socket);
    rmSync(directory, { recursive: true });
  });
  mkdirSync(join(directory, 'tree'));
  const script = place === 'journald'
    ? `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && touch /run/systemd/journal/socket
       mount --bind "$0/socket" /run/systemd/journal/socket && exec "$@"`
    : `cd "$0/tree" && mount -t tmpfs tmpfs . && cd . && touch "$0/tree/log" "$0/tree/null" "$0/tree/urandom"
       for each in null urandom; do mount --bind /dev/$each "$0/tree/$each"; done
       mount --bind "$0/socket" "$0/tree/log" && mount --rbind "$0/tree" /dev && exec "$@"`;
  const command = ['--mount', 'sh', '-c', script, directory, configured, '--root', stateRoot(), ...args];
  const { stderr, status } = spawnSync('unshare', command, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, expect.any(String)]);
  const buffer = new Uint8Array(4096);
  const length = receiveDatagram(ffi, socket, buffer);
  return { stderr, record: Buffer.from(buffer.subarray(0, Math.max(0, length))).toString('latin1') };
}

describe('--log', () => {
  test('journald:NAME sends records to the journal', () => {
    const { stderr, record } = withService('journald', ['--log', 'journald:me', 'state', 'nobody']);
    expect(stderr).toBe('container does not exist: "nobody"\n');
    expect(record).toMatch(/^PRIORITY=3\nSYSLOG_IDENTIFIER=me\nMESSAGE\n.{8}container does not exist: "nobody"\n$/s);
  });

  test('syslog:NAME sends them to the syslog', () => {
    const { stderr, record } = withService('syslog', ['--log', 'syslog:me', 'state', 'nobody']);
    expect(stderr).toBe('container does not exist: "nobody"\n');
    expect(record).toMatch(/^<11>.{15} me\[\d+\]: container does not exist: "nobody"$/);
  });

  const silent = requires('root', 'nunc', 'no-systemd');
  silent('journald: without a journal is an error', async () => {
    const message = await refusal(['--log', 'journald:me', 'list']);
    expect(message).toMatch(/^cannot log to journald: cannot connect to "\/run\/systemd\/journal\/socket": /);
  });

  test('file:PATH is a file', async () => {
    const log = join(makeBundle().directory, 'log');
    await refusal(['--log', `file:${log}`, '--log-format', 'json', 'state', 'nobody']);
    expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ level: 'error' });
  });

  test('--log-level says what is logged', async () => {
    const bundle = makeBundle();
    const output = async (...args: string[]): Promise<string> => (await runtime([...args, 'state', 'nobody'])).stderr;
    expect(await output('--log-level', 'debug')).toContain('level=debug');
    expect(await output('--log-level', 'error')).not.toContain('level=debug');
    await createBundle(bundle);
    const args = ['update', '--kernel-memory', '64m', bundle.id];
    expect((await runtime(args)).stderr).toContain('level=warning');
    expect((await runtime(['--log-level', 'error', ...args])).stderr).toBe('');
    const log = join(bundle.directory, 'log');
    await succeed(['--log', log, '--log-format', 'json', '--log-level', 'warning', ...args]);
    expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ level: 'warning' });
    expect(existsSync(log)).toBe(true);
    writeFileSync(log, '');
    await succeed(['--log', log, '--log-format', 'json', ...args]);
    expect(readFileSync(log, 'utf8')).toBe('');
  });
});
