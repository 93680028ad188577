import { expect, test } from 'vitest';
import { parseKernelFileSystems } from '../../../src/host/kernel-file-systems.ts';

const mountinfo = `22 27 0:21 / /proc rw,relatime - proc proc rw
23 27 0:22 / /sys rw,relatime shared:3 - sysfs sysfs rw
24 27 0:6 / /dev rw - devtmpfs devtmpfs rw
27 1 254:0 / / rw - ext4 /dev/vda rw
90 27 0:50 / /a\\040b/proc rw - proc proc rw
`;

test('parseKernelFileSystems() lists procfs and sysfs mounts, the last mounted first', () => {
  expect(parseKernelFileSystems(mountinfo)).toEqual(['/a b/proc', '/sys', '/proc']);
});
