// What a container's process is given: environment, rights, namespaces.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Case } from '../battery.ts';
import { ask, type CtrClient, observed, userNamespaces } from './ctr-client.ts';
import { slowly } from './slowly.ts';

const status = 'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status';
/** Without /dev/core: runc makes it only where the host has a /proc/kcore. */
const devices = 'ls -l /dev | grep -v core | cut -c1-10,58-';

/** A file for one case in the daemon's directory. @returns its path */
function file(client: CtrClient, name: string, content: string): string {
  const path = join(client.sandbox.places.directory, name);
  writeFileSync(path, content);
  return path;
}

const rights: readonly Case<CtrClient>[] = [
  observed('the default rights, limits and devices', {
    script: `${status}; cat /proc/self/limits; ${devices}`,
    known: /^CapEff:\t00000000a80425fb$/m,
  }),
  observed('--cap-add and --cap-drop', {
    script: status,
    flags: ['--cap-add', 'CAP_SYS_ADMIN', '--cap-drop', 'CAP_MKNOD'],
    known: /^CapEff:\t00000000a02425fb$/m,
  }),
  observed('--allow-new-privs', { script: status, flags: ['--allow-new-privs'], known: /^NoNewPrivs:\t0$/m }),
  observed('--seccomp: the default profile', {
    script: `${status}; unshare -U true 2>&1; chroot / true && echo chroots`,
    flags: ['--seccomp'],
    known: /^Seccomp:\t2$/m,
  }),
  {
    name: '--seccomp-profile: a profile of the user\'s own',
    run: async (client) => {
      const profile = file(client, 'seccomp.json', JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 }],
      }));
      const flags = ['--seccomp', '--seccomp-profile', profile];
      const seen = await ask(client, 'mkdir /x 2>&1; touch /y && echo touched', flags);
      expect(seen).toMatch(/not supported\ntouched$/);
      return seen;
    },
  },
  observed('--privileged: all rights that there are, and all devices', {
    script: `${status}; ls /dev | grep -v core | wc -l; grep -E " /(sys|proc) " /proc/self/mountinfo | cut -d" " -f5,6`,
    flags: ['--privileged'],
    known: /^\/sys r/m,
  }),
];

const places: readonly Case<CtrClient>[] = [
  {
    name: '--env, --env-file and the image\'s own environment',
    run: async (client) => {
      const variables = file(client, 'variables', 'C=d e\n#F=g\n');
      const seen = await ask(client, 'env | sort', ['--env', 'A=b', '--env-file', variables]);
      expect(seen).toMatch(/^A=b\nC=d e$/m);
      return seen;
    },
  },
  observed('--cwd', { script: 'pwd', flags: ['--cwd', '/usr'], known: /^\/usr$/ }),
  observed('--cwd that is not there is made', {
    script: 'pwd; ls -ld . | cut -c1-10',
    flags: ['--cwd', '/new/place'],
    known: /^\/new\/place\ndrwx/,
  }),
  observed('the default mounts', {
    script: 'cut -d" " -f5- /proc/self/mountinfo | sed "s/shared:[0-9]*//;s/master:[0-9]*//;s/ - overlay.*//"',
    known: /^\/proc /m,
  }),
  observed('masked and read-only paths', {
    script: '(ls /proc/acpi /sys/firmware; echo 1 >/proc/sys/kernel/panic; touch /proc/irq/x) 2>&1; true',
    known: /Read-only file system/,
  }),
];

const ownNamespaces = 'readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts';

const namespaces: readonly Case<CtrClient>[] = [
  {
    name: '--net-host: the devices of the host',
    run: async (client) => {
      const script = 'readlink /proc/self/ns/net; cut -d: -f1 /proc/net/dev';
      const inside = await ask(client, script, ['--net-host']);
      expect(`${inside}\n`).toBe((await client.sandbox.run(['sh', '-c', script])).stdout);
    },
  },
  observed('a network of its own has only its loopback', {
    script: 'cut -d: -f1 /proc/net/dev | tail -n +3; ip address show lo',
    known: /^ +lo\n/,
  }),
  {
    name: '--with-ns joins namespaces',
    run: async (client) => {
      const flags = ['--with-ns', 'ipc:/proc/1/ns/ipc', '--with-ns', 'uts:/proc/1/ns/uts'];
      const inside = await ask(client, ownNamespaces, flags);
      expect(`${inside}\n`).toBe((await client.sandbox.run(['sh', '-c', ownNamespaces])).stdout);
    },
  },
  {
    ...userNamespaces,
    ...observed('--uidmap and --gidmap: a user namespace', {
      script: 'id -u; cat /proc/self/uid_map /proc/self/gid_map; touch /tmp/x && stat -c %u /tmp/x',
      flags: ['--uidmap', '0:100000:65536', '--gidmap', '0:200000:65536'],
      known: /0 +200000 +65536/,
    }),
  },
];

export const processCases = [...rights, ...slowly([...places, ...namespaces])];
