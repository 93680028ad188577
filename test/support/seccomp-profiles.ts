// The default profiles of Docker and Podman, as they are for a container with the default capabilities on x86_64 (the
// managers resolve "includes" and "excludes" before a runtime sees anything): facts about moby/profiles (2025) and
// containers/common (0.57) in a form of our own.

import type { Seccomp, SyscallArgument, SyscallRule } from '../../src/config/types.ts';

const ARCHITECTURES = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'] as const;
const EINVAL = 22;
const ENOSYS = 38;
const EPERM = 1;

/** What both let through. */
const COMMON = `
  _llseek _newselect accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown chown32 clock_adjtime
  clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64
  close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old
  epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat
  faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchown fchown32 fchownat fcntl
  fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64
  fsync ftruncate ftruncate64 futex futex_time64 futimesat get_robust_list get_thread_area getcpu getcwd getdents
  getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid
  getpgrp getpid getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid
  getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr inotify_add_watch inotify_init inotify_init1
  inotify_rm_watch io_cancel io_destroy io_getevents io_setup io_submit ioctl ioprio_get ioprio_set ipc kill lchown
  lchown32 lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 madvise
  memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 mprotect mq_getsetattr mq_notify
  mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap msgctl msgget msgrcv
  msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat open openat openat2 pause pidfd_open
  pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2
  prlimit64 pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom
  recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq
  rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
  rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
  sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
  sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 send
  sendfile sendfile64 sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address setfsgid setfsgid32
  setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid
  setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat
  shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 sigreturn socketcall socketpair splice stat stat64 statfs
  statfs64 statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete
  timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
  timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink
  unlinkat utime utimensat utimensat_time64 utimes vfork wait4 waitid waitpid write writev`;

const DOCKER = `
  cachestat fchmodat2 futex_requeue futex_wait futex_waitv futex_wake getxattrat io_pgetevents io_pgetevents_time64
  landlock_add_rule landlock_create_ruleset landlock_restrict_self listmount listxattrat map_shadow_stack membarrier
  memfd_secret mseal process_mrelease removexattrat riscv_hwprobe setxattrat sigprocmask statmount uretprobe vmsplice`;

const PODMAN = `
  clone clone3 fsconfig fsmount fsopen fspick keyctl mount move_mount open_tree pidfd_getfd pivot_root readdir reboot
  setns syslog umount umount2 unshare`;

const PODMAN_DENIED = `
  bdflush io_pgetevents kexec_file_load kexec_load membarrier migrate_pages move_pages nfsservctl nice oldfstat oldlstat
  oldolduname oldstat olduname pciconfig_iobase pciconfig_read pciconfig_write sgetmask ssetmask swapcontext swapoff
  swapon sysfs uselib userfaultfd ustat vm86 vm86old vmsplice`;

/** One rule each, for capabilities that a container doesn't have. */
const PODMAN_PRIVILEGED = [
  'open_by_handle_at', 'bpf fanotify_init lookup_dcookie perf_event_open quotactl setdomainname sethostname setns',
  'delete_module init_module finit_module query_module', 'get_mempolicy mbind set_mempolicy', 'acct',
  'kcmp process_madvise process_vm_readv process_vm_writev ptrace', 'iopl ioperm',
  'settimeofday stime clock_settime clock_settime64', 'vhangup',
];

/** The namespaces that clone(2) must not make: CLONE_NEWNS, CLONE_NEWCGROUP and so on. */
const NAMESPACES = 0x7e02_0000;
/** Address families that Docker lets through, behind the ones from 1 to 11. */
const FAMILIES = [13, 14, 15, 16, 17, 18, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 39, 41, 42, 43, 44, 45];
const PERSONALITIES = [0, 8, 0x2_0000, 0x2_0008, 0xffff_ffff];

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

function allow(names: string, args?: readonly SyscallArgument[]): SyscallRule {
  return { names: words(names), action: 'SCMP_ACT_ALLOW', ...(args === undefined ? {} : { args }) };
}

function deny(names: string, errnoRet: number, args?: readonly SyscallArgument[]): SyscallRule {
  return { names: words(names), action: 'SCMP_ACT_ERRNO', errnoRet, ...(args === undefined ? {} : { args }) };
}

const isPersonality = PERSONALITIES.map((value) => allow('personality', [{ index: 0, value, op: 'SCMP_CMP_EQ' }]));

export const docker: Seccomp = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: EPERM,
  architectures: ARCHITECTURES,
  syscalls: [
    allow(COMMON + DOCKER),
    allow('process_vm_readv process_vm_writev ptrace'),
    allow('socket', [{ index: 0, value: 12, op: 'SCMP_CMP_LT' }]),
    ...FAMILIES.map((value) => allow('socket', [{ index: 0, value, op: 'SCMP_CMP_EQ' }])),
    ...isPersonality,
    allow('arch_prctl'),
    allow('modify_ldt'),
    allow('clone', [{ index: 0, value: NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]),
    deny('clone3', ENOSYS),
    allow('chroot'),
  ],
};

const AF_NETLINK = 16;
const NETLINK_AUDIT = 9;

export const podman: Seccomp = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: ENOSYS,
  architectures: ARCHITECTURES,
  syscalls: [
    deny(PODMAN_DENIED, EPERM),
    allow(COMMON + PODMAN),
    ...isPersonality,
    allow('arch_prctl'),
    allow('modify_ldt'),
    ...PODMAN_PRIVILEGED.map((names) => deny(names, EPERM)),
    allow('chroot'),
    deny('socket', EINVAL, [
      { index: 0, value: AF_NETLINK, op: 'SCMP_CMP_EQ' }, { index: 2, value: NETLINK_AUDIT, op: 'SCMP_CMP_EQ' },
    ]),
    allow('socket', [{ index: 2, value: NETLINK_AUDIT, op: 'SCMP_CMP_NE' }]),
    allow('socket', [{ index: 0, value: AF_NETLINK, op: 'SCMP_CMP_NE' }]),
    allow('socket', [{ index: 2, value: NETLINK_AUDIT, op: 'SCMP_CMP_NE' }]),
  ],
};
