// Networks and the other namespaces, of its own or of somebody else.

import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import {
  answerOf, type Docker, dockerCase, IMAGE, inside, inspect, onMachine, refusalOf, slowCase, start, succeed, tryBox,
} from './words.ts';

/** Runs a script in a container on a given network. */
async function on(docker: Docker, network: string, script: string, more: readonly string[] = []): Promise<string[]> {
  return (await succeed(docker, ['run', '--rm', '--network', network, ...more, IMAGE, 'sh', '-c', script])).split('\n');
}

const PAGES = 'mkdir /w; echo page >/w/index.html; exec httpd -f -p 80 -h /w';

/** Waits until something answers at a port. */
function page(docker: Docker, ask: () => Promise<string>): Promise<string> {
  return eventually(() => ask().catch(() => ''), (text) => text.includes('page'), 20_000);
}

async function namespacesOf(docker: Docker, process: string): Promise<Record<string, string>> {
  const names = ['ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
  const lines = (await onMachine(docker, `for name in ${names.join(' ')}; do readlink /proc/${process}/ns/$name; `
    + 'done')).split('\n');
  return Object.fromEntries(names.map((name, index) => [name, lines[index] ?? '']));
}

/** Which namespaces of a container are those of the machine. */
async function sharedWithMachine(docker: Docker, name: string): Promise<string[]> {
  const machine = await namespacesOf(docker, 'self');
  const own = await namespacesOf(docker, String(await inspect(docker, name, '.State.Pid')));
  return Object.keys(machine).filter((each) => machine[each] === own[each]);
}

export const networkCases = [
  dockerCase('network none: nothing but loopback, which is up', async (docker) => {
    return on(docker, 'none', 'ls /sys/class/net; ip -o -4 addr | cut -d" " -f2,7; '
      + 'ping -c 1 127.0.0.1 >/dev/null && echo up');
  }),

  slowCase('network host: the machine\'s own', async (docker) => {
    await succeed(docker, ['run', '--detach', '--name', 'one', '--network', 'host', IMAGE, 'sleep', '1000']);
    const devices = await inside(docker, 'one', 'ls /sys/class/net');
    return { devices, shared: await sharedWithMachine(docker, 'one') };
  }),

  dockerCase('network bridge: an address, and others that can be reached', async (docker) => {
    await start(docker, 'one', ['--network', 'bridge'], PAGES);
    const address = String(await inspect(docker, 'one', '.NetworkSettings.IPAddress'));
    expect(address).toMatch(/^172\.29\.0\./);
    const fetched = await page(docker, async () => (await on(docker, 'bridge',
      `wget -q -O - http://${address}/`)).join());
    const devices = await inside(docker, 'one', 'ls /sys/class/net; ip route | head -n 1; '
      + 'ip -o -4 addr show eth0 | cut -d" " -f7');
    const link = ['--link', 'one:friend', IMAGE, 'wget', '-q', '-O', '-', 'http://friend/'];
    return { fetched, devices, linked: await succeed(docker, ['run', '--rm', ...link]) };
  }),

  slowCase('network bridge: published ports', async (docker) => {
    await start(docker, 'one', ['--network', 'bridge', '--publish', '127.0.0.1:8099:80'], PAGES);
    const fetched = await page(docker, () => onMachine(docker, 'busybox wget -q -O - http://127.0.0.1:8099/'));
    return { fetched, port: await succeed(docker, ['port', 'one']) };
  }),

  slowCase('network create, connect and disconnect', async (docker) => {
    await succeed(docker, ['network', 'create', '--subnet', '172.28.7.0/24', 'own']);
    try {
      await start(docker, 'one', ['--network', 'bridge']);
      const devices = () => inside(docker, 'one', 'ls /sys/class/net');
      const before = await devices();
      await succeed(docker, ['network', 'connect', '--ip', '172.28.7.9', 'own', 'one']);
      const during = [await devices(), await inside(docker, 'one', 'ip -o -4 addr show eth1 | cut -d" " -f7')];
      await succeed(docker, ['network', 'disconnect', 'own', 'one']);
      return { before, during, after: await devices() };
    } finally {
      await succeed(docker, ['rm', '--force', 'one']);
      await succeed(docker, ['network', 'rm', 'own']);
    }
  }),

  slowCase('network container: that of another one', async (docker) => {
    await start(docker, 'one', ['--network', 'none'], PAGES);
    const ask = async (): Promise<string> => (await on(docker, 'container:one', 'wget -q -O - http://127.0.0.1/; '
      + 'hostname | wc -c')).join();
    return page(docker, ask);
  }),

  dockerCase('run --pid, --ipc, --uts, --cgroupns: of the host', async (docker) => {
    await start(docker, 'one', ['--pid', 'host', '--ipc', 'host', '--uts', 'host', '--cgroupns', 'host'],
      'exec sleep 1000');
    const shared = await sharedWithMachine(docker, 'one');
    expect(shared).toEqual(['ipc', 'pid', 'user', 'uts']);
    const first = await inside(docker, 'one', 'cat /proc/1/comm');
    await succeed(docker, ['stop', '--time', '0', 'one']);
    return { shared, first };
  }),

  dockerCase('run --pid host: whatever is left is killed with the container', async (docker) => {
    await start(docker, 'one', ['--pid', 'host'], 'sleep 27182 & sleep 27183 & echo ready; exec sleep 0.5');
    const left = () => onMachine(docker,
      'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " | grep -o "sleep 2718[23]" | wc -l');
    await eventually(() => inspect(docker, 'one', '.State.Running'), (running) => running === false);
    await eventually(left, (count) => count === '0');
    return inspect(docker, 'one', '.State.ExitCode');
  }),

  slowCase('run --pid, --ipc: of another container', async (docker) => {
    await start(docker, 'one', ['--ipc', 'shareable'], 'touch /dev/shm/mine; exec sleep 1000');
    await start(docker, 'two', ['--pid', 'container:one', '--ipc', 'container:one'], 'exec sleep 999');
    const processes = await inside(docker, 'two', 'cat /proc/1/cmdline | tr "\\0" " "; echo; ls /dev/shm');
    const first = await namespacesOf(docker, String(await inspect(docker, 'one', '.State.Pid')));
    const second = await namespacesOf(docker, String(await inspect(docker, 'two', '.State.Pid')));
    return { processes, shared: Object.keys(first).filter((each) => first[each] === second[each]) };
  }),

  slowCase('run --ipc: private and none', async (docker) => {
    const script = 'grep -c " /dev/shm " /proc/mounts';
    const none = await tryBox(docker, ['--ipc', 'none'], 'sh', '-c', script);
    await start(docker, 'one', ['--ipc', 'private']);
    const refused = await tryBox(docker, ['--ipc', 'container:one'], 'true');
    return { none, refused: refused.status };
  }),

  dockerCase('cgroup namespaces: private and of the host', async (docker) => {
    const script = 'sed "s/[0-9a-f]\\{64\\}/ID/" /proc/self/cgroup; ls -d /sys/fs/cgroup/*';
    const own = await on(docker, 'none', script, ['--cgroupns', 'private']);
    expect(own.some((line) => line.endsWith(':/'))).toBe(true);
    const host = (await on(docker, 'none', script)).map((line) => line.replace(docker.places.mark, 'PARENT'));
    return { own, host };
  }),

  slowCase('a network of a container that has ended is refused', async (docker) => {
    await start(docker, 'one', [], 'exit 0');
    await eventually(() => inspect(docker, 'one', '.State.Running'), (running) => running === false);
    const args = ['run', '--rm', '--network', 'container:one', IMAGE, 'true'];
    return refusalOf(answerOf(await docker.docker(args)));
  }),
];
