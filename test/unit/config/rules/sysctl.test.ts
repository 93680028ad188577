import { expect, test } from 'vitest';
import { sysctlNamespace, sysctlPath } from '../../../../src/config/rules/sysctl.ts';
import { refuses, without } from './cases.ts';

refuses('sysctl', [
  [
    'of the host',
    {
      '/linux/sysctl': {
        'kernel.pid_max': '1',
        'vm/swappiness': '1',
        'kernel.msgmax2': '1',
        'fs.mqueue': '1',
        net: '1',
      },
    },
    '/linux/sysctl/kernel.pid_max: belongs to no namespace, setting it would change the host',
    '/linux/sysctl/vm~1swappiness: belongs to no namespace, setting it would change the host',
    '/linux/sysctl/kernel.msgmax2: belongs to no namespace, setting it would change the host',
    '/linux/sysctl/fs.mqueue: belongs to no namespace, setting it would change the host',
    '/linux/sysctl/net: belongs to no namespace, setting it would change the host',
  ],
  [
    "of namespaces that are the host's",
    {
      ...without('ipc', 'network', 'uts'),
      '/linux/sysctl': {
        'kernel.sem': '1',
        'fs/mqueue/msg_max': '1',
        'net.core.somaxconn': '1',
        'kernel.domainname': 'x',
      },
    },
    '/linux/sysctl/kernel.sem: would change the host: allowed only with an ipc namespace in /linux/namespaces',
    '/linux/sysctl/fs~1mqueue~1msg_max: would change the host: allowed only with an ipc namespace in /linux/namespaces',
    '/linux/sysctl/net.core.somaxconn: would change the host: allowed only with a network namespace in ' +
      '/linux/namespaces',
    '/linux/sysctl/kernel.domainname: would change the host: allowed only with a uts namespace in /linux/namespaces',
  ],
  [
    'user.* without a user namespace',
    { '/linux/sysctl': { 'user.max_user_namespaces': '1' } },
    '/linux/sysctl/user.max_user_namespaces: would change the host: allowed only with a user namespace in ' +
      '/linux/namespaces',
  ],
  [
    'hostname',
    { '/linux/sysctl': { 'kernel/hostname': 'x' } },
    '/linux/sysctl/kernel~1hostname: not allowed here, use the property /hostname',
  ],
  [
    'out of its directory',
    {
      '/linux/sysctl': {
        'net/../kernel/core_pattern': '|x',
        'net.//.kernel.core_pattern': '|x',
        'net..x': '1',
        '': '1',
      },
    },
    '/linux/sysctl/net~1..~1kernel~1core_pattern: "net/../kernel/core_pattern" is not the name of a sysctl',
    '/linux/sysctl/net.~1~1.kernel.core_pattern: "net.//.kernel.core_pattern" is not the name of a sysctl',
    '/linux/sysctl/net..x: "net..x" is not the name of a sysctl',
    '/linux/sysctl/: "" is not the name of a sysctl',
  ],
  [
    'one in two spellings',
    { '/linux/sysctl': { 'net.core.somaxconn': '1', 'net/core/somaxconn': '2' } },
    '/linux/sysctl/net~1core~1somaxconn: "net/core/somaxconn" is the same sysctl as "net.core.somaxconn"',
  ],
]);

test.each([
  ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
  ['net/ipv4/conf/eth0.100/forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
  ['net.ipv4.conf.eth0/100.forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
  ['net.ipv4.conf.eth0.100.forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
  ['net.ipv6.neigh.a.b.c.retrans_time_ms', 'net/ipv6/neigh/a.b.c/retrans_time_ms'],
  ['net.ipv4.conf.all.forwarding', 'net/ipv4/conf/all/forwarding'],
  ['net/ipv4/conf/eth0/100/forwarding', 'net/ipv4/conf/eth0/100/forwarding'],
  ['net.ipv4.conf.eth0..100.forwarding', undefined],
  ['/net/x', undefined],
  ['net.x.', undefined],
  ['.', undefined],
])('sysctlPath() of %s', (name, path) => {
  expect(sysctlPath(name)).toBe(path);
});

test('sysctlNamespace() knows what belongs to whom', () => {
  const types = ['net/a', 'fs/mqueue/a', 'kernel/sem', 'user/a', 'kernel/domainname', 'kernel/panic', 'netx/a'];
  expect(types.map(sysctlNamespace)).toEqual(['network', 'ipc', 'ipc', 'user', 'uts', undefined, undefined]);
});
