// Hooks of config.json: where, when and as whom they run, and what they are told. What becomes of those that fail is in
// hook-failures.test.ts.

import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { bundleFor, runBundle } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import {
  type Hook, HOOK_NAMES, type HookName, namesOf, openLog, recordAll, recorder, recordOf, recordsOf, script,
} from '../support/hooks.ts';
import { createBundle, stateOf, succeed, untilStatus } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, runtimeName } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
// runc 1.1 runs poststart at create, and tells it "created": runtime.md has it at start, after the program's execve.
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'] as const;
const RUNTIME_HOOKS = ['prestart', 'createRuntime', 'poststart', 'poststop'] as const;
const CONTAINER_HOOKS = ['createContainer', 'startContainer'] as const;

function recordingBundle(program: string): Promise<Bundle> {
  return bundleFor(program, (spec, bundle) => {
    openLog(bundle);
    recordAll(spec, bundle);
  });
}

describe('hooks', () => {
  test('see the namespaces and the root directory that are theirs', async () => {
    const bundle = await recordingBundle('sleep 1000');
    await createBundle(bundle);
    await succeed(['start', bundle.id]);
    const { pid } = await stateOf(bundle.id);
    const linkOf = (who: number | 'self', name: string): string => readlinkSync(`/proc/${who}/ns/${name}`);
    const links = (who: number | 'self') => Object.fromEntries(NAMESPACES.map((name) => [name, linkOf(who, name)]));
    const inside = links(pid);
    await succeed(['delete', '--force', bundle.id]);
    for (const name of RUNTIME_HOOKS) {
      expect(recordOf(bundle, name), name).toMatchObject({ namespaces: links('self'), seesHost: true });
      expect(recordOf(bundle, name).seesContainer, name).toBe(false);
    }
    for (const name of CONTAINER_HOOKS) expect(recordOf(bundle, name), name).toMatchObject({ namespaces: inside });
    expect(recordOf(bundle, 'createContainer')).toMatchObject({ seesHost: true, seesContainer: false });
    expect(recordOf(bundle, 'startContainer')).toMatchObject({ seesHost: false, seesContainer: true });
  });

  test('are told the state, with the pid as they see it', async () => {
    const bundle = await bundleFor('sleep 1000', (spec, made) => {
      openLog(made);
      recordAll(spec, made);
      spec.annotations = { 'org.example.key': 'a "value"' };
    });
    await createBundle(bundle);
    const { pid, ociVersion } = await stateOf(bundle.id);
    await succeed(['start', bundle.id]);
    await succeed(['delete', '--force', bundle.id]);
    const common = { ociVersion, id: bundle.id, bundle: bundle.directory };
    for (const name of ['prestart', 'createRuntime'] as const) {
      expect(recordOf(bundle, name).told, name).toMatchObject({ ...common, status: 'creating', pid });
    }
    expect(recordOf(bundle, 'createContainer').told).toMatchObject({ ...common, status: 'creating', pid: 1 });
    expect(recordOf(bundle, 'startContainer').told).toMatchObject({ ...common, status: 'created', pid: 1 });
    expect(recordOf(bundle, 'poststart').told).toMatchObject({ ...common, pid });
    expect(recordOf(bundle, 'poststop').told).toMatchObject({ ...common, status: 'stopped' });
    expect(recordOf(bundle, 'poststop').told.pid).toBeUndefined();
    for (const { told } of recordsOf(bundle)) {
      expect(told.annotations).toMatchObject({ 'org.example.key': 'a "value"' });
    }
  });

  test('without a pid namespace are told the host\'s pid', async () => {
    const bundle = await bundleFor('sleep 1000', (spec, made) => {
      openLog(made);
      recordAll(spec, made);
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    });
    await createBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    await succeed(['start', bundle.id]);
    for (const name of CONTAINER_HOOKS) expect(recordOf(bundle, name).told.pid, name).toBe(pid);
    await succeed(['delete', '--force', bundle.id]);
  });

  nuncTest('run in the order of the lifecycle: create, start, delete', async () => {
    const bundle = await bundleFor('sleep 1000', (spec, made) => {
      openLog(made);
      const two = (name: HookName) => [recorder(made, `${name} 0`), recorder(made, `${name} 1`)];
      spec.hooks = Object.fromEntries(HOOK_NAMES.map((name) => [name, two(name)]));
    });
    const namesAfter = (count: number): string[] =>
      HOOK_NAMES.slice(0, count).flatMap((name) => [`${name} 0`, `${name} 1`]);
    await createBundle(bundle);
    expect(namesOf(bundle)).toEqual(namesAfter(3));
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'created' });
    await succeed(['start', bundle.id]);
    expect(namesOf(bundle)).toEqual(namesAfter(5));
    await succeed(['delete', '--force', bundle.id]);
    expect(namesOf(bundle)).toEqual(namesAfter(6));
  });

  nuncTest('run in the order of the lifecycle: run, run --detach', async () => {
    const foreground = await recordingBundle('exit 7');
    expect(await runBundle(foreground)).toMatchObject({ status: 7, stderr: '' });
    expect(namesOf(foreground)).toEqual([...HOOK_NAMES]);

    const bundle = await recordingBundle('true');
    await succeed(['run', '--detach', '--bundle', bundle.directory, bundle.id]);
    expect(namesOf(bundle)).toEqual(HOOK_NAMES.slice(0, 5));
    expect(recordOf(bundle, 'poststart').told.status).toBe('running');
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    expect(namesOf(bundle)).toEqual([...HOOK_NAMES]);
  });

  test('startContainer comes before the program, poststop also after a container that was never started', async () => {
    const bundle = await bundleFor('cat /before', (spec, made) => {
      openLog(made);
      spec.hooks = { startContainer: [script('echo hooked >/before')], poststop: [recorder(made, 'poststop')] };
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: 'hooked\n' });
    rmSync(join(bundle.directory, 'hook-log'));
    openLog({ ...bundle, spec: structuredClone(bundle.spec) });
    await createBundle(bundle);
    await succeed(['delete', '--force', bundle.id]);
    expect(namesOf(bundle)).toEqual(['poststop']);
  });

  test('find the status that commands tell', async () => {
    const root = (bundle: Bundle): string => join(bundle.directory, 'root');
    const program = process.env['RUNTIME'] ?? join(import.meta.dirname, '../../dist/nunc');
    const ask = (bundle: Bundle, name: string): Hook =>
      script(`${program} --root ${root(bundle)} state ${bundle.id} >${bundle.directory}/${name} 2>&1 || true`);
    const bundle = await bundleFor('sleep 1000', (spec, made) => {
      spec.hooks = {
        createRuntime: [ask(made, 'creating')], poststart: [ask(made, 'running')], poststop: [ask(made, 'stopped')],
      };
    });
    const told = (name: string): string => readFileSync(join(bundle.directory, name), 'utf8');
    const output = join(bundle.directory, 'output');
    await runtime(['run', '--detach', '--bundle', bundle.directory, bundle.id], { root: root(bundle), output });
    await succeed(['delete', '--force', bundle.id], { root: root(bundle) });
    // runc 1.1 writes its state at the end of create.
    if (runtimeName === 'nunc') expect(told('creating')).toContain('"status": "creating"');
    if (runtimeName === 'nunc') expect(told('running')).toContain('"status": "running"');
    expect(told('stopped')).toContain('does not exist');
  });
});

