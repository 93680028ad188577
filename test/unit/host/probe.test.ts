// Compares the probe of this host with what independent programs say of it.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseKernelRelease, probeHost } from '../../../src/host/probe.ts';
import { sourceKinds } from '../../../src/host/sources.ts';

const shell = (command: string): string => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).trim();

describe('probeHost()', () => {
  const facts = probeHost({ sources: ['/', '/nonexistent'] });

  test('agrees with uname, id and the shell', () => {
    expect(release()).toMatch(new RegExp(`^${facts.kernel.major}\\.${facts.kernel.minor}\\b`));
    expect(facts.effectiveUid).toBe(Number(shell('id -u')));
    expect(facts.architecture).toBe(shell('uname -m'));
    expect(facts.limits['RLIMIT_NOFILE']?.hard).toBe(Number(shell('ulimit -Hn')));
    expect(Object.keys(facts.limits)).toHaveLength(16);
    expect(facts.lastCapability).toBeGreaterThanOrEqual(40);
    expect(facts.sources).toEqual({ '/': 'directory', '/nonexistent': 'missing' });
  });

  test('finds every hierarchy that this process is in', () => {
    const own = shell('cat /proc/self/cgroup')
      .split('\n')
      .map((line) => line.split(':')[1] ?? '');
    const found = facts.hierarchies.map(({ version, controllers }) => (version === 2 ? '' : controllers.join(',')));
    // A covered or unmounted hierarchy can't be found; one that is found must be real.
    expect(own).toEqual(expect.arrayContaining(found));
    for (const { mountpoint } of facts.hierarchies) expect(existsSync(`${mountpoint}/cgroup.procs`)).toBe(true);
    expect(facts.cgroupMode === 'none').toBe(facts.hierarchies.length === 0);
  });

  test('looks for security modules only when it is asked to', () => {
    expect(facts).not.toHaveProperty('apparmor');
    expect(facts).not.toHaveProperty('selinux');
    const { apparmor, selinux } = probeHost({ modules: ['apparmor', 'selinux'] });
    expect(apparmor).toBe(shell('cat /sys/module/apparmor/parameters/enabled 2>/dev/null || true') === 'Y');
    expect(selinux).toBe(shell('grep -w selinuxfs /proc/mounts || true') !== '');
  });

  test('reports the soft RLIMIT_NOFILE of its parent, not its own', () => {
    // The shell waits for its child (it is not its last command), so that it is the parent.
    const program = `import { probeHost } from '${join(import.meta.dirname, '../../../src/host/probe.ts')}';
      console.log(probeHost().limits.RLIMIT_NOFILE.soft);`;
    const directory = mkdtempSync(join(tmpdir(), 'nunc-probe-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'probe.ts'), program);
    const bun = join(import.meta.dirname, '../../../node_modules/.bin/bun');
    expect(shell(`ulimit -Sn 1234; '${bun}' '${directory}/probe.ts'; true`)).toBe('1234');
  });
});

describe('parseKernelRelease()', () => {
  test.each([
    ['6.1.0-18-amd64\n', { major: 6, minor: 1 }],
    ['5.15.146.1-microsoft-standard-WSL2\n', { major: 5, minor: 15 }],
    ['6.18-rc1\n', { major: 6, minor: 18 }],
  ])('understands %j', (text, kernel) => expect(parseKernelRelease(text)).toEqual(kernel));

  test('refuses what is no release', () => {
    expect(() => parseKernelRelease('linux\n')).toThrow('cannot understand the kernel release "linux"');
  });
});

describe('sourceKinds()', () => {
  test('follows symlinks and calls what leads nowhere missing', () => {
    const directory = mkdtempSync(join(tmpdir(), 'nunc-sources-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = (name: string): string => join(directory, name);
    writeFileSync(path('file'), '');
    symlinkSync('.', path('to-directory'));
    symlinkSync('file', path('to-file'));
    symlinkSync('nowhere', path('dangling'));
    symlinkSync('loop', path('loop'));
    expect(sourceKinds(['file', 'to-directory', 'to-file', 'dangling', 'loop', 'file/x'].map(path))).toEqual({
      [path('file')]: 'file',
      [path('to-directory')]: 'directory',
      [path('to-file')]: 'file',
      [path('dangling')]: 'missing',
      [path('loop')]: 'missing',
      [path('file/x')]: 'missing',
    });
    expect(sourceKinds(['/dev/null'])).toEqual({ '/dev/null': 'file' });
  });
});
