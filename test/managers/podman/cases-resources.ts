// Limits of cgroups: set at the start, changed afterwards, and run into.

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
    run: async ({ ask }) => {
      const script = `${show('pids/pids.max')}; for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done 2>&1 | grep -c fork`;
      const shown = await ask(script, '--pids-limit=5');
      expect(shown).toMatch(/^pids\/pids.max 5\n[1-9]$/);
    },
  },
  {
    name: 'running out of memory: 137, and podman knows why',
    run: async ({ withContainer, succeed }) => withContainer(
      'echo started; x=$(head -c 100m /dev/zero | tr "\\0" x); echo $x', ['--memory=16m', '--memory-swap=16m'],
      async (id) => {
        const format = '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}';
        const ended = await eventually(() => succeed(['inspect', '--format', format, id]), (text) => text.startsWith('exited'));
        expect(ended).toBe('exited 137 true');
      },
    ),
  },
  {
    name: 'update changes limits of a running container',
    needs: ['cgroup-v1'],
    run: async ({ withContainer, succeed }) => withContainer('sleep 1000', ['--memory=64m', '--cpu-shares=512'], async (id) => {
      await succeed(['update', '--memory=48m', '--cpus=0.25', id]);
      const script = show('memory/memory.limit_in_bytes', 'cpu/cpu.cfs_quota_us', 'cpu/cpu.shares');
      const pid = await succeed(['inspect', '--format', '{{.State.Pid}}', id]);
      const shown = await succeed(['unshare', 'nsenter', '-t', pid, '-m', '-p', 'sh', '-c', script]).catch(async () => (
        succeed(['exec', id, 'sh', '-c', script])
      ));
      expect(shown).toContain('memory.limit_in_bytes 50331648');
      return shown;
    }),
  },
  {
    name: '--cgroups=disabled makes no cgroup',
    run: async ({ run }) => (await run(['--cgroups=disabled'], ['true'])).status,
  },
  {
    name: '--blkio-weight and --device-read-bps',
    run: async ({ run }) => {
      const { status, stdout } = await run(['--device-read-bps=/dev/vda:1mb'], ['sh', '-c', 'cat /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device']);
      return { status, stdout };
    },
  },
];