describe('a hook\'s process', () => {
  test('has the arguments given, or its path alone', async () => {
    const bundle = await bundleFor('true', (spec, { directory }) => {
      const show = join(directory, 'show');
      writeFileSync(show, `#!/bin/sh\ntr "\\0" "|" </proc/$$/cmdline >>${directory}/seen; echo >>${directory}/seen\n`, {
        mode: 0o755,
      });
      const dash = `echo "$0 $1 $2" >>${directory}/seen`;
      spec.hooks = {
        createRuntime: [{ path: show }, { path: show, args: ['ignored by the kernel', 'a b', ''] }],
        createContainer: [{ path: '/bin/sh', args: ['a name', '-c', dash, 'zero', 'one', 'two words'] }],
      };
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0 });
    const show = join(bundle.directory, 'show');
    const seen = readFileSync(join(bundle.directory, 'seen'), 'utf8');
    expect(seen).toBe(`/bin/sh|${show}|\n/bin/sh|${show}|a b||\nzero one two words\n`);
  });

  test('has the environment given; without one the runtime\'s, or in the container the process\'s', async () => {
    const bundle = await bundleFor('true', (spec, made) => {
      openLog(made);
      recordAll(spec, made);
      spec.process.env = ['PATH=/bin:/usr/bin', 'INSIDE=1'];
    });
    const env = { PATH: process.env['PATH'] ?? '', OUTSIDE: '1' };
    await createBundle(bundle);
    await succeed(['delete', '--force', bundle.id]);
    expect(await runtime(['run', '--bundle', bundle.directory, bundle.id], { env })).toMatchObject({ status: 0 });
    const latest = (name: HookName) => recordsOf(bundle).filter((record) => record.name === name).at(-1)?.environment;
    for (const name of RUNTIME_HOOKS) expect(latest(name), name).toEqual(['OUTSIDE', 'PATH']);
    expect(latest('createContainer')).toEqual(['INSIDE', 'PATH']);
    expect(latest('startContainer')).toEqual(['HOME', 'INSIDE', 'PATH']);
  });

  test('has nothing but the environment given, even when that is empty', async () => {
    const bundle = await bundleFor('true', (spec, { directory }) => {
      const dump = (name: string) => script(`tr "\\0" "|" </proc/$$/environ >${directory}/${name}; true`);
      const inside = script('tr "\\0" "|" </proc/$$/environ >/environment; true');
      spec.hooks = {
        createRuntime: [{ ...dump('some'), env: ['A=b', 'PATH=/bin'] }, { ...dump('none'), env: [] }],
        startContainer: [{ ...inside, env: ['PATH=/bin', 'C=d e'] }],
      };
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0 });
    const read = (name: string): string => readFileSync(join(bundle.directory, name), 'utf8');
    expect(read('some')).toBe('A=b|PATH=/bin|');
    expect(read('rootfs/environment')).toBe('PATH=/bin|C=d e|');
    // Go's os/exec takes an empty environment read back from runc's state as none; environ(7) may be empty.
    if (runtimeName === 'nunc') expect(read('none')).toBe('');
  });

  test('starts in the bundle, in the rootfs, or where the container\'s process does', async () => {
    const bundle = await bundleFor('true', (spec, made) => {
      openLog(made);
      recordAll(spec, made);
      spec.process.cwd = '/tmp';
    });
    expect(await runBundle(bundle, { cwd: '/usr/share' })).toMatchObject({ status: 0 });
    for (const name of ['prestart', 'createRuntime'] as const) {
      expect(recordOf(bundle, name).cwd, name).toBe(bundle.directory);
    }
    expect(recordOf(bundle, 'createContainer').cwd).toBe(bundle.rootfs);
    expect(recordOf(bundle, 'startContainer').cwd).toBe('/tmp');
    expect(recordOf(bundle, 'poststop').cwd).toBe(bundle.directory);
  });

  test('of startContainer is the container\'s user, without a capability more', async () => {
    const bundle = await bundleFor('grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs)" /proc/self/status; umask', (spec) => {
      spec.process.user = { uid: 1000, gid: 100, additionalGids: [7, 9], umask: 0o27 };
      spec.process.noNewPrivileges = true;
      const capabilities = ['CAP_KILL', 'CAP_NET_RAW'];
      spec.process.capabilities = {
        bounding: capabilities, permitted: capabilities, inheritable: ['CAP_KILL'], effective: capabilities,
        ambient: ['CAP_KILL'],
      };
      spec.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }];
      const dump = 'grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs)" /proc/self/status; umask';
      spec.mounts.push({ destination: '/out', type: 'tmpfs', source: 'tmpfs', options: ['mode=1777'] });
      spec.hooks = { startContainer: [script(`{ ${dump}; } >/out/hook; ulimit -n >/out/limit`)] };
      spec.process.args = ['sh', '-c', `${dump}; echo; cat /out/hook; cat /out/limit`];
    });
    const { status, stdout } = await runBundle(bundle);
    expect(status).toBe(0);
    const [own, hook = ''] = stdout.split('\n\n');
    expect(hook).toBe(`${own ?? ''}\n100\n`);
    expect(hook).toContain('Uid:\t1000\t1000\t1000\t1000\n');
  });

  // runc 1.1 hands on the limit that Go's runtime has raised; later ones restore it.
  nuncTest('has the limit of open files that the runtime was called with', async () => {
    const bundle = await bundleFor('true', (spec, { directory }) => {
      const ask = script(`ulimit -Sn >>${directory}/limits`);
      spec.hooks = { createRuntime: [ask], createContainer: [ask], poststop: [ask] };
    });
    // Not exec: the runtime looks at its parent's.
    const prefix = ['sh', '-c', 'ulimit -Sn 321; "$@"; exit $?', 'sh'];
    expect(await runBundle(bundle, { prefix })).toMatchObject({ status: 0 });
    expect(readFileSync(join(bundle.directory, 'limits'), 'utf8')).toBe('321\n321\n321\n');
  });

  nuncTest('has standard streams and no other descriptor', async () => {
    const bundle = await bundleFor('true', (spec, { directory }) => {
      // Not what the shell itself opens to look: that has gone again, or is above 9.
      const list = 'for n in /proc/$$/fd/?; do if readlink $n >/dev/null; then echo ${n##*/}; fi; done';
      spec.hooks = {
        createRuntime: [script(`${list} >>${directory}/seen`)],
        createContainer: [script(`${list.replaceAll('$$', 'self')} >>${directory}/seen`)],
        startContainer: [script(`${list} >/seen`)],
      };
    });
    const prefix = ['sh', '-c', 'exec 3</etc/passwd 7</etc/passwd; exec "$@"', 'sh'];
    expect(await runBundle(bundle, { prefix })).toMatchObject({ status: 0 });
    expect(readFileSync(join(bundle.directory, 'seen'), 'utf8')).toBe('0\n1\n2\n0\n1\n2\n');
    expect(readFileSync(join(bundle.rootfs, 'seen'), 'utf8')).toBe('0\n1\n2\n');
  });

  nuncTest('is in the container\'s cgroups when it is in the container', async () => {
    const bundle = await bundleFor('cat /proc/self/cgroup; echo; cat /cgroup', (spec) => {
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
      spec.hooks = { startContainer: [script('cat /proc/self/cgroup >/cgroup')] };
    });
    const { stdout } = await runBundle(bundle);
    const [own, hook] = stdout.split('\n\n');
    expect(own).toContain(bundle.id);
    expect(hook).toBe(`${own ?? ''}\n`);
  });
});
