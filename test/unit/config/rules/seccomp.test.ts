import { refuses } from './cases.ts';

refuses('seccomp', [
  [
    'errno with actions that have none',
    {
      '/linux/seccomp': {
        defaultAction: 'SCMP_ACT_KILL',
        defaultErrnoRet: 1,
        syscalls: [
          { names: ['a'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
          { names: ['b'], action: 'SCMP_ACT_ALLOW', errnoRet: 0 },
        ],
      },
    },
    "/linux/seccomp/defaultErrnoRet: 1 can't be returned by SCMP_ACT_KILL, only by SCMP_ACT_ERRNO and SCMP_ACT_TRACE",
    "/linux/seccomp/syscalls/1/errnoRet: 0 can't be returned by SCMP_ACT_ALLOW, only by SCMP_ACT_ERRNO and " +
      'SCMP_ACT_TRACE',
  ],
  [
    'metadata without a listener',
    { '/linux/seccomp': { defaultAction: 'SCMP_ACT_ALLOW', listenerMetadata: 'x' } },
    '/linux/seccomp/listenerMetadata: allowed only with listenerPath',
  ],
  [
    'a rule without names',
    { '/linux/seccomp': { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: [], action: 'SCMP_ACT_LOG' }] } },
    '/linux/seccomp/syscalls/0/names: without entries, at least 1 is required',
  ],
  [
    'numbers that the kernel would take for others',
    {
      '/linux/seccomp': {
        defaultAction: 'SCMP_ACT_TRACE', defaultErrnoRet: 65536,
        syscalls: [{ names: ['a'], action: 'SCMP_ACT_ERRNO', errnoRet: 4096 }],
      },
    },
    '/linux/seccomp/defaultErrnoRet: 65536 is more than 65535, the largest that SCMP_ACT_TRACE can return',
    '/linux/seccomp/syscalls/0/errnoRet: 4096 is more than 4095, the largest that SCMP_ACT_ERRNO can return',
  ],
  [
    'notifications that would stop the container before anybody hears them',
    {
      '/linux/seccomp': {
        defaultAction: 'SCMP_ACT_NOTIFY', listenerPath: '/run/agent',
        syscalls: [{ names: ['read', 'write'], action: 'SCMP_ACT_NOTIFY' }],
      },
    },
    '/linux/seccomp/defaultAction: SCMP_ACT_NOTIFY would stop the container before its agent is there',
    '/linux/seccomp/syscalls/0/names/1: write with SCMP_ACT_NOTIFY would stop the container before its agent is there',
  ],
  [
    'notifications for nobody',
    {
      '/linux/seccomp': {
        defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
      },
    },
    '/linux/seccomp/syscalls/0/action: SCMP_ACT_NOTIFY needs a listenerPath',
  ],
  [
    'an empty name',
    { '/linux/seccomp': { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['a', ''], action: 'SCMP_ACT_LOG' }] } },
    '/linux/seccomp/syscalls/0/names/1: is empty',
  ],
]);
