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

test('parseMountOptions() knows the options that are not the kernel\'s', () => {
  expect(parseMountOptions(['idmap'])).toMatchObject({ idMapped: 'mount', data: [] });
  expect(parseMountOptions(['idmap', 'ridmap'])).toMatchObject({ idMapped: 'tree' });
  expect(parseMountOptions(['idmap=uids=0-0-1;gids=0-0-1'])).toMatchObject({ idMapped: 'mount', data: [] });
  expect(parseMountOptions(['ridmap=uids=0-0-1;gids=0-0-1'])).toMatchObject({ idMapped: 'tree', data: [] });
  expect(parseMountOptions(['notidmap=1'])).toMatchObject({ idMapped: 'no', data: ['notidmap=1'] });
  expect(parseMountOptions(['tmpcopyup', 'copy-symlink', 'src-nofollow', 'dest-nofollow'])).toMatchObject({
    copyUp: true, copySymlink: true, sourceNofollow: true, destinationNofollow: true, data: [],
  });
  expect(parseMountOptions([])).toMatchObject({
    idMapped: 'no', copyUp: false, copySymlink: false, sourceNofollow: false, destinationNofollow: false,
  });
});

test('parseMountOptions() takes crun\'s recursive superblock options for those of the one file system', () => {
  const parsed = parseMountOptions(['rsync', 'rasync', 'rdirsync', 'rmand', 'rnomand']);
  expect(parsed).toMatchObject({ superblock: ['sync', 'async', 'dirsync', 'mand', 'nomand'], data: [] });
});

test('knownMountOptions() has every option of the runtime-spec, and crun\'s own', () => {
  const spec = `async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime
    noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime
    relatime remount rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro
    rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave
    strictatime suid symfollow sync unbindable idmap ridmap tmpcopyup`.split(/\s+/);
  const crun = 'copy-symlink dest-nofollow rasync rdirsync rmand rnomand rsync src-nofollow'.split(' ');
  expect(knownMountOptions().sort()).toEqual([...spec, ...crun].sort());
});
