// What plans look like to a person.

import { describe, expect, test } from 'vitest';
import { nameFlags, nameMode, nameNumber, plainNumber } from '../../../src/plan/flag-names.ts';
import { formatArguments } from '../../../src/plan/format-value.ts';
import type { Call, Label, Operation, Slot, Value } from '../../../src/plan/operation.ts';
import { printPlan } from '../../../src/plan/print.ts';

const slot = (offset: number): Slot => offset as Slot;
const label = (name: string): Label => name as Label;
const story = { stage: 'init', origin: '', action: 'test' } as const;

describe('printPlan()', () => {
  test('prints stages, indices, origins, results and ways', () => {
    const operations: Operation[] = [
      { ...story, stage: 'stage0', kind: 'setns', args: [5, 0x40000000], origin: '/linux/namespaces/1' },
      {
        ...story, kind: 'openat2', origin: '/mounts/3', result: slot(16), tolerate: [2, 20],
        args: [{ slot: slot(8) }, { text: 'etc/hosts' }, { words: [0o12000000, 0, 0x12] }, 24],
      },
      {
        ...story, kind: 'mkdirat', args: [-100, { text: 'a "b"' }, 0o755], success: label('made'),
        on: [{ errno: 17, to: label('exists') }],
      },
      { ...story, kind: 'label', label: label('exists') },
      {
        ...story, kind: 'branch', value: { load: 28, size: 2 }, mask: 0xf000, test: 'equal', operand: 0x4000,
        to: label('made'),
      },
      { ...story, kind: 'branch', value: { slot: slot(8) }, test: 'not_equal', operand: 0, to: label('made') },
      { ...story, kind: 'set', slot: slot(8), value: { slot: slot(16) } },
      { ...story, kind: 'add', slot: slot(8), value: 16 },
      { ...story, kind: 'subtract', slot: slot(8), value: { slot: slot(16) } },
      { ...story, kind: 'pick', slot: slot(8), from: { memory: 24 }, index: { slot: slot(16) } },
      { ...story, kind: 'decimal', slot: slot(8), value: 7, into: 24 },
      { ...story, kind: 'fail', errno: 1 },
      { ...story, kind: 'fail', errno: 2, message: 'no such thing' },
      { ...story, kind: 'label', label: label('made') },
      {
        ...story, kind: 'find_home', descriptor: { slot: slot(8) }, uid: 5, into: 24, capacity: 100, scratch: 128,
        origin: '/process/user/uid',
      },
      { ...story, kind: 'jump', to: label('end') },
      { ...story, stage: 'start', kind: 'label', label: label('end') },
      {
        ...story, stage: 'start', kind: 'execve', origin: '/process/args',
        args: [{ text: '/bin/sh' }, { words: [{ text: 'sh' }, { memory: 8 }, 0] }, { words: [0] }],
      },
    ];
    expect(printPlan({ operations, memory: 8192, report: 7 })).toBe(`18 operations, 8192 bytes of memory, report to 7

stage0:
 0 setns(5, CLONE_NEWNET)  [/linux/namespaces/1]

init:
 1 openat2($8, "etc/hosts", {flags=O_PATH|O_CLOEXEC, mode=0, resolve=RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)\
 = $16  [/mounts/3]  tolerates ENOENT ENOTDIR
 2 mkdirat(AT_FDCWD, "a \\"b\\"", 0755)  EEXIST -> exists  success -> made
 3 exists:
 4 if memory[28:30] & 0xf000 == 0x4000 jump made
 5 if $8 != 0 jump made
 6 $8 = $16
 7 $8 += 16
 8 $8 -= $16
 9 $8 = &memory[24][$16]
10 $8 = decimal(7, &memory[24])
11 fail EPERM
12 fail ENOENT "no such thing"
13 made:
14 find_home($8, uid=5, &memory[24], 100, scratch=&memory[128])  [/process/user/uid]
15 jump end

start:
16 end:
17 execve("/bin/sh", ["sh", &memory[8], NULL], [NULL])  [/process/args]
`);
  });

  test('is the same for the same plan', () => {
    const plan = { operations: [{ ...story, kind: 'exit_group', args: [0] }] as Operation[], memory: 0, report: 3 };
    expect(printPlan(plan)).toBe(printPlan(structuredClone(plan)));
  });
});

