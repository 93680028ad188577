import { expect, test } from 'vitest';
import * as L from '../../../src/linux/constants.ts';
import { knownMountOptions, parseMountOptions } from '../../../src/plan/mount-options.ts';

test('parseMountOptions() tells bind mounts by option or type, recursive ones by rbind', () => {
  expect(parseMountOptions([], 'bind')).toMatchObject({ bind: true, recursive: false });
  expect(parseMountOptions(['bind'], 'none')).toMatchObject({ bind: true, recursive: false });
  expect(parseMountOptions(['rbind'])).toMatchObject({ bind: true, recursive: true });
  expect(parseMountOptions(['nosuid'], 'tmpfs')).toMatchObject({ bind: false, recursive: false });
});

test.each<[string[], { set: number; clear: number }]>([
  [['nosuid', 'nodev', 'noexec'], { set: 14, clear: 0 }],
  [['nosuid', 'suid'], { set: 0, clear: L.MOUNT_ATTR_NOSUID }],
  [['suid', 'nosuid'], { set: L.MOUNT_ATTR_NOSUID, clear: 0 }],
  [['ro'], { set: L.MOUNT_ATTR_RDONLY, clear: 0 }],
  [['ro', 'rw'], { set: 0, clear: 0 }],
  [['noatime'], { set: L.MOUNT_ATTR_NOATIME, clear: L.MOUNT_ATTR__ATIME }],
  [['noatime', 'strictatime'], { set: L.MOUNT_ATTR_STRICTATIME, clear: L.MOUNT_ATTR__ATIME }],
  [['strictatime', 'relatime'], { set: 0, clear: L.MOUNT_ATTR__ATIME }],
  [['nosymfollow', 'nodiratime'], { set: L.MOUNT_ATTR_NOSYMFOLLOW | L.MOUNT_ATTR_NODIRATIME, clear: 0 }],
])('parseMountOptions(%j) lets the later option win', (options, attributes) => {
  expect(parseMountOptions(options).attributes).toEqual(attributes);
});

test('parseMountOptions() keeps recursive attributes and propagation apart', () => {
  const parsed = parseMountOptions(['rbind', 'rro', 'rnoatime', 'nosuid', 'rslave', 'shared']);
  expect(parsed.recursiveAttributes).toEqual({
    set: L.MOUNT_ATTR_RDONLY | L.MOUNT_ATTR_NOATIME,
    clear: L.MOUNT_ATTR__ATIME,
  });
  expect(parsed.attributes).toEqual({ set: L.MOUNT_ATTR_NOSUID, clear: 0 });
  expect(parsed.propagation).toEqual([L.MS_SLAVE | L.MS_REC, L.MS_SHARED]);
});

test('parseMountOptions() leaves what it does not know to the file system', () => {
  expect(parseMountOptions(['size=64k', 'mode=755', 'sync', 'newinstance', 'iversion', 'defaults'])).toMatchObject({
    data: ['size=64k', 'mode=755', 'newinstance'],
    superblock: ['sync'],
    legacyFlags: L.MS_I_VERSION,
  });
});

test('knownMountOptions() has every option of the runtime-spec that nunc has', () => {
  const spec = `async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime
    noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime
    relatime remount rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro
    rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave
    strictatime suid symfollow sync unbindable`.split(/\s+/);
  expect(knownMountOptions().sort()).toEqual(spec.sort());
});
