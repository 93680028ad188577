// What a container can make of its cgroups by itself, and that all of it goes: names of any bytes, any depth, threads.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished } from 'vitest';
import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import type { CreatedCgroups } from '../../src/cgroup/driver.ts';
import { killCgroups } from '../../src/cgroup/kill.ts';
import { processesOf } from '../../src/cgroup/processes.ts';
import { probeHost } from '../../src/host/probe.ts';
import { kernel } from '../support/library.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups', 'python3');
const driver = cgroupfs(kernel());
const facts = probeHost();
let count = 0;

/** Cgroups in two hierarchies at most: depth costs the kernel time. */
function makeCgroups(): CreatedCgroups {
  const cgroupsPath = `/nunc-test-${process.pid}/tree${count++}`;
  const placement = driver.resolvePlacement(facts, { cgroupsPath, id: 'tree' });
  const cgroups = placement.cgroups.filter(({ version, controllers }) => version === 2 || controllers.includes('pids'));
  const created = driver.createCgroups({ ...placement, cgroups });
  onTestFinished(() => {
    if (created.cgroups.some(({ path }) => existsSync(path))) killCgroups(kernel(), created, 10_000);
    driver.removeCgroups(created);
  });
  return created;
}

/** Runs Python as a container might, in a cgroup: os, what is below, and a process that sleeps as `sleeper()`. */
function inside({ path }: { readonly path: string }, script: string): void {
  const prelude = `import os, subprocess
def sleeper():
    child = subprocess.Popen(["sleep", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    open("cgroup.procs", "w").write(str(child.pid))
`;
  const { status, stderr } = spawnSync('/usr/bin/python3', ['-c', prelude + script], { cwd: path, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

/** Kills and removes what is there. */
function expectEnd(created: CreatedCgroups, processes: number): void {
  expect(processesOf(created)).toHaveLength(processes);
  expect(killCgroups(kernel(), created, 10_000)).toBe(true);
  driver.removeCgroups(created);
  for (const { path } of created.cgroups) expect(existsSync(path)).toBe(false);
}

describe('cgroups that a container has made', () => {
  test('go whatever bytes are their names', () => {
    const created = makeCgroups();
    const script = `
for name in [b"a b", b"\\xff\\xfe", b"caf\\xe9", "\\ufffd".encode(), b"tab\\there", b"-rf", b"\\x1b[31m", b"'\\"$(x)"]:
    os.mkdir(name)
    os.makedirs(name + b"/below/" + name)
os.chdir(b"\\xff\\xfe/below/\\xff\\xfe")
sleeper()
`;
    for (const cgroup of created.cgroups) inside(cgroup, script);
    expectEnd(created, created.cgroups.length);
  });

  test('go from a depth of 1000', () => {
    const created = makeCgroups();
    const script = 'for i in range(1000):\n    os.mkdir("d")\n    os.chdir("d")\nsleeper()\n';
    for (const cgroup of created.cgroups) inside(cgroup, script);
    expectEnd(created, created.cgroups.length);
  }, 60_000);

  test('go from where no path leads', () => {
    const created = makeCgroups();
    // 40 names of 250 bytes are more than PATH_MAX, at each level beside another.
    const script = `
for i in range(40):
    os.mkdir("x" * 250)
    os.mkdir("y" * 250)
    os.chdir("x" * 250)
sleeper()
`;
    for (const cgroup of created.cgroups) inside(cgroup, script);
    expectEnd(created, created.cgroups.length);
  });

  test('go in any number', () => {
    const created = makeCgroups();
    for (const cgroup of created.cgroups) inside(cgroup, 'for i in range(300):\n    os.makedirs(f"{i}/below")\n');
    expectEnd(created, 0);
  });

  const v2 = requires('root', 'cgroup-v2', 'python3');
  v2('go when they are threaded', () => {
    const created = makeCgroups();
    const [unified] = created.cgroups;
    inside(unified ?? { path: '' }, `
sleeper()
for name in ["one", "two"]:
    os.mkdir(name)
    open(name + "/cgroup.type", "w").write("threaded")
pid = open("cgroup.procs").read().strip()
open("two/cgroup.threads", "w").write(pid)
`);
    expect(readFileSync(`${unified?.path}/two/cgroup.type`, 'utf8')).toBe('threaded\n');
    expectEnd(created, 1);
  });

  test('go while others appear', () => {
    const created = makeCgroups();
    for (const { path } of created.cgroups) {
      mkdirSync(`${path}/below`);
      // Ends by itself, with the last cgroup that it made left behind.
      const script = 'import os\nfor i in range(400):\n  try:\n    os.mkdir(f"d{i}")\n  except OSError: break\n';
      spawnSync('sh', ['-c', '/usr/bin/python3 -c "$1" & ', 'sh', script], { cwd: `${path}/below`, stdio: 'ignore' });
    }
    driver.removeCgroups(created);
    for (const { path } of created.cgroups) expect(existsSync(path)).toBe(false);
  });
});

