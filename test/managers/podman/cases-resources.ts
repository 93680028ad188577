// Limits of cgroups: set at the start, changed afterwards, and run into.

import { readFileSync, rmSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import type { PodmanCase } from './podman.ts';

/** Values of the container's own cgroup, in words of version 1, as hybrid hosts have it. */
function show(...files: readonly string[]): string {
  return files.map((file) => `echo ${file} $(cat /sys/fs/cgroup/${file})`).join('; ');
}

export const resourceCases: readonly PodmanCase[] = [
  {
    name: '--memory, --memory-reservation, --memory-swappiness',
    needs: ['cgroup-v1'],
    run: async ({ ask }) => {
      const files = ['limit_in_bytes', 'soft_limit_in_bytes', 'swappiness'].map((name) => `memory/memory.${name}`);
      const options = ['--memory=64m', '--memory-reservation=32m', '--memory-swappiness=10'];
      const shown = await ask(show(...files), ...options);
      expect(shown).toContain('memory.limit_in_bytes 67108864');
      return shown;
    },
  },
  {
    name: '--cpus, --cpu-shares, --cpuset-cpus',
    slow: true,
    needs: ['cgroup-v1'],
    run: async ({ ask }) => {
      const files = ['cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us', 'cpu/cpu.shares', 'cpuset/cpuset.cpus'];
      const shown = await ask(show(...files), '--cpus=0.5', '--cpu-shares=512', '--cpuset-cpus=0');
      expect(shown).toContain('cpu.cfs_quota_us 50000');
      return shown;
    },
  },
  {
    name: '--pids-limit is kept',
    run: async ({ run }) => {
      const script = 'echo started; for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done';
      const { status, stdout, stderr } = await run(['--pids-limit=5'], ['sh', '-c', script]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: 'started\n' });
      expect(stderr).toContain('can\'t fork: Resource temporarily unavailable');
    },
  },
  {
    name: 'running out of memory: 137',
    run: async ({ withContainer, succeed }) => withContainer(
      'echo started; x=$(head -c 100m /dev/zero | tr "\\0" x); echo $x', ['--memory=16m', '--memory-swap=16m'],
      async (id) => {
        const format = '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}';
        const state = () => succeed(['inspect', '--format', format, id]);
        const ended = await eventually(state, (text) => text.startsWith('exited'));
        // Conmon 2.1.6 sees it, but writes the file that podman looks for to the root directory.
        rmSync('/oom', { force: true });
        expect(ended).toMatch(/^exited 137 /);
        return ended;
      },
    ),
  },
  {
    name: 'update changes limits of a running container',
    needs: ['cgroup-v1'],
    run: async ({ withContainer, succeed, places }) => {
      const files = ['memory/memory.limit_in_bytes', 'cpu/cpu.cfs_quota_us', 'cpu/cpu.shares'] as const;
      return withContainer('sleep 1000', ['--memory=64m', '--cpu-shares=512'], async (id) => {
        await succeed(['update', '--memory=48m', '--cpus=0.25', id]);
        const values = files.map((path) => {
          const [hierarchy = '', file = ''] = path.split('/');
          const cgroup = `/sys/fs/cgroup/${hierarchy}${places.cgroupParent}/libpod-${id}`;
          return readFileSync(`${cgroup}/${file}`, 'utf8').trim();
        });
        expect(values).toEqual(['50331648', '25000', '512']);
      });
    },
  },
  {
    name: '--cgroups=disabled makes no cgroup',
    slow: true,
    run: async ({ run }) => (await run(['--cgroups=disabled'], ['true'])).status,
  },
  {
    name: '--device-read-bps',
    slow: true,
    run: async ({ run }) => {
      const device = `/dev/${readFileSync('/proc/partitions', 'utf8').trimEnd().split(/\s+/).at(-1) ?? ''}`;
      const file = '/sys/fs/cgroup/blkio/blkio.throttle.read_bps_device';
      const { status, stdout } = await run([`--device-read-bps=${device}:1mb`], ['cat', file]);
      expect(stdout).toContain('1048576');
      return { status, stdout };
    },
  },
];
