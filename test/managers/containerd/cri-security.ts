// What Kubernetes' securityContext, resources and volumes become in a container.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Controller, filesOf, readCgroup } from '../../support/cgroup-files.ts';
import type { Case } from '../battery.ts';
import { ask, type CriClient, execSync, initOf, runPod, startContainer } from './cri-client.ts';
import { slowly } from './slowly.ts';

const status = 'grep -E "^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)" /proc/self/status';

/** A case whose observation is what a script prints under a securityContext, part of which is known. */
function secured(name: string, wanted: { script?: string; security?: unknown; known: RegExp }): Case<CriClient> {
  return {
    name,
    run: async (client) => {
      const { script = status, security = {}, known } = wanted;
      const seen = await ask(client, { script, security: security as Record<string, unknown> });
      expect(seen).toMatch(known);
      return seen;
    },
  };
}

const localProfile = JSON.stringify({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 }],
});

const rights: readonly Case<CriClient>[] = [
  secured('the default rights', { known: /^CapEff:\t00000000a80425fb$/m }),
  secured('capabilities: add and drop', {
    security: { capabilities: { addCapabilities: ['NET_ADMIN'], dropCapabilities: ['MKNOD', 'CHOWN'] } },
    known: /^CapEff:\t00000000a00435fa$/m,
  }),
  secured('capabilities: drop ALL', { security: { capabilities: { dropCapabilities: ['ALL'] } }, known: /^CapEff:\t0+$/m }),
  secured('runAsUser, runAsGroup and supplementalGroups', {
    security: { runAsUser: { value: 1000 }, runAsGroup: { value: 2000 }, supplementalGroups: [3000, 4000] },
    known: /^Uid:\t1000\t/m,
  }),
  secured('runAsUser by name', { security: { runAsUsername: 'user' }, known: /^Uid:\t1000\t/m }),
  secured('allowPrivilegeEscalation: false', { security: { noNewPrivs: true }, known: /^NoNewPrivs:\t1$/m }),
  secured('seccomp RuntimeDefault', {
    script: `${status}; unshare -U true 2>&1; true`,
    security: { seccomp: { profileType: 'RuntimeDefault' } },
    known: /^Seccomp:\t2$/m,
  }),
  secured('seccomp Unconfined', { security: { seccomp: { profileType: 'Unconfined' } }, known: /^Seccomp:\t0$/m }),
  {
    name: 'seccomp Localhost',
    run: async (client) => {
      const path = join(client.sandbox.places.directory, 'local.json');
      writeFileSync(path, localProfile);
      const security = { seccomp: { profileType: 'Localhost', localhostRef: path } };
      const seen = await ask(client, { script: 'mkdir /x 2>&1; touch /y && echo touched', security });
      expect(seen).toMatch(/not supported\ntouched$/);
      return seen;
    },
  },
  {
    name: 'privileged: all rights that there are, all devices, a writable /sys',
    run: async (client) => {
      const pod = await runPod(client, 'privileged', { linux: { securityContext: { privileged: true } } });
      const script = `${status}; ls /dev | grep -v core | wc -l;`
        + ' grep -E " /(sys|proc) " /proc/self/mountinfo | cut -d" " -f5,6';
      const seen = await ask(client, { script, pod, security: { privileged: true } });
      expect(seen).toMatch(/^\/sys rw,/m);
      return seen;
    },
  },
];

