import { expect, test } from 'vitest';

import { sysctlPath } from '../../../src/plan/sysctl.ts';

test.each([
  ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
  ['net/ipv4/ip_forward', 'net/ipv4/ip_forward'],
  ['net.ipv4.conf.eth0/100.forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
  ['net/ipv4/conf/eth0.100/forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
])('sysctlPath(%j) is %j, as with sysctl(8)', (name, path) => {
  expect(sysctlPath(name)).toBe(path);
});
