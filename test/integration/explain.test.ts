// explain: needs no privileges, makes nothing, refuses what create refuses, and tells of other hosts.

import {
  chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { Spec } from '../../src/config/types.ts';
import type { Explanation } from '../../src/container/explain/document.ts';
import { bundleConfig } from '../support/explain.ts';
import { everything } from '../support/explained-config.ts';
import { requires } from '../support/requires.ts';
import { commandOf, type Result, runProgram, runtime } from '../support/runtime.ts';

const test = requires('nunc');
const hosts = join(import.meta.dirname, '../support/hosts');

/** A bundle that everybody may read. */
function bundleOf(spec: Spec): string {
  const bundle = mkdtempSync(join(tmpdir(), 'nunc-explained-'));
  onTestFinished(() => rmSync(bundle, { recursive: true, force: true }));
  mkdirSync(join(bundle, 'rootfs'));
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
  chmodSync(bundle, 0o755);
  return bundle;
}

function hello(change: (spec: Draft) => void = () => undefined): Spec {
  const spec = structuredClone(bundleConfig('hello')) as Draft;
  change(spec);
  return spec;
}

type Draft = { -readonly [Key in keyof Spec]: Spec[Key] };

function documentOf({ status, stdout, stderr }: Result): Explanation {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Explanation;
}

/** The facts of a host, changed, as a file's text. */
function facts(name: string, change: Readonly<Record<string, unknown>> = {}): string {
  const text = readFileSync(join(hosts, `${name}.json`), 'utf8');
  return JSON.stringify({ ...JSON.parse(text) as object, ...change });
}

const explainFor = (bundle: string, input: string, ...args: string[]): Promise<Result> => (
  runtime(['explain', '--bundle', bundle, '--host', '-', ...args], { input }));

describe('explain', () => {
  test('prints what is done in order, with the gate at which the container waits', async () => {
    const bundle = bundleOf(hello());
    const { status, stdout, stderr } = await runtime(['explain', '--bundle', bundle, '--id', 'c1']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const places = ['== nunc create', '== stage0', 'clone3(', '== init', '# mount "proc" at "/proc"  [/mounts/0]',
      'its init waits here', '== start', 'execve('].map((text) => stdout.indexOf(text));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  test('takes the id from the directory, the options that create has, and another config', async () => {
    const bundle = bundleOf(hello());
    writeFileSync(join(bundle, 'other.json'), JSON.stringify(hello((spec) => { spec.hostname = 'elsewhere'; })));
    const args = ['explain', '-b', bundle, '--format', 'json'];
    const plain = documentOf(await runtime(args));
    expect(plain.container).toMatchObject({ id: basename(bundle), bundle, rootfs: `${bundle}/rootfs` });
    expect(JSON.stringify(plain.stages)).toContain('keyctl');
    const options = ['--config', 'other.json', '--id', 'web', '--no-new-keyring', '--preserve-fds', '2'];
    const other = documentOf(await runtime([...args, ...options]));
    expect(other.container).toMatchObject({ id: 'web', config: `${bundle}/other.json` });
    expect(JSON.stringify(other.stages)).not.toContain('keyctl');
    expect(JSON.stringify(other.stages)).toContain('sethostname(\\"elsewhere\\", 9)');
    expect(other.descriptors.slice(0, 3).map(({ holds }) => holds)).toEqual([
      "the caller's", "the caller's", 'the fifo "report", to write to',
    ]);
  });

  requires('nunc', 'root')('needs no privileges', async () => {
    const bundle = bundleOf({ ...hello(), mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }] });
    const directory = mkdtempSync(join(tmpdir(), 'nunc-installed-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    chmodSync(directory, 0o755);
    const program = join(directory, 'nunc');
    copyFileSync(commandOf()[0] ?? '', program);
    chmodSync(program, 0o755);
    const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all'];
    const own = [...prefix, program, 'explain', '--bundle', bundle];
    // For itself it is refused as create would, for a host's root it is explained.
    expect(await runProgram(own, { env: {}, cwd: '/' })).toMatchObject({
      status: 1, stderr: expect.stringContaining('rootless container requires user namespaces') as string,
    });
    const forRoot = await runProgram([...own, '--host', '-'], { env: {}, cwd: '/', input: facts('v2') });
    expect(forRoot).toMatchObject({ status: 0, stderr: '' });
    expect(forRoot.stdout).toContain('mkdir("/sys/fs/cgroup/nunc/');
  });

  requires('nunc', 'strace')('opens nothing for writing, and makes nothing', async () => {
    const bundle = bundleOf(everything);
    const before = readdirSync(bundle, { recursive: true });
    const trace = join(mkdtempSync(join(tmpdir(), 'nunc-trace-')), 'trace');
    onTestFinished(() => rmSync(join(trace, '..'), { recursive: true, force: true }));
    const calls = 'trace=%file,memfd_create,bpf,clone,clone3,fork,vfork,mount,unshare,setns';
    const strace = ['strace', '-f', '-o', trace, '-e', calls, ...commandOf(), '--root', '/nonexistent/nunc'];
    const { status } = await runProgram([...strace, 'explain', '--bundle', bundle, '--host', join(hosts, 'v2.json')]);
    expect(status).toBe(0);
    const lines = readFileSync(trace, 'utf8').split('\n');
    expect(lines.some((line) => line.includes('config.json'))).toBe(true);
    const changing = /O_WRONLY|O_RDWR|O_CREAT|mkdir|mknod|unlink|rename|link\(|bpf\(|mount\(/;
    const writing = lines.filter((line) => changing.test(line));
    expect(writing.filter((line) => !/readlink|"\/dev\/(null|urandom)"/.test(line))).toEqual([]);
    const born = lines.filter((line) => /^\d+ +(clone3?|v?fork)\(/.test(line));
    expect(born.filter((line) => !line.includes('CLONE_THREAD'))).toEqual([]);
    expect(readdirSync(bundle, { recursive: true })).toEqual(before);
    expect(existsSync('/nonexistent')).toBe(false);
  });

  test('refuses what create refuses, in one line', async () => {
    const mounts = [{ destination: '/x', type: 'bind', source: '/', options: ['nope'] }];
    const bundle = bundleOf({ ...hello(), mounts });
    const { status, stdout, stderr } = await runtime(['explain', '--bundle', bundle]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^[^\n]*config\.json: [^\n]+\n$/);
    const missing = await runtime(['explain', '--bundle', '/nonexistent']);
    expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot read') as string });
    expect(await runtime(['explain', '-b', bundle, '--format', 'yaml'])).toMatchObject({ status: 1 });
  });
});

describe('explain --host', () => {
  test('explains for v1 and v2, another architecture, and an ordinary user', async () => {
    const bundle = bundleOf(hello());
    const v2 = documentOf(await explainFor(bundle, facts('v2'), '--format', 'json'));
    expect(v2.cgroups.directories).toMatchObject([{ version: 2, path: `/sys/fs/cgroup/nunc/${basename(bundle)}` }]);
    expect(v2.deviceProgram?.instructions.length).toBeGreaterThan(10);
    const hybrid = documentOf(await explainFor(bundle, facts('hybrid'), '--format', 'json'));
    expect(hybrid.cgroups.deviceFiles[0]).toMatchObject({ value: 'a' });
    expect(hybrid.deviceProgram).toBeUndefined();

    const filtered = bundleOf({ ...everything, hooks: {} });
    const other = facts('v2', { architecture: 'aarch64' });
    const foreign = documentOf(await explainFor(filtered, other, '--format', 'json'));
    expect(foreign.seccomp?.instructions[1]).toMatchObject({ comment: 'aarch64' });
    expect(new Set(foreign.seccomp?.calls.map(({ architecture }) => architecture))).toEqual(new Set(['aarch64']));

    const refused = await explainFor(bundle, facts('v2-user'));
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('requires user namespaces') as string });
  });

  test('fails for a host that create would fail on', async () => {
    const bundle = bundleOf(hello());
    const old = await explainFor(bundle, facts('v2', { kernel: { major: 5, minor: 10 } }));
    expect(old.status).toBe(1);
    expect(old.stderr).toContain('cannot run on Linux 5.10: nunc needs Linux 5.15 or newer');
    const labelled = bundleOf(hello((spec) => {
      spec.process = { ...spec.process, cwd: '/', args: ['sh'], selinuxLabel: 'system_u:system_r:x_t:s0' };
    }));
    const plain = await explainFor(labelled, facts('v2'));
    expect(plain).toMatchObject({ status: 1, stderr: expect.stringContaining('SELinux is not enabled') as string });
    expect(await explainFor(labelled, facts('v2', { selinux: true }))).toMatchObject({ status: 0 });
  });

  test('says what it has taken for granted', async () => {
    const mounts = [{ destination: '/data', source: '/nonexistent/data', options: ['bind'] }];
    const bundle = bundleOf({ ...hello(), mounts });
    const guessed = documentOf(await explainFor(bundle, facts('v2'), '--format', 'json'));
    expect(guessed.assumptions).toEqual([
      'sources of bind mounts that are not here are directories: /nonexistent/data',
    ]);
    const told = facts('v2', { sources: { '/nonexistent/data': 'file' } });
    const known = documentOf(await explainFor(bundle, told, '--format', 'json'));
    expect(known.assumptions).toEqual([]);
    const text = (document: Explanation): string => JSON.stringify(document.stages.map(({ operations }) => (
      operations.filter(({ origin }) => origin === '/mounts/0').map((operation) => operation.text))));
    expect(text(guessed)).toContain('mkdirat');
    expect(text(known)).not.toContain('mkdirat($0, \\"data\\"');
  });

  test('refuses facts that are none, with their pointers', async () => {
    const bundle = bundleOf(hello());
    for (const [input, reason] of [
      ['{', 'host facts: '],
      [facts('v2', { kernel: { major: '6', minor: 1 } }), 'host facts: /kernel/major: "6" is not an integer'],
      [facts('v2', { cgroupMode: 'v3' }), 'host facts: /cgroupMode: "v3" is not one of none, v1, hybrid, v2'],
      [facts('v2', { cgroupMode: 'v1' }), 'host facts: /cgroupMode: "v1", but the hierarchies make it "v2"'],
      [facts('v2', { limits: undefined }), 'host facts: /limits: missing, but required'],
      [facts('v2', { capabilities: ['CAP_FLY'] }), 'host facts: /capabilities/0: "CAP_FLY" is no capability'],
      [facts('v2', { hierarchies: [{ version: 2, mountpoint: 'x', controllers: [] }] }), '/hierarchies/0/mountpoint'],
    ] as const) {
      const { status, stdout, stderr } = await explainFor(bundle, input);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr.replaceAll('\\"', '"')).toContain(reason);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });

  test('with the facts of this host explains the same as without', async () => {
    const bundle = bundleOf({ ...hello(), mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }] });
    const { stdout } = await runtime(['features', '--host']);
    const here = documentOf(await runtime(['explain', '--bundle', bundle, '--format', 'json']));
    const there = documentOf(await explainFor(bundle, stdout, '--format', 'json'));
    expect(here.stages).toEqual(there.stages);
    const same = { stages: [], host: {}, assumptions: [] };
    expect({ ...here, ...same }).toEqual({ ...there, ...same });
  });

  test('places the scope of systemd, wherever it runs', async () => {
    const bundle = bundleOf({ ...hello(), linux: { ...hello().linux, cgroupsPath: 'machine.slice:test:web' } });
    const args = ['--systemd-cgroup', 'explain', '--bundle', bundle, '--host', '-', '--format', 'json'];
    const { cgroups } = documentOf(await runProgram([...commandOf(), ...args], { input: facts('v2') }));
    expect(cgroups).toMatchObject({ manager: 'systemd', path: '/machine.slice/test-web.scope' });
    expect(cgroups.unit).toMatchObject({ name: 'test-web.scope', bus: 'system' });
    expect(cgroups.unit?.properties).toContainEqual({ name: 'Slice', type: 's', value: '"machine.slice"' });
  });
});

describe('explain --diff', () => {
  const compare = (bundle: string, other: string): Promise<Result> => (
    runtime(['explain', '--bundle', bundle, '--host', join(hosts, 'v2.json'), '--diff', other]));

  test('says nothing, and 0, of configs with one plan', async () => {
    const bundle = bundleOf(hello());
    expect(await compare(bundle, bundleOf(hello()))).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
    const other = join(bundle, 'other.json');
    writeFileSync(other, JSON.stringify({ ...hello(), annotations: { a: 'b' } }));
    expect(await compare(bundle, other)).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
  });

  test('shows what one more mount is, and nothing else', async () => {
    const bundle = bundleOf(hello());
    const other = join(bundle, 'other.json');
    const mounts = [...hello().mounts ?? []];
    mounts.splice(2, 0, { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] });
    writeFileSync(other, JSON.stringify({ ...hello(), mounts }));
    const { status, stdout, stderr } = await compare(bundle, other);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 4)).toEqual([
      `--- ${bundle}/config.json`, `+++ ${other}`, '@@ init @@', '+# mount "tmpfs" at "/run"  [/mounts/2]',
    ]);
    expect(lines.slice(3).every((line) => line.startsWith('+'))).toBe(true);
    expect(stdout).toContain('"size", "1m"');
    const back = await runtime(['explain', '-b', bundle, '--config', 'other.json', '--host', join(hosts, 'v2.json'),
      '--diff', join(bundle, 'config.json')]);
    expect(back.stdout.split('\n').slice(3).join('\n')).toBe(
      stdout.split('\n').slice(3).join('\n').replace(/^\+/gm, '-'));
  });

  test('ends with 2 when there is trouble', async () => {
    const bundle = bundleOf(hello());
    expect(await compare(bundle, '/nonexistent.json')).toMatchObject({
      status: 2, stdout: '', stderr: expect.stringMatching(/cannot read .*nonexistent\.json.*: no such file/) as string,
    });
    expect(await compare('/nonexistent', bundle)).toMatchObject({ status: 2, stdout: '' });
  });
});
