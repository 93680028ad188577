// validate: what it prints, that it agrees with create, and that it has nothing against what others write.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect } from 'vitest';
import { type BundleSpec, makeBundle, writeConfig } from '../support/bundle.ts';
import { compareCases } from '../support/compare-cases.ts';
import { watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, type Result, runProgram, runtime } from '../support/runtime.ts';

const nunc = requires('nunc');
const asRoot = requires('root', 'busybox', 'nunc');
const project = resolve(import.meta.dirname, '../..');

interface Told {
  readonly valid: boolean;
  readonly errors: readonly { pointer: string; message: string; allowed?: string[]; hint?: string }[];
  readonly warnings: readonly { pointer: string; message: string; kind?: string }[];
}

async function told(directory: string): Promise<Told> {
  const { stdout, stderr, status } = await runtime(['validate', '--bundle', directory, '--format', 'json']);
  const verdict = JSON.parse(stdout) as Told;
  expect({ status, stderr }).toEqual({ status: verdict.valid ? 0 : 1, stderr: '' });
  return verdict;
}

function validate(directory: string, ...options: readonly string[]): Promise<Result> {
  return runtime(['validate', '--bundle', directory, ...options]);
}

describe('validate', () => {
  nunc('prints errors before warnings, with hints, and how many there are', async () => {
    const { directory, spec } = makeBundle();
    const rlimits = [{ type: 'RLIMIT_NOFILES', soft: 1, hard: 1 }];
    const config = { ...spec, hostnam: 'x', process: { ...spec.process, rlimits } };
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const { status, stdout, stderr } = await validate(directory);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [error, warning, summary] = stdout.split('\n');
    expect(error).toMatch(/^error: \/process\/rlimits\/0\/type: "RLIMIT_NOFILES" is not one of /);
    expect(error).toMatch(/; did you mean "RLIMIT_NOFILE"\?$/);
    expect(warning).toBe('warning: /hostnam: unknown property "hostnam", ignored; did you mean "hostname"?');
    expect(summary).toBe('config.json: 1 error, 1 warning');
  });

  nunc('ends with status 0 for warnings, unless told to be strict', async () => {
    const { directory, spec } = makeBundle();
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...spec, hostnam: 'x' }));
    expect(await validate(directory)).toMatchObject({ status: 0 });
    const strict = await validate(directory, '--strict');
    expect(strict).toMatchObject({ status: 1 });
    expect(strict.stdout).toContain('config.json is valid, 1 warning\n');
  });

  nunc('shows where a text stops being JSON', async () => {
    const { directory } = makeBundle();
    writeFileSync(join(directory, 'config.json'), '{\n\t"ociVersion" "1.0.0"\n}\n');
    const { status, stdout } = await validate(directory);
    expect(status).toBe(1);
    expect(stdout).toBe('error: line 2, column 15: "\\"" where ":" is expected\n'
      + '  2 |  "ociVersion" "1.0.0"\n    |               ^\nconfig.json: 1 error\n');
  });

  nunc('is never at a loss: files that are none, and unknown formats', async () => {
    const { directory } = makeBundle();
    rmSync(join(directory, 'config.json'));
    expect(await validate(directory)).toMatchObject({ status: 1, stderr: '' });
    mkdirSync(join(directory, 'config.json'));
    const { stdout } = await validate(directory);
    expect(stdout).toMatch(/^error: cannot read ".*config.json": not a regular file\nconfig.json: 1 error\n$/);
    expect(await validate(directory, '--format', 'xml')).toMatchObject({ status: 1, stdout: '' });
  });

  nunc('lets no config forge lines', async () => {
    const { directory, spec } = makeBundle();
    const config = { ...spec, 'a\nerror: forged\u001b[31m': 1 };
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const { stdout } = await validate(directory);
    expect(stdout.split('\n').filter((line) => line.startsWith('error'))).toEqual([]);
    expect(stdout).not.toContain('\u001b');
  });

  asRoot('needs no privileges and leaves nothing behind', async () => {
    const made = makeBundle();
    chmodSync(made.directory, 0o755);
    const host = watchHost(made);
    const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const command = [...user, ...commandOf(), 'validate', '-b', made.directory];
    const { status, stdout } = await runProgram(command, { env: {}, cwd: '/' });
    expect(status).toBe(1);
    expect(stdout).toContain('error: /linux/namespaces: rootless container requires user namespaces; add { "type"');
    await host.nothingLeft();
  });
});

