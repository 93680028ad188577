// Networks: none, the host's, a bridge, another container's; and pods, which share one.

import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { type Result, runProgram } from '../../support/runtime.ts';
import { IMAGE, type Podman, type PodmanCase } from './podman.ts';

const DEVICES = 'ls /sys/class/net | tr "\\n" " "';
/** A server of one line. */
const SERVER = 'while :; do echo served | nc -l -p 80; done';
const wasServed = ({ stdout }: Result): boolean => stdout === 'served\n';
const ADDRESS = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';

/** Uses a pod with containers of ours in it. */
async function inPod<T>(client: Podman, options: readonly string[], use: (pod: string) => Promise<T>): Promise<T> {
  const parent = `--cgroup-parent=${client.places.cgroupParent}`;
  const pod = await client.succeed(['pod', 'create', parent, '--network=none', ...options]);
  try {
    return await use(pod);
  } finally {
    await client.succeed(['pod', 'rm', '--force', '--time', '0', pod]);
  }
}

function runIn({ succeed }: Podman, pod: string, script: string, ...options: readonly string[]): Promise<string> {
  return succeed(['run', '--pod', pod, ...options, IMAGE, 'sh', '-c', script]);
}

export const networkCases: readonly PodmanCase[] = [
  {
    name: '--network=none has only a loopback device',
    run: async ({ ask }) => {
      expect(await ask(`${DEVICES}; cat /sys/class/net/lo/operstate; ping -c 1 -W 2 127.0.0.1 >/dev/null && echo up`))
        .toBe('lo unknown\nup');
    },
  },
  {
    name: '--network=host is the host\'s',
    run: async ({ ask, prefix }) => {
      const { stdout } = await runProgram([...prefix, 'readlink', '/proc/self/ns/net']);
      expect(await ask('readlink /proc/self/ns/net', '--network=host')).toBe(stdout.trim());
    },
  },
  {
    name: 'a bridge: two containers and the host reach each other',
    needs: ['cni'],
    run: async (client) => client.withContainer(SERVER, ['--network=podman'], async (id) => {
      const address = await client.succeed(['inspect', '--format', ADDRESS, id]);
      expect(address).toMatch(/^10\.88\.\d+\.\d+$/);
      const fetch = `nc -w 5 ${address} 80 </dev/null`;
      await eventually(() => client.run(['--network=podman'], ['sh', '-c', fetch]), wasServed);
      await eventually(() => runProgram([...client.prefix, 'busybox', 'nc', '-w', '5', address, '80']), wasServed);
    }),
  },
  {
    name: 'a published port',
    slow: true,
    needs: ['cni', 'iptables'],
    run: async (client) => client.withContainer(SERVER, ['--network=podman', '--publish=8080:80'], async (id) => {
      expect(await client.succeed(['port', id])).toBe('80/tcp -> 0.0.0.0:8080');
      const fetch = [...client.prefix, 'busybox', 'nc', '-w', '5', '10.88.0.1', '8080'];
      await eventually(() => runProgram(fetch), wasServed);
    }),
  },
  {
    name: '--network=container: joins that of another container',
    run: async (client) => client.withContainer(SERVER, [], async (id) => {
      const fetch = () => client.run([`--network=container:${id}`], ['sh', '-c', 'nc -w 5 127.0.0.1 80 </dev/null']);
      await eventually(fetch, wasServed);
    }),
  },
  {
    name: '--network=ns: joins one by its path',
    slow: true,
    run: async ({ ask, prefix }) => {
      await runProgram([...prefix, 'ip', 'netns', 'add', 'named']);
      await runProgram([...prefix, 'ip', '-n', 'named', 'link', 'add', 'bridge7', 'type', 'bridge']);
      const shown = await ask(DEVICES, '--network=ns:/run/netns/named');
      await runProgram([...prefix, 'ip', 'netns', 'delete', 'named']);
      expect(shown).toContain('bridge7');
    },
  },
  {
    name: '--add-host and --hostname in the files of /etc',
    slow: true,
    run: ({ ask }) => {
      const script = 'grep other /etc/hosts; grep -c named /etc/hosts; cat /etc/hostname';
      return ask(script, '--hostname=named', '--add-host=other:192.0.2.7');
    },
  },
  {
    name: 'a pod shares network, ipc and host name',
    needs: ['catatonit'],
    run: (client) => inPod(client, ['--hostname=pod'], async (pod) => {
      const links = 'hostname; for name in ipc net uts; do readlink /proc/self/ns/$name; done';
      const first = (await runIn(client, pod, links)).split('\n');
      const second = (await runIn(client, pod, links)).split('\n');
      expect(first[0]).toBe('pod');
      return first.map((link, index) => link === second[index]);
    }),
  },
  {
    name: 'a pod with a shared pid namespace',
    slow: true,
    needs: ['catatonit'],
    run: (client) => inPod(client, ['--share=pid,net,ipc,uts'], async (pod) => {
      await runIn(client, pod, 'sleep 4321', '--detach');
      const seen = () => runIn(client, pod, 'ps -o args', '--rm');
      const processes = await eventually(seen, (text) => text.includes('sleep 4321'));
      expect(processes).toContain('catatonit');
      await client.succeed(['pod', 'stop', '--time', '0', pod]);
      expect(await client.succeed(['pod', 'inspect', '--format', '{{.State}}', pod])).toBe('Exited');
    }),
  },
  {
    name: 'a pod is paused, unpaused, stopped, started, killed',
    needs: ['catatonit'],
    slow: true,
    run: (client) => inPod(client, [], async (pod) => {
      const state = () => client.succeed(['pod', 'inspect', '--format', '{{.State}}', pod]);
      await runIn(client, pod, 'trap "exit 0" TERM; while :; do sleep 0.1; done', '--detach');
      const states: string[] = [await state()];
      for (const action of ['pause', 'unpause', 'stop', 'start', 'restart', 'kill']) {
        await client.succeed(['pod', action, pod]);
        states.push(`${action} ${await state()}`);
      }
      return states.slice(0, -1);
    }),
  },
  {
    name: 'a pod with limits of its own',
    slow: true,
    needs: ['catatonit', 'cgroup-v1'],
    run: (client) => inPod(client, ['--cpus=0.5'], async (pod) => {
      const line = await runIn(client, pod, 'grep cpu: /proc/self/cgroup', '--cgroupns=host');
      return line.replace(/^\d+/, '').replace(client.places.mark, '').replace(/[0-9a-f]{64}/g, 'ID');
    }),
  },
  {
    name: 'kube play of a pod with two containers',
    needs: ['catatonit'],
    slow: true,
    run: async ({ podman, succeed }) => {
      const container = (name: string, script: string): object => ({
        name, image: IMAGE, imagePullPolicy: 'Never', command: ['/bin/sh', '-c', script],
      });
      const pod = {
        apiVersion: 'v1', kind: 'Pod', metadata: { name: 'played' },
        spec: { restartPolicy: 'Never', containers: [container('one', 'echo first'), container('two', 'echo second')] },
      };
      const { status, stderr } = await podman(['kube', 'play', '--network=none', '-'], { input: JSON.stringify(pod) });
      const logs = async (name: string): Promise<string> => (
        eventually(() => succeed(['logs', `played-${name}`]), (text) => text !== '')
      );
      const shown = status === 0 ? [await logs('one'), await logs('two')] : [stderr];
      await succeed(['pod', 'rm', '--force', '--time', '0', 'played']);
      expect(shown).toEqual(['first', 'second']);
    },
  },
];
