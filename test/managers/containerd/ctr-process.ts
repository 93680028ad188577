// What a container's process is given: environment, rights, namespaces.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Case } from '../battery.ts';
import { ask, type CtrClient, userNamespaces } from './ctr-client.ts';

const status = 'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status';

/** A file for one case in the daemon's directory. @returns its path */
function file(client: CtrClient, name: string, content: string): string {
  const path = join(client.sandbox.places.directory, name);
  writeFileSync(path, content);
  return path;
}

const rights: readonly Case<CtrClient>[] = [
  { name: 'the default rights, limits and devices', run: (client) => ask(client, `${status}; cat /proc/self/limits; ls -l /dev | grep -v core | cut -c1-10,58-`) },
  { name: '--cap-add and --cap-drop', run: (client) => ask(client, status, ['--cap-add', 'CAP_SYS_ADMIN', '--cap-drop', 'CAP_MKNOD']) },
  { name: '--allow-new-privs', run: (client) => ask(client, status, ['--allow-new-privs']) },
  {
    name: '--seccomp: the default profile',
    run: async (client) => {
      const seen = await ask(client, `${status}; unshare -U true 2>&1; chroot / true && echo chroots`, ['--seccomp']);
      expect(seen).toMatch(/^Seccomp:\t2$/m);
      return seen;
    },
  },
  {
    name: '--seccomp-profile: a profile of the user\'s own',
    run: async (client) => {
      const profile = file(client, 'seccomp.json', JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 }],
      }));
      const seen = await ask(client, 'mkdir /x 2>&1; touch /y && echo touched', ['--seccomp', '--seccomp-profile', profile]);
      expect(seen).toMatch(/not supported\ntouched$/);
      return seen;
    },
  },
  {
    name: '--privileged: all rights that there are, and writable kernel files',
    run: async (client) => {
      const script = `${status}; touch /sys/x 2>&1; grep -c . /proc/self/mountinfo; ls /dev | grep -v core | wc -l`;
      const { status: ended, stdout, stderr } = await client.ctr(
        client.runArguments('privileged', ['sh', '-c', script], ['--rm', '--privileged']),
      );
      return { ended, stdout, stderr };
    },
  },
];

const places: readonly Case<CtrClient>[] = [
  { name: '--env, --env-file and the image\'s own environment', run: (client) => {
    const variables = file(client, 'variables', 'C=d e\n#F=g\n');
    return ask(client, 'env | sort', ['--env', 'A=b', '--env-file', variables]);
  } },
  { name: '--cwd', run: async (client) => {
    expect(await ask(client, 'pwd', ['--cwd', '/usr'])).toBe('/usr');
  } },
  { name: '--cwd that is not there is made', run: async (client) => {
    expect(await ask(client, 'pwd; ls -ld . | cut -c1-10', ['--cwd', '/new/place'])).toMatch(/^\/new\/place\ndrwx/);
  } },
  { name: 'the default mounts', run: async (client) => {
    const seen = await ask(client, 'cut -d" " -f5- /proc/self/mountinfo | sed "s/shared:[0-9]*//;s/master:[0-9]*//;s/ - overlay.*//"');
    expect(seen).toContain('/proc ');
    return seen.split('\n');
  } },
  { name: 'masked and read-only paths', run: async (client) => {
    const script = 'ls /proc/acpi /sys/firmware 2>&1; echo 1 >/proc/sys/kernel/panic; touch /proc/irq/x';
    return ask(client, `(${script}) 2>&1; true`);
  } },
];

const namespaces: readonly Case<CtrClient>[] = [
  { name: '--net-host: the devices of the host', run: async (client) => {
    const inside = await ask(client, 'ls /sys/class/net; readlink /proc/self/ns/net', ['--net-host']);
    const outside = await client.sandbox.run(['sh', '-c', 'ls /sys/class/net; readlink /proc/self/ns/net']);
    expect(inside.split('\n').at(-1)).toBe(outside.stdout.trimEnd().split('\n').at(-1));
    return inside.split('\n').slice(0, -1);
  } },
  { name: 'a network of its own has only its loopback, which is down', run: (client) => ask(client, 'cat /proc/net/dev | cut -d: -f1; cat /sys/class/net/lo/operstate') },
  { name: '--with-ns joins namespaces', run: async (client) => {
    const script = 'readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts';
    const inside = await ask(client, script, ['--with-ns', 'ipc:/proc/1/ns/ipc', '--with-ns', 'uts:/proc/1/ns/uts']);
    const outside = await client.sandbox.run(['sh', '-c', script]);
    expect(`${inside}\n`).toBe(outside.stdout);
  } },
  { name: '--uidmap and --gidmap: a user namespace', ...userNamespaces, run: async (client) => {
    const flags = ['--uidmap', '0:100000:65536', '--gidmap', '0:200000:65536'];
    const seen = await ask(client, 'id -u; cat /proc/self/uid_map /proc/self/gid_map; touch /tmp/x && stat -c %u /tmp/x', flags);
    expect(seen).toMatch(/0 +200000 +65536/);
    return seen;
  } },
  { name: '--cni: an address from the network plugins', needs: ['cni'], run: async (client) => {
    const seen = await client.ctr(client.runArguments('cni', ['ip', '-4', '-o', 'addr', 'show', 'eth0'], ['--rm', '--cni']));
    return { status: seen.status, stderr: seen.stderr };
  } },
];

export const processCases = [...rights, ...places, ...namespaces];