describe('validate has nothing against', () => {
  nunc('the bundles', async () => {
    for (const name of ['busybox', 'hello', 'shell']) {
      expect([name, await told(join(project, 'bundles', name))])
        .toEqual([name, { valid: true, errors: [], warnings: [] }]);
    }
  });

  asRoot('what runtimes write as a template', async () => {
    for (const program of ['runc', 'crun', commandOf()[0] ?? '']) {
      for (const options of [[], ['--rootless']]) {
        const { directory } = makeBundle();
        rmSync(join(directory, 'config.json'));
        execFileSync(program, ['spec', ...options], { cwd: directory });
        const { errors, warnings } = await told(directory);
        // crun leaves the maps of --rootless to its defaults, which create does not have.
        const expected = program === 'crun' && options.length > 0 ? ['/linux/uidMappings', '/linux/gidMappings'] : [];
        expect(errors.map(({ pointer }) => pointer)).toEqual(expected);
        // Older ones have ambient capabilities that are not inheritable, which the kernel does not give.
        expect(warnings.filter(({ kind }) => kind !== 'capability-sets')).toEqual([]);
      }
    }
  });

  for (const { name, change, prepare } of compareCases) {
    asRoot(`a config that runc takes: ${name}`, async () => {
      const bundle = makeBundle();
      await change?.(bundle.spec);
      writeConfig(bundle);
      await prepare?.(bundle);
      const { errors } = await told(bundle.directory);
      expect(errors).toEqual([]);
    });
  }
});

describe('validate and create', () => {
  asRoot('refuse the same', async () => {
    for (const text of BROKEN) {
      const bundle = makeBundle();
      parseChange(text)(bundle.spec);
      writeConfig(bundle);
      const { errors } = await told(bundle.directory);
      const created = await runtime(['--log-format', 'json', 'create', '--bundle', bundle.directory, bundle.id]);
      expect([text, created.status]).toEqual([text, errors.length === 0 ? 0 : 1]);
      const messages = created.stderr.split('\n').filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { level: string; msg: string }).filter(({ level }) => level === 'error')
        .map(({ msg }) => msg);
      const lines = errors.flatMap(({ pointer, message }) => [`config.json: ${pointer}: ${message}`, message]);
      // create stops at what the config itself breaks: validate goes on.
      expect(messages.filter((message) => !lines.includes(message))).toEqual([]);
      if (created.status === 0) await runtime(['delete', '--force', bundle.id]);
    }
  });
});

/** `<pointer>=<JSON>`; some of them are no mistakes. */
const BROKEN = [
  '/ociVersion="2.0.0"', '/ociVersion=1', '/root/path="none"', '/root/path=""', '/process/cwd="x"', '/process/args=[]',
  '/process/env=["A"]', '/process/env=["A="]', '/process/user/uid=-1',
  '/process/rlimits=[{"type":"x","soft":1,"hard":1}]',
  '/process/rlimits=[{"type":"RLIMIT_NOFILE","soft":2,"hard":1}]', '/process/oomScoreAdj=1001', '/hostname="a b"',
  '/hostname="web"', '/mounts/0/type=""', '/mounts/0/destination="/"', '/mounts/0/destination="/proc/x"',
  '/mounts/1/options=["bind","size=1"]', '/linux/cgroupsPath="/../x"', '/linux/cgroupsPath="a:b:c"',
  '/linux/namespaces=[]', '/linux/namespaces=[{"type":"mount"},{"type":"mount"}]',
  '/linux/namespaces=[{"type":"mount"},{"type":"pid","path":"/proc/self/ns/net"}]',
  '/linux/namespaces=[{"type":"mount"},{"type":"pid","path":"/none"}]', '/linux/sysctl={"kernel.hostname":"x"}',
  '/linux/sysctl={"vm.swappiness":"1"}', '/linux/resources={"cpu":{"quota":1000,"burst":2000}}',
  '/linux/resources={"unified":{"../x":"1"}}', '/linux/resources={"devices":[{"allow":true,"access":"x"}]}',
  '/linux/uidMappings=[{"containerID":0,"hostID":0,"size":1}]', '/linux/timeOffsets={"monotonic":{"secs":1}}',
  '/linux/intelRdt={"closID":"x"}', '/linux/seccomp={"defaultAction":"SCMP_ACT_NOTIFY"}',
  '/linux/seccomp={"defaultAction":"SCMP_ACT_ALLOW"}', '/linux/maskedPaths=["x"]', '/linux/mountLabel="x"',
  '/annotations={"":"x"}', '/hooks={"poststop":[{"path":"x"}]}', '/process/capabilities={"bounding":["CAP_NONE"]}',
];

function parseChange(text: string): (spec: BundleSpec) => void {
  const equals = text.indexOf('=');
  const path = text.slice(1, equals).split('/');
  const value: unknown = JSON.parse(text.slice(equals + 1));
  return (spec) => {
    let place = spec as unknown as Record<string, unknown>;
    for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
    place[path.at(-1) ?? ''] = value;
  };
}
