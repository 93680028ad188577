// exec: a process that joins is in the container's cgroups, or in those below them that --cgroup names, nowhere
// else.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { PlacedCgroup } from '../../src/cgroup/driver.ts';
import { probeHost } from '../../src/host/probe.ts';
import { proc } from '../support/ask.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { filesOf, readCgroup } from '../support/cgroup-files.ts';
import { exec, execDetached, execRefusal, startHost, untilEnded } from '../support/exec.ts';
import { eventually, startBundle, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtimeName, startRuntime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'not-systemd-managed');
const v1Test = requires('root', 'cgroup-v1', 'busybox', 'not-systemd-managed');
const v2Test = requires('root', 'cgroup-v2', 'busybox', 'not-systemd-managed');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc', 'not-systemd-managed');
const { hierarchies } = probeHost();

function cgroupsOf({ spec }: Bundle): PlacedCgroup[] {
  const path = spec.linux.cgroupsPath ?? '';
  return hierarchies.map((hierarchy) => ({ ...hierarchy, path: hierarchy.mountpoint + path }));
}

/** Makes a cgroup at a path relative to the container's, in every hierarchy; gone with the test. */
function makeCgroups(bundle: Bundle, below: string): void {
  for (const { path, version, controllers } of cgroupsOf(bundle)) {
    const made = `${path}/${below}`;
    mkdirSync(made, { recursive: true });
    onTestFinished(async () => {
      await eventually(() => isRemoved(made), (removed) => removed);
    });
    if (version === 2 || !controllers.includes('cpuset')) continue;
    // Without CPUs it would take nobody.
    for (const file of ['cpus', 'mems']) {
      writeFileSync(`${made}/cpuset.${file}`, readFileSync(`${path}/cpuset.${file}`));
    }
  }
}

