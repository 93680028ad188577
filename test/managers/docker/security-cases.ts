// Users, capabilities, system call filters, limits of a process, kernel settings, devices.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  answerOf, box, type Docker, dockerCase, IMAGE, inside, refusalOf, slowCase, start, succeed, tryBox,
} from './words.ts';

const STATUS = 'grep -E "^(Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp):" /proc/self/status';

/** Writes a system call profile for the client to read. @returns its path */
function profile(docker: Docker, name: string, content: unknown): string {
  const path = join(docker.places.directory, `${name}.json`);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const MAY_MOUNT = 'mount -t tmpfs t /mnt && echo mounted';

const ALLOW_ALL = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] };

export const securityCases = [
  slowCase('run -u: names, numbers, groups', async (docker) => {
    const users = [];
    for (const options of [['--user', 'user'], ['--user', '1234:5678'], ['--user', '1000', '--group-add', '77',
      '--group-add', 'tty']]) {
      users.push(await box(docker, options, 'id; echo $HOME; grep -E "^(Uid|Gid|Groups):" /proc/self/status'));
    }
    const unknown = await tryBox(docker, ['--user', 'nosuch'], 'true');
    return { users, unknown: unknown.status };
  }),

  dockerCase('capabilities: by default, none, some, all, and of a user', async (docker) => {
    const sets = [];
    const choices = [
      [], ['--cap-drop', 'ALL'], ['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN', '--cap-add', 'CHOWN'],
      ['--cap-drop', 'MKNOD', '--cap-add', 'SYS_PTRACE', '--user', '1000'],
    ];
    for (const options of choices) sets.push(await box(docker, options, STATUS));
    return sets;
  }),

  slowCase('capabilities: decide what root may do', async (docker) => {
    const script = 'chown 1:1 /tmp 2>&1; mknod /tmp/n c 1 3 2>&1; hostname x 2>&1; mount -t tmpfs t /mnt 2>&1; '
      + 'ip link add d0 type dummy 2>&1; true';
    return { without: await box(docker, ['--cap-drop', 'ALL'], script), by: await box(docker, [], script) };
  }),

  dockerCase('seccomp: docker\'s own profile', async (docker) => {
    const script = 'grep -E "^Seccomp" /proc/self/status; unshare -r true 2>&1; mount -t tmpfs t /mnt 2>&1; '
      + 'swapoff /x 2>&1; date -s 2020-01-01 2>&1; true';
    return box(docker, [], script);
  }),

  slowCase('seccomp: unconfined', async (docker) => {
    return box(docker, ['--security-opt', 'seccomp=unconfined'], 'grep -E "^Seccomp" /proc/self/status; '
      + 'unshare -U true && echo unshared');
  }),

  dockerCase('seccomp: a profile of one\'s own', async (docker) => {
    const path = profile(docker, 'own', {
      ...ALLOW_ALL,
      syscalls: [
        { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' },
        { names: ['link', 'linkat'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
        { names: ['chmod', 'fchmodat', 'fchmodat2'], action: 'SCMP_ACT_ERRNO', args: [{ index: 1, value: 0o777,
          op: 'SCMP_CMP_EQ' }, { index: 2, value: 0o777, op: 'SCMP_CMP_EQ' }] },
        { names: ['symlink', 'symlinkat'], action: 'SCMP_ACT_KILL_PROCESS' },
      ],
    });
    const script = 'grep -E "^Seccomp:" /proc/self/status; mkdir /d 2>&1; ln /etc/passwd /p 2>&1; ln -s a /b; '
      + 'echo $?; ls -d /d /p /b 2>&1';
    const lines = await box(docker, ['--security-opt', `seccomp=${path}`], `${script}; true`);
    expect(lines).toContain('159');
    return lines;
  }),

  slowCase('seccomp: a profile that lets nothing pass', async (docker) => {
    const path = profile(docker, 'nothing', { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] });
    const { status } = await tryBox(docker, ['--security-opt', `seccomp=${path}`], 'true');
    return status !== 0;
  }),

  slowCase('run --security-opt: no-new-privileges, apparmor, system paths', async (docker) => {
    const bits = 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status';
    const none = await box(docker, ['--security-opt', 'no-new-privileges', '--security-opt', 'apparmor=unconfined'],
      bits);
    const paths = await box(docker, ['--security-opt', 'systempaths=unconfined'], 'grep -c " /proc/" /proc/mounts; '
      + 'grep -c /sys/firmware /proc/mounts');
    return { none, paths };
  }),

  dockerCase('run --privileged: devices, rights and paths', async (docker) => {
    return box(docker, ['--privileged'], 'ls /dev | grep -c vda; grep -c " /proc/" /proc/mounts; '
      + 'mount -t tmpfs t /mnt && echo mounted; touch /sys/fs/cgroup/x 2>&1; grep Seccomp: /proc/self/status');
  }, { needs: ['sys-resource'] }),

  slowCase('exec --privileged', async (docker) => {
    await start(docker, 'one', ['--cap-drop', 'ALL']);
    return succeed(docker, ['exec', '--privileged', 'one', 'grep', '-E', '^(CapEff|Seccomp):', '/proc/self/status']);
  }, { needs: ['sys-resource'] }),

  dockerCase('run and exec --privileged: where the machine itself lacks a capability', async (docker) => {
    expect(await box(docker, ['--privileged'], MAY_MOUNT)).toEqual(['mounted']);
    await start(docker, 'one', ['--cap-drop', 'ALL']);
    const status = await succeed(docker, ['exec', '--privileged', 'one', 'grep', 'CapEff:', '/proc/self/status']);
    // Here the filter of a container that may not mount stays; CAP_SYS_ADMIN is one that the machine has.
    expect(BigInt(`0x${status.split('\t')[1] ?? ''}`) & (1n << 21n)).not.toBe(0n);
    return 'all that there are';
  }, {
    needs: ['no-sys-resource'],
    runcFails: 'runc 1.1.5 refuses capabilities that it does not have itself; nunc leaves them out with a warning',
  }),

  dockerCase('run --ulimit, --oom-score-adj', async (docker) => {
    const options = [
      '--ulimit', 'nofile=100:200', '--ulimit', 'nproc=50', '--ulimit', 'core=0', '--ulimit', 'stack=4194304:8388608',
      '--oom-score-adj', '500',
    ];
    return box(docker, options, 'cat /proc/self/limits /proc/self/oom_score_adj');
  }),

  dockerCase('run --sysctl', async (docker) => {
    const options = [
      '--sysctl', 'net.ipv4.ip_unprivileged_port_start=80', '--sysctl', 'kernel.msgmax=4096', '--sysctl',
        'net.core.somaxconn=99',
      '--sysctl', 'fs.mqueue.msg_max=20',
    ];
    const files = 'net/ipv4/ip_unprivileged_port_start kernel/msgmax net/core/somaxconn fs/mqueue/msg_max';
    const values = await box(docker, options, `cd /proc/sys; cat ${files}`);
    const refused = await tryBox(docker, ['--sysctl', 'kernel.panic=1'], 'true');
    return { values, refused: refused.status };
  }),

  dockerCase('run --device: with another name and fewer rights', async (docker) => {
    const options = [
      '--device', '/dev/fuse:/dev/mine:r', '--device', '/dev/loop-control:/dev/sub/loops:w', '--device', '/dev/net/tun',
    ];
    const script = 'cd /dev; ls -l mine sub/loops net/tun | cut -c1-10; for device in mine sub/loops net/tun; do '
      + '(: <$device) 2>&1 && echo read; (: >$device) 2>&1 && echo written; done';
    const lines = await box(docker, options, script);
    expect(lines.filter((line) => line === 'read')).toHaveLength(2);
    return lines;
  }),

  slowCase('run --device-cgroup-rule: nodes can be made and used', async (docker) => {
    const script = 'mknod /tmp/kmsg c 1 11; mknod /tmp/full c 1 7; mknod /tmp/vda b 254 0; '
      + 'cat /tmp/full 2>&1 | head -c 1 | wc -c; '
      + 'dd if=/tmp/kmsg of=/dev/null count=0 2>&1 | head -n 1; dd if=/tmp/vda count=1 2>&1 | head -n 1; true';
    const without = await box(docker, [], script);
    return { without, ruled: await box(docker, ['--device-cgroup-rule', 'c 1:11 r'], script) };
  }),

  slowCase('docker refuses what the runtime can not do', async (docker) => {
    const answers = [
      await tryBox(docker, ['--workdir', '/etc/passwd'], 'true'),
      await tryBox(docker, ['--user', '0', '--entrypoint', '/proc/self/nosuch'], 'true'),
    ];
    return answers.map(refusalOf);
  }),

  slowCase('a process has no more than it was given', async (docker) => {
    const script = 'ls /proc/self/fd | wc -l; cat /proc/self/cgroup | wc -l; '
      + 'grep -E "^(Sig(Blk|Ign|Cgt)|Umask|Threads|TracerPid):" /proc/1/status; cat /proc/1/loginuid 2>/dev/null; '
      + 'cat /proc/1/comm';
    return box(docker, [], script);
  }),

  slowCase('exec: the filter holds there too', async (docker) => {
    const path = profile(docker, 'exec', { ...ALLOW_ALL, syscalls: [{ names: ['mkdir', 'mkdirat'],
      action: 'SCMP_ACT_ERRNO' }] });
    await start(docker, 'one', ['--security-opt', `seccomp=${path}`]);
    const answer = answerOf(await docker.docker(['exec', 'one', 'mkdir', '/d']));
    return { answer, filters: await inside(docker, 'one', 'grep Seccomp: /proc/self/status') };
  }),

  slowCase('an image without a shell can run its only program', async (docker) => {
    const answer = await docker.docker(['run', '--rm', '--entrypoint', '/bin/busybox', IMAGE, 'echo', 'alone']);
    return answerOf(answer);
  }),
];
