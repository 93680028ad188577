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
]);