/** What is in it may take a moment to end. */
function isRemoved(path: string): boolean {
  try {
    if (existsSync(path)) rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What is behind the container's cgroup in each line of /proc/<pid>/cgroup. */
function placesOf(pid: number, { spec }: Bundle): string[] {
  const own = spec.linux.cgroupsPath ?? '';
  return proc(pid, 'cgroup').trimEnd().split('\n').map((line) => {
    const path = line.split(':').slice(2).join(':');
    return path.startsWith(own) ? path.slice(own.length) : `outside: ${line}`;
  });
}

const SLEEP = ['sleep', '1000'];

describe('exec without --cgroup', () => {
  for (const namespace of [false, true]) {
    test(`is in the init's cgroups, with ${namespace ? 'a cgroup namespace' : 'that of the host'}`, async () => {
      const bundle = await startHost((spec) => {
        spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'cgroup');
        if (namespace) spec.linux.namespaces.push({ type: 'cgroup' });
      });
      const { pid: init } = await stateOf(bundle.id);
      const pid = await execDetached(bundle, SLEEP);
      expect(proc(pid, 'cgroup')).toBe(proc(init, 'cgroup'));
      expect(new Set(placesOf(pid, bundle))).toEqual(new Set(['']));
    });
  }

  test('is there after an update too, and is held by it', async () => {
    const bundle = await startHost();
    const { pid: init } = await stateOf(bundle.id);
    await succeed(['update', '--pids-limit', '2', bundle.id]);
    const pid = await execDetached(bundle, SLEEP);
    expect(proc(pid, 'cgroup')).toBe(proc(init, 'cgroup'));
    if (filesOf('pids').length > 0) expect(readCgroup(pid, 'pids', 'pids.current')).toBe('2');
  });

  // With version 1 the limit is asked when a process is made, not when one is moved.
  v2Test('of more processes than the limit allows fails with the reason, and leaves nothing', async () => {
    const bundle = await startHost((spec) => void (spec.linux.resources = { pids: { limit: 1 } }));
    const watch = watchHost(bundle);
    const message = await execRefusal(bundle, ['true']);
    expect(message).toMatch(/resource temporarily unavailable: too many processes \(pids\.max of its cgroup/);
    await watch.nothingLeft();
    await succeed(['update', '--pids-limit', '2', bundle.id]);
    expect(await exec(bundle, ['true'])).toMatchObject({ status: 0 });
  });

  // runc falls back to it too, with version 2 and cgroup.procs.
  v2Test('is in the init\'s own cgroup where the container\'s may have no processes', async () => {
    const bundle = await startHost();
    const { pid: init } = await stateOf(bundle.id);
    const [cgroup] = cgroupsOf(bundle);
    const path = cgroup?.path ?? '';
    mkdirSync(`${path}/init`);
    writeFileSync(`${path}/init/cgroup.procs`, String(init));
    writeFileSync(`${path}/cgroup.subtree_control`, '+pids');
    const pid = await execDetached(bundle, SLEEP);
    expect(placesOf(pid, bundle)).toEqual(['/init']);
    // With --cgroup nothing else will do.
    expect(await execRefusal(bundle, ['true'], { options: ['--cgroup', '/'] })).toMatch(/device or resource busy/);
  });
});

describe('exec --cgroup', () => {
  test('PATH is below the container\'s, everywhere', async () => {
    const bundle = await startHost();
    makeCgroups(bundle, 'sub');
    makeCgroups(bundle, 'sub/deeper');
    const joined = async (path: string): Promise<string[]> => {
      const pid = await execDetached(bundle, SLEEP, { options: ['--cgroup', path] });
      const places = [...new Set(placesOf(pid, bundle))];
      process.kill(pid, 'SIGKILL');
      await untilEnded(pid);
      return places;
    };
    for (const path of ['sub', '/sub', 'sub/', './sub', '//sub//.']) expect(await joined(path), path).toEqual(['/sub']);
    expect(await joined('sub/deeper')).toEqual(['/sub/deeper']);
    expect(await joined('/')).toEqual(['']);
  });

  v1Test('CONTROLLER:PATH is for these controllers alone', async () => {
    const bundle = await startHost();
    makeCgroups(bundle, 'a');
    makeCgroups(bundle, 'b');
    const options = ['--cgroup', 'memory,pids:a', '--cgroup', 'freezer:b'];
    const pid = await execDetached(bundle, SLEEP, { options });
    const places = new Map(proc(pid, 'cgroup').trimEnd().split('\n').map((line, index) =>
      [line.split(':')[1] ?? '', placesOf(pid, bundle)[index] ?? '']));
    expect([places.get('memory'), places.get('pids'), places.get('freezer')]).toEqual(['/a', '/a', '/b']);
    const others = [...places].filter(([name]) => !['memory', 'pids', 'freezer'].includes(name));
    expect(new Set(others.map(([, place]) => place))).toEqual(new Set(['']));
  });

  // runc 1.1.5 lets a process into a sibling whose name begins as the container's own does.
  nuncTest('never leads out of the container\'s', async () => {
    const bundle = await startHost();
    const sibling = `../${basename(bundle.spec.linux.cgroupsPath ?? '')}-evil`;
    makeCgroups(bundle, sibling);
    makeCgroups(bundle, 'sub');
    const watch = watchHost(bundle);
    for (const path of ['..', '../..', 'sub/../..', '/..', sibling, `/${sibling}`, '..//', 'a/../../b']) {
      const message = await execRefusal(bundle, ['true'], { options: ['--cgroup', path] });
      expect(message, path).toMatch(/is not a sub cgroup path|no such file/);
    }
    for (const { path } of cgroupsOf(bundle)) {
      expect(readFileSync(`${dirname(path)}/${basename(sibling)}/cgroup.procs`, 'utf8')).toBe('');
    }
    await watch.nothingLeft();
  });

  nuncTest('refuses even a way out that comes back', async () => {
    const bundle = await startHost();
    makeCgroups(bundle, 'sub');
    for (const path of ['sub/..', `../${basename(bundle.spec.linux.cgroupsPath ?? '')}/sub`]) {
      const message = await execRefusal(bundle, ['true'], { options: ['--cgroup', path] });
      expect(message).toBe(`${path} is not a sub cgroup path`);
    }
  });

  test('says what is wrong with it, and leaves nothing', async () => {
    const bundle = await startHost();
    const watch = watchHost(bundle);
    const refused = (...values: readonly string[]): Promise<string> =>
      execRefusal(bundle, ['true'], { options: values.flatMap((value) => ['--cgroup', value]) });
    expect(await refused('missing')).toMatch(/no such file or directory/);
    expect(await refused('memory:missing')).toMatch(/no such file or directory/);
    expect(await refused('a', 'memory:b')).toMatch(/missing <controller>: prefix/);
    expect(await refused('nosuch:a')).toMatch(/unknown controller nosuch/);
    // runc 1.1.5 takes the last, and what is behind a second colon for a part of the path.
    if (runtimeName === 'nunc') {
      expect(await refused('memory:a', 'memory:b')).toMatch(/controller memory specified multiple times/);
      expect(await refused('memory:a:b')).toBe('invalid --cgroup argument: memory:a:b');
    }
    await watch.nothingLeft();
  });
});

describe('50 processes at once', () => {
  test('join one container, and every one gets its own status', async () => {
    const bundle = await startHost();
    const watch = watchHost(bundle);
    const statuses = await Promise.all(Array.from({ length: 50 }, (_, i) =>
      exec(bundle, ['sh', '-c', `echo ${i}; exit ${i}`], { timeout: 100_000 })));
    expect(statuses.map(({ status, stdout }) => [status, stdout])).toEqual(
      Array.from({ length: 50 }, (_, i) => [i, `${i}\n`]));
    await watch.nothingLeft();
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  nuncTest('are gone with the container that is deleted while they join', async () => {
    const bundle = makeBundle({ args: SLEEP });
    const watch = watchHost(bundle);
    await startBundle(bundle);
    const running = Array.from({ length: 50 }, () =>
      startRuntime(['exec', bundle.id, 'sleep', '1000'], { timeout: 100_000 }));
    const some = Promise.race(running.map(({ ended }) => ended));
    await Promise.race([some, new Promise((done) => setTimeout(done, 700))]);
    await succeed(['delete', '--force', bundle.id], { timeout: 100_000 });
    for (const { ended } of running) {
      const { status, signal, stderr } = await ended;
      // It ran and was killed with the container, or came too late.
      expect([137, 255], stderr).toContain(status);
      expect(signal).toBeNull();
      if (status === 255) expect(stderr).toMatch(/level=error msg="exec failed: /);
      expect(stderr).not.toMatch(/internal error/);
    }
    for (const { path } of cgroupsOf(bundle)) expect(existsSync(path)).toBe(false);
    expect(await succeed(['list', '--quiet'])).toBe('');
    await watch.nothingLeft();
  }, 200_000);
});