const files: readonly Case<CriClient>[] = [
  secured('readOnlyRootFilesystem', {
    script: 'touch /x 2>&1; touch /dev/shm/x && echo shm',
    security: { readonlyRootfs: true },
    known: /^touch: \/x: Read-only file system\nshm$/,
  }),
  secured('masked and read-only paths', {
    script: 'exec 2>&1; wc -c </etc/passwd; echo x >>/etc/group; ls -A /usr | wc -l;'
      + ' echo 1 >/proc/sys/kernel/panic; true',
    security: { maskedPaths: ['/etc/passwd', '/usr', '/no/such'], readonlyPaths: ['/etc/group', '/proc/sys'] },
    known: /Read-only file system/,
  }),
  {
    name: 'volumes: writable, read-only, a file, a directory below another',
    run: async (client) => {
      const volume = join(client.sandbox.places.directory, 'volume');
      mkdirSync(join(volume, 'below'), { recursive: true });
      writeFileSync(join(volume, 'file'), 'content\n');
      const mounts = [
        { containerPath: '/rw', hostPath: volume },
        { containerPath: '/ro', hostPath: volume, readonly: true },
        { containerPath: '/etc/one', hostPath: join(volume, 'file'), readonly: true },
        { containerPath: '/rw/below/deep', hostPath: volume },
      ];
      const script = 'cat /etc/one; echo new >/rw/new; cat /ro/new; touch /ro/x 2>&1; touch /etc/one 2>&1;'
        + ' ls /rw/below/deep';
      const seen = await ask(client, { script, more: { mounts } });
      expect(readFileSync(join(volume, 'new'), 'utf8')).toBe('new\n');
      return seen;
    },
  },
  {
    name: 'volumes: mounts come in with HostToContainer and go out with Bidirectional',
    run: async (client) => {
      const volume = join(client.sandbox.places.directory, 'propagated');
      mkdirSync(join(volume, 'in'), { recursive: true });
      mkdirSync(join(volume, 'out'), { recursive: true });
      const pod = await runPod(client, 'propagating', { linux: { securityContext: { privileged: true } } });
      const start = (name: string, propagation: string): Promise<string> => startContainer(client, {
        name, script: 'sleep 100', pod, security: { privileged: true },
        more: { mounts: [{ containerPath: '/v', hostPath: volume, propagation }] },
      });
      const inward = await start('inward', 'PROPAGATION_HOST_TO_CONTAINER');
      const both = await start('both', 'PROPAGATION_BIDIRECTIONAL');
      await client.sandbox.run(['mount', '-t', 'tmpfs', 'in', join(volume, 'in')]);
      await execSync(client, both, { script: 'mount -t tmpfs out /v/out' });
      const script = 'grep -o " /v/[^ ]*" /proc/self/mountinfo';
      const seen = [await execSync(client, inward, { script }), await execSync(client, both, { script })];
      for (const name of ['in', 'out']) {
        expect((await client.sandbox.run(['umount', join(volume, name)])).stderr).toBe('');
      }
      expect(seen.map(({ stdout }) => stdout)).toEqual([' /v/in\n /v/out\n', ' /v/in\n /v/out\n']);
    },
  },
  {
    name: 'devices',
    run: async (client) => {
      const devices = [{ containerPath: '/dev/mine', hostPath: '/dev/fuse', permissions: 'r' }];
      const script = 'ls -l /dev/mine | cut -c1-10; cat /dev/mine 2>&1; (: >/dev/mine) 2>&1; true';
      const seen = await ask(client, { script, more: { devices } });
      expect(seen).toMatch(/^crw/);
      return seen;
    },
  },
  {
    name: 'environment, directory and arguments',
    run: async (client) => {
      const args = ['-c', 'env | sort; pwd; id'];
      const more = { envs: [{ key: 'A', value: 'b c' }], workingDir: '/usr', command: ['sh'], args };
      const seen = await ask(client, { script: '', more });
      expect(seen).toMatch(/^A=b c\n/);
      return seen;
    },
  },
];

const LIMITS: readonly (readonly [Controller, string])[] = [
  ['memory', 'memory.limit_in_bytes'], ['memory', 'memory.max'], ['cpuset', 'cpuset.cpus'],
  ['cpu', 'cpu.cfs_quota_us'], ['cpu', 'cpu.cfs_period_us'], ['cpu', 'cpu.shares'],
  ['cpu', 'cpu.max'], ['cpu', 'cpu.weight'],
];

function limitsOf(pid: number): string[] {
  const here = LIMITS.filter(([controller, file]) => filesOf(controller).includes(file));
  return here.map(([controller, file]) => `${file} ${readCgroup(pid, controller, file)}`);
}

const resources: readonly Case<CriClient>[] = [
  {
    name: 'requests and limits, and UpdateContainerResources',
    run: async (client) => {
      const cpu = { cpuPeriod: 100000, cpuQuota: 50000, cpuShares: 512 };
      const limits = { memoryLimitInBytes: 67108864, ...cpu, oomScoreAdj: 900 };
      const id = await startContainer(client, { name: 'limited', script: 'sleep 100', resources: limits });
      const pid = await initOf(client, id);
      const before = limitsOf(pid);
      const score = readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim();
      const linux = { memoryLimitInBytes: 33554432, ...cpu, cpuQuota: 20000, cpusetCpus: '0' };
      await client.grpc.call('updateContainerResources', { containerId: id, linux });
      const after = limitsOf(pid);
      expect([before.join(), after.join(), score]).toEqual([
        expect.stringContaining('67108864'), expect.stringContaining('33554432'), '900',
      ]);
      return { before, after };
    },
  },
  {
    name: 'ContainerStats count processor time and memory',
    run: async (client) => {
      const script = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 100';
      const id = await startContainer(client, { name: 'busy', script });
      const { stats } = (await client.grpc.call('containerStats', { containerId: id })) as {
        stats: { cpu: { usageCoreNanoSeconds: { value: number } }; memory: { workingSetBytes: { value: number } } };
      };
      expect(stats.cpu.usageCoreNanoSeconds.value).toBeGreaterThan(0);
      expect(stats.memory.workingSetBytes.value).toBeGreaterThan(0);
    },
  },
];

export const securityCases = [...slowly(rights), ...files, ...resources];
