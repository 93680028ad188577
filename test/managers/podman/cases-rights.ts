// Who the process is and what it may do: users, capabilities, seccomp, limits, devices.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { LIMITS, type Podman, type PodmanCase } from './podman.ts';

const IDENTITY = 'grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)" /proc/self/status';

/** The kernel's view of the process, with these options: the same with both runtimes. */
function identity(...options: readonly string[]): PodmanCase['run'] {
  return async ({ ask }: Podman) => {
    const shown = await ask(IDENTITY, ...options);
    expect(shown.split('\n')).toHaveLength(10);
    return shown;
  };
}

const mayMount = ['--cap-add=SYS_ADMIN', '--security-opt=seccomp=unconfined'];

/** Limits given on the command line take the place of the configured ones. */
const limits = LIMITS.map((limit) => `--ulimit=${limit}`);

export const rightsCases: readonly PodmanCase[] = [
  { name: 'the usual rights', run: identity() },
  { name: '--user with numbers', run: identity('--user', '1000:5') },
  { name: '--user with names', slow: true, run: identity('--user', 'user:tty') },
  { name: '--group-add', run: identity('--user', 'user', '--group-add', 'tty', '--group-add', '1234') },
  { name: '--cap-add and --cap-drop', run: identity('--cap-add=SYS_PTRACE,NET_ADMIN', '--cap-drop=CHOWN') },
  { name: '--cap-drop=all', run: identity('--cap-drop=all') },
  { name: '--cap-add for another user', slow: true, run: identity('--user=1000', '--cap-add=NET_BIND_SERVICE') },
  { name: '--security-opt=no-new-privileges', run: identity('--security-opt=no-new-privileges') },
  { name: '--security-opt=seccomp=unconfined', slow: true, run: identity('--security-opt=seccomp=unconfined') },
  { name: '--privileged', run: identity('--privileged') },
  {
    name: '--privileged has the host\'s devices and may write to /sys',
    slow: true,
    run: async ({ ask }) => {
      const script = 'ls -d /dev/kmsg /dev/full /dev/loop-control /dev/vda 2>&1; ' +
        'grep -E " /(sys|proc) " /proc/mounts; grep " /proc/" /proc/mounts; true';
      return ask(script, '--privileged');
    },
  },
  {
    name: 'the default seccomp profile forbids what it should',
    run: async ({ ask }) => {
      const script = 'unshare -U true; echo $?; mount -t tmpfs none /mnt; echo $?';
      return ask(`(${script}) 2>&1`);
    },
  },
  {
    name: 'a seccomp profile of one\'s own',
    run: async ({ ask, places }) => {
      const profile = join(places.directory, 'seccomp.json');
      writeFileSync(profile, JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
        syscalls: [
          { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 },
          { names: ['sync'], action: 'SCMP_ACT_KILL_PROCESS' },
        ],
      }));
      const shown = await ask('(mkdir /tmp/x; sync; echo $?) 2>&1', `--security-opt=seccomp=${profile}`);
      expect(shown).toMatch(/No space left on device\n(Bad system call.*\n)?159$/);
      return shown;
    },
  },
  {
    name: 'masked and read-only paths, and unmask',
    run: async ({ ask }) => {
      const script = 'ls -d /proc/acpi /sys/firmware/*; wc -c </proc/kcore; (echo 1 >/proc/sys/kernel/panic) 2>&1; ' +
        'grep " /proc/" /proc/mounts | cut -d" " -f2 | sort';
      const masked = await ask(script);
      const unmasked = await ask('grep " /proc/" /proc/mounts | cut -d" " -f2', '--security-opt=unmask=ALL');
      return [masked, unmasked];
    },
  },
  {
    name: '--security-opt=mask and proc-opts',
    slow: true,
    run: ({ ask }) => ask(
      'wc -c </proc/version; grep " /proc " /proc/mounts',
      '--security-opt=mask=/proc/version', '--security-opt=proc-opts=hidepid=2',
    ),
  },
  {
    name: '--ulimit',
    run: async ({ ask }) => {
      const options = [...limits, '--ulimit=core=0:0', '--ulimit=memlock=65536:65536', '--ulimit=nofile=100:200'];
      const shown = await ask('grep -E "core|locked|open files|processes" /proc/self/limits', ...options);
      expect(shown).toMatch(/Max open files +100 +200/);
      return shown;
    },
  },
  {
    name: '--sysctl',
    run: async ({ ask }) => {
      const options = ['--sysctl', 'kernel.msgmax=1234', '--sysctl', 'net.ipv4.ip_forward=1'];
      expect(await ask('cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward', ...options)).toBe('1234\n1');
    },
  },
  {
    name: '--device with other names and rights',
    run: async ({ ask }) => {
      const script = 'ls -l /dev/read-only | cut -d" " -f1; head -c 1 /dev/read-only | wc -c; ' +
        '(echo >/dev/read-only) 2>&1; mknod /tmp/full c 1 7 && (head -c 1 /tmp/full | wc -c) 2>&1';
      return ask(script, '--device=/dev/zero:/dev/read-only:r', '--device-cgroup-rule=c 1:7 m', '--cap-add=MKNOD');
    },
  },
  {
    name: 'the usual devices',
    run: ({ ask }) => ask(
      // Not /dev/core, which runc makes only on hosts that have a /proc/kcore.
      'cd /dev; for name in *; do test $name = core || stat -c "%N %A %u:%g %t:%T" $name; done',
    ),
  },
  { name: '--oom-score-adj', slow: true, run: ({ ask }) => ask('cat /proc/self/oom_score_adj', '--oom-score-adj=500') },
  { name: '--umask', slow: true, run: ({ ask }) => ask('umask', '--umask=0077') },
  {
    name: '--personality',
    slow: true,
    difference: 'runc 1.1.5 knows no personality and ignores it',
    run: async ({ ask }) => ask('cat /proc/self/personality; uname -m', '--personality=LINUX32'),
  },
  {
    name: '--uidmap and --gidmap',
    run: async ({ ask }) => {
      const options = ['--uidmap=0:200000:5000', '--gidmap=0:300000:5000'];
      const script = `cat /proc/self/uid_map /proc/self/gid_map; touch /x; stat -c %u,%g /x /etc/passwd; ${IDENTITY}`;
      const shown = await ask(script, ...options);
      expect(shown).toMatch(/^ +0 +200000 +5000\n +0 +300000 +5000\n0,0\n0,0\n/);
      return shown;
    },
  },
  {
    name: '--userns=auto',
    run: async ({ ask }) => {
      const script = 'cat /proc/self/uid_map; touch /x; stat -c %u /x; mount -t tmpfs none /mnt && echo mounted';
      const shown = await ask(script, '--userns=auto:size=2000', ...mayMount);
      expect(shown).toMatch(/^ +0 +\d+ +2000\n0\nmounted$/);
      return shown;
    },
  },
  {
    name: '--userns=container: joins that of another container',
    slow: true,
    run: ({ ask, withContainer }) => withContainer('sleep 1000', ['--uidmap=0:210000:3000'], async (id) => {
      expect(await ask('cat /proc/self/uid_map', `--userns=container:${id}`)).toMatch(/^ +0 +210000 +3000$/);
    }),
  },
];
