// The words that config.json may hold, as the text of runtime-spec 1.3.0 lists them.

import { describe, expect, test } from 'vitest';
import { changed, fullConfig } from './configs.ts';
import { problemsOf } from './problems.ts';

describe('enumerations have the values of the specification', () => {
  test.each([
    [
      '/process/rlimits/0/type',
      'RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_LOCKS, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, ' +
        'RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RSS, RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING, ' +
        'RLIMIT_STACK',
    ],
    [
      '/process/scheduler/policy',
      'SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE, SCHED_DEADLINE',
    ],
    [
      '/process/scheduler/flags/0',
      'SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN, SCHED_FLAG_KEEP_POLICY, ' +
        'SCHED_FLAG_KEEP_PARAMS, SCHED_FLAG_UTIL_CLAMP_MIN, SCHED_FLAG_UTIL_CLAMP_MAX',
    ],
    ['/linux/namespaces/0/type', 'pid, network, mount, ipc, uts, user, cgroup, time'],
    ['/linux/devices/0/type', 'c, b, u, p'],
    ['/linux/resources/devices/0/type', 'a, c, b'],
    ['/linux/rootfsPropagation', 'shared, slave, private, unbindable, rshared, rslave, rprivate, runbindable'],
    [
      '/linux/memoryPolicy/mode',
      'MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE, MPOL_PREFERRED, MPOL_PREFERRED_MANY, ' +
        'MPOL_LOCAL',
    ],
    ['/linux/memoryPolicy/flags/0', 'MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES'],
    [
      '/linux/seccomp/architectures/0',
      'SCMP_ARCH_X86, SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_ARM, SCMP_ARCH_AARCH64, SCMP_ARCH_MIPS, ' +
        'SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64N32, SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64N32, ' +
        'SCMP_ARCH_PPC, SCMP_ARCH_PPC64, SCMP_ARCH_PPC64LE, SCMP_ARCH_S390, SCMP_ARCH_S390X, SCMP_ARCH_PARISC, ' +
        'SCMP_ARCH_PARISC64, SCMP_ARCH_RISCV64, SCMP_ARCH_LOONGARCH64, SCMP_ARCH_M68K, SCMP_ARCH_SH, SCMP_ARCH_SHEB',
    ],
    [
      '/linux/seccomp/flags/0',
      'SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, ' +
        'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
    ],
    ['/linux/personality/domain', 'LINUX, LINUX32'],
    ['/process/ioPriority/class', 'IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE'],
    [
      '/linux/seccomp/syscalls/0/args/0/op',
      'SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ',
    ],
    [
      '/linux/seccomp/defaultAction',
      'SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE, ' +
        'SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_NOTIFY',
    ],
  ])('%s', (pointer, values) => {
    expect(problemsOf(changed(fullConfig(), { [pointer]: 'other' }))).toContain(
      `config.json: ${pointer}: "other" is not one of ${values}`,
    );
    for (const value of values.split(', ')) {
      expect(problemsOf(changed(fullConfig(), { [pointer]: value })).join()).not.toContain('is not one of');
    }
  });
});