describe('formatArguments()', () => {
  const capabilities = new Uint8Array(24);
  capabilities.set([0xfb, 0x04, 0x25, 0xa8], 0);
  capabilities[12] = 1;
  const long = Uint8Array.from({ length: 40 }, (_, index) => index);

  test.each<[Call['kind'], readonly Value[], string]>([
    ['openat', [-100, { text: 'x' }, 0], 'AT_FDCWD, "x", O_RDONLY'],
    ['openat', [5, { text: 'x' }, 0o2000302, 0o644], '5, "x", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0644'],
    ['mount', [0, { text: '/' }, 0, 0x84000, 0], 'NULL, "/", NULL, MS_REC|MS_SLAVE, NULL'],
    ['mount', [{ text: 'tmpfs' }, { text: '/x' }, { text: 'tmpfs' }, 0x40000006, { text: 'mode=755' }],
      '"tmpfs", "/x", "tmpfs", MS_NOSUID|MS_NODEV|0x40000000, "mode=755"'],
    ['mount_setattr', [{ slot: slot(0) }, { text: '' }, 0x9000, { words: [0x100001, 0x70, 0x40000, 9] }, 32],
      '$0, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_IDMAP, attr_clr=MOUNT_ATTR__ATIME, '
      + 'propagation=MS_PRIVATE, userns_fd=9}, 32'],
    ['move_mount', [3, { text: '' }, 4, { text: '' }, 0x44],
      '3, "", 4, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH'],
    ['open_tree', [-100, { text: '/a' }, 0o2000000 + 0x8001],
      'AT_FDCWD, "/a", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE'],
    ['fsconfig', [3, 1, { text: 'size' }, { text: '64k' }, 0], '3, FSCONFIG_SET_STRING, "size", "64k", 0'],
    ['fsconfig', [3, 6, 0, 0, 0], '3, FSCONFIG_CMD_CREATE, NULL, NULL, 0'],
    ['clone3', [{ words: [0x2_2000_8000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 6] }, 88],
      '{flags=CLONE_PARENT|CLONE_NEWPID|CLONE_INTO_CGROUP, pidfd=NULL, child_tid=NULL, parent_tid=NULL, '
      + 'exit_signal=SIGCHLD, stack=NULL, stack_size=0, tls=NULL, set_tid=NULL, set_tid_size=0, cgroup=6}, 88'],
    ['unshare', [0x0202_0080], 'CLONE_NEWTIME|CLONE_NEWNS|CLONE_NEWCGROUP'],
    ['prctl', [1, 9, 0, 0, 0], 'PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0'],
    ['prctl', [24, 21, 0, 0, 0], 'PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0'],
    ['prctl', [47, 2, 10, 0, 0], 'PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0'],
    ['prctl', [47, 4, 0, 0, 0], 'PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0'],
    ['prctl', [38, 1, 0, 0, 0], 'PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0'],
    ['capset', [{ bytes: Uint8Array.of(0x22, 5, 8, 0x20, 0, 0, 0, 0) }, { bytes: capabilities }],
      '{version=0x20080522, pid=0}, {effective=0x1a82504fb, permitted=0x0, inheritable=0x0}'],
    ['setgroups', [2, { bytes: Uint8Array.of(5, 0, 0, 0, 0, 1, 0, 0) }], '2, [5, 256]'],
    ['setgroups', [0, 0], '0, 0'],
    ['setresuid', [100000, -1, 0], '100000, -1, 0'],
    ['prlimit64', [0, 7, { words: [1024, -1] }, 0], '0, RLIMIT_NOFILE, {cur=1024, max=RLIM_INFINITY}, NULL'],
    ['mknodat', [3, { text: 'null' }, 0o20666, 0x103], '3, "null", S_IFCHR|0666, makedev(1, 3)'],
    ['mknodat', [3, { text: 'x' }, 0o60600, 0x1234_5fff], '3, "x", S_IFBLK|0600, makedev(1119, 74751)'],
    ['close_range', [7, 0xffff_ffff, 4], '7, 4294967295, CLOSE_RANGE_CLOEXEC'],
    ['umount2', [{ text: '.' }, 2], '".", MNT_DETACH'],
    ['statx', [3, { text: '' }, 0x1000, 3, { memory: 64 }], '3, "", AT_EMPTY_PATH, STATX_TYPE|STATX_MODE, &memory[64]'],
    ['ioctl', [0, 0x540e, 1], '0, TIOCSCTTY, 1'],
    ['ioctl', [0, 0x12345, 0], '0, 0x12345, 0'],
    ['getpid', [], ''],
    ['getcpu', [-1, 0x10000, -0x20000], '-1, 0x10000, 0xfffffffffffe0000'],
    ['write', [1, { bytes: Uint8Array.of(1, 0xff) }, 2], '1, 0x01ff, 2'],
    ['write', [1, { bytes: long }, 40],
      '1, 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f… (40 bytes, c9f427bd), 40'],
    ['read', [0, 0, 0x20000], '0, NULL, 131072'],
  ])('shows %s(…)', (name, args, text) => {
    expect(formatArguments(name, args).join(', ')).toBe(text);
  });

  test('tells long constants apart', () => {
    const other = long.slice();
    other[39] = 0;
    const show = (bytes: Uint8Array): string => formatArguments('write', [1, { bytes }, 40]).join();
    expect(show(other)).not.toBe(show(long));
  });
});

describe('names', () => {
  test('nameFlags() shows 64 bits, and bits without names', () => {
    expect(nameFlags('clone', 0x1_0000_0000)).toBe('CLONE_CLEAR_SIGHAND');
    expect(nameFlags('umount', 0)).toBe('0');
    expect(nameFlags('umount', 0x12)).toBe('MNT_DETACH|0x10');
    expect(nameFlags('umount', -1)).toBe('MNT_FORCE|MNT_DETACH|MNT_EXPIRE|UMOUNT_NOFOLLOW|0xfffffffffffffff0');
  });

  test('nameNumber(), nameMode() and plainNumber()', () => {
    expect(nameNumber('directory', -100)).toBe('AT_FDCWD');
    expect(nameNumber('directory', 3)).toBe('3');
    expect(nameMode(0o1777)).toBe('01777');
    expect(plainNumber(-4095)).toBe('-4095');
    expect(plainNumber(2 ** 40)).toBe('0x10000000000');
  });
});
