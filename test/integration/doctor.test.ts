// doctor: that it is right about this host, and about hosts on which something is broken: namespaces in which it is.

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { requires } from '../support/requires.ts';
import { commandOf, type Result, runProgram, runtime } from '../support/runtime.ts';

const nunc = requires('nunc');
const asRoot = requires('root', 'nunc');

interface Check {
  readonly name: string;
  readonly severity: string;
  readonly text: string;
  readonly remedy?: string;
}

interface Report {
  readonly usable: boolean;
  readonly find: (name: string) => Check;
}

function parse({ stdout, status, stderr }: Result): Report {
  expect(stderr).toBe('');
  const { usable, checks } = JSON.parse(stdout) as { usable: boolean; checks: Check[] };
  expect(status).toBe(usable ? 0 : 1);
  const find = (name: string): Check => {
    const check = checks.find((each) => each.name === name);
    if (check === undefined) throw new Error(`${name} is not among ${stdout}`);
    return check;
  };
  return { usable, find };
}

/** A directory that anybody may write to. */
function openRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'nunc-doctor-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o777);
  return root;
}

const USER = 'setpriv --reuid=65534 --regid=65534 --clear-groups';

/** Runs doctor in namespaces of its own, which a script has prepared. */
async function doctorAfter(script: string, { namespaces = '-m', prefix = '' } = {}): Promise<Report> {
  const command = `${prefix} ${commandOf().join(' ')} --root ${openRoot()} doctor --format json`;
  return parse(await runProgram(['unshare', ...namespaces.split(' '), 'sh', '-ec', `${script}\n${command}`]));
}

describe('doctor', () => {
  nunc('prints a line for each check, and a summary', async () => {
    const { stdout, stderr } = await runtime(['doctor']);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(ok {4}|info {2}|warn {2}|fail {2})[a-z-]+: ./);
    expect(lines.at(-1)).toMatch(/^(containers|no container) can be run here: \d+ failed, \d+ with a warning, of \d+/);
  });

  asRoot('is right about this host', async () => {
    const { usable, find } = parse(await runtime(['doctor', '--format', 'json']));
    const { cgroupMode, hierarchies } = probeHost();
    const [major, minor] = readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.');
    expect(usable).toBe(true);
    expect(find('kernel').text).toContain(`Linux ${major}.${Number.parseInt(minor ?? '', 10)} on `);
    expect(find('memfd').severity).toBe('ok');
    expect(find('namespaces').text).toContain('can be made: ');
    const isV2 = cgroupMode === 'v2';
    expect(find('cgroups').text).toMatch(isV2 ? /^version 2/ : /^version 1/);
    const all = hierarchies.flatMap(({ controllers }) => controllers);
    if (all.includes('memory')) expect(find('controllers').text).toContain('memory');
    const lsm = existsSync('/sys/kernel/security/lsm') ? readFileSync('/sys/kernel/security/lsm', 'utf8') : '';
    expect(find('security-modules').text).toContain(lsm.includes('apparmor') ? 'AppArmor is on' : 'AppArmor is off');
    if (!existsSync('/run/systemd/system')) expect(find('systemd')).toMatchObject({ severity: 'info' });
    else expect(find('systemd').text).toMatch(/systemd \d+.* answers/);
    expect(find('id-maps').severity).toBe('ok');
  });

  asRoot('as a user without subordinate ids', async () => {
    const { usable, find } = await doctorAfter('true', { prefix: USER });
    expect(find('subordinate-ids').severity).toBe('warn');
    expect(find('subordinate-ids').text).toContain('no ids for nobody');
    expect(find('newuidmap').severity).toBe('ok');
    expect(usable).toBe(find('user-namespaces').severity !== 'fail');
  });

  asRoot('without newuidmap', async () => {
    const { find } = await doctorAfter('mount --bind /etc/passwd /usr/bin/newuidmap', { prefix: USER });
    expect(find('newuidmap')).toMatchObject({ severity: 'warn', text: 'not found: newuidmap' });
  });

  asRoot('where memfds can\'t be executed', async () => {
    if (!existsSync('/proc/sys/vm/memfd_noexec')) return;
    const { usable, find } = await doctorAfter('echo 2 > /proc/sys/vm/memfd_noexec', {
      namespaces: '--mount --pid --fork --mount-proc',
    });
    expect(usable).toBe(false);
    expect(find('memfd').severity).toBe('fail');
    expect(find('memfd').remedy).toContain('set the sysctl vm.memfd_noexec to 0 or 1');
  });

  asRoot('where there can be no user namespaces', async () => {
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces';
    const { usable, find } = await doctorAfter(script, { namespaces: '-U -r -m' });
    // Root of a user namespace needs no other one.
    expect(usable).toBe(true);
    expect(find('user-namespaces')).toMatchObject({
      severity: 'warn', remedy: 'sysctl -w user.max_user_namespaces=15000',
    });
    expect(find('user-namespaces').text).toContain('user.max_user_namespaces is 0');
  });

  asRoot('where cgroups are read-only', async () => {
    const { usable, find } = await doctorAfter(
      'for place in $(awk \'$3 ~ /^cgroup2?$/ { print $2 }\' /proc/mounts); do mount -o remount,bind,ro $place; done',
    );
    expect(usable).toBe(false);
    expect(find('cgroup-rights').severity).toBe('fail');
    expect(find('cgroup-rights').text).toContain('mounted read-only');
  });

  asRoot('without /proc/sys', async () => {
    const { usable, find } = await doctorAfter('mount -t tmpfs none /proc/sys');
    expect(usable).toBe(false);
    expect(find('host').text).toBe('cannot read "/proc/sys/kernel/osrelease": is procfs mounted at /proc?');
  });

  asRoot('where state can\'t be written', async () => {
    const command = [...USER.split(' '), ...commandOf(), '--root', '/proc/none', 'doctor', '--format', 'json'];
    const { usable, find } = parse(await runProgram(command));
    expect(usable).toBe(false);
    expect(find('state')).toMatchObject({ severity: 'fail', text: "can't write to /proc/none: /proc" });
  });

  asRoot('with --systemd-cgroup where there is no systemd', async () => {
    if (existsSync('/run/systemd/system')) return;
    const { usable, find } = parse(await runtime(['--systemd-cgroup', 'doctor', '--format', 'json']));
    expect(usable).toBe(false);
    expect(find('systemd')).toMatchObject({ severity: 'fail', remedy: 'leave the option out' });
  });
});
