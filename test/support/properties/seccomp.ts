// linux.seccomp, asked of the shell's own system calls.

import { expect } from 'vitest';
import type { SyscallName } from '../../../src/linux/syscalls.ts';
import { syscalls } from '../../../src/linux/syscalls.ts';
import type { BundleSpec } from '../bundle.ts';
import { type Property, statusField, TOO_NEW } from './property.ts';

type Seccomp = NonNullable<BundleSpec['linux']['seccomp']>;

const MAKES_DIRECTORIES: readonly SyscallName[] = ['mkdir', 'mkdirat'];
const EVERYTHING = Object.keys(syscalls.x86_64) as SyscallName[];
const EVERYTHING_ELSE = EVERYTHING.filter((name) => !MAKES_DIRECTORIES.includes(name));

const filtered = (pid: number): void => expect(statusField(pid, 'Seccomp')).toBe('2');

function seccomp(names: readonly string[], profile: Seccomp, inside: readonly [string, string]): Property {
  return {
    names: names.map((name) => `linux.seccomp.${name}`),
    set: (spec) => void (spec.linux.seccomp = structuredClone(profile)),
    inside,
    outside: filtered,
  };
}

const DENY_DIRECTORIES: Seccomp = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: [...MAKES_DIRECTORIES], action: 'SCMP_ACT_ERRNO' }],
};
const MAKE = 'mkdir /tmp/new 2>&1; echo $?';
const says = (reason: string): string => `mkdir: can't create directory '/tmp/new': ${reason}\n1`;

export const seccompProperties: readonly Property[] = [
  seccomp(['defaultAction', 'syscalls[].names[]', 'syscalls[].action'], DENY_DIRECTORIES, [
    MAKE, says('Operation not permitted'),
  ]),
  seccomp(
    ['defaultErrnoRet'],
    {
      defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 75,
      syscalls: [{ names: EVERYTHING_ELSE, action: 'SCMP_ACT_ALLOW' }],
    },
    [MAKE, says('Value too large for defined data type')],
  ),
  seccomp(
    ['syscalls[].errnoRet'],
    { ...DENY_DIRECTORIES, syscalls: [{ names: [...MAKES_DIRECTORIES], action: 'SCMP_ACT_ERRNO', errnoRet: 28 }] },
    [MAKE, says('No space left on device')],
  ),
  seccomp(['architectures[]'], { ...DENY_DIRECTORIES, architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] }, [
    MAKE, says('Operation not permitted'),
  ]),
  {
    ...seccomp(['flags[]'], { ...DENY_DIRECTORIES, flags: ['SECCOMP_FILTER_FLAG_LOG'] }, [
      MAKE, says('Operation not permitted'),
    ]),
    notInRunc: TOO_NEW,
  },
  // Without SCMP_ACT_NOTIFY nobody is told of anything.
  seccomp(
    ['listenerPath', 'listenerMetadata'],
    { ...DENY_DIRECTORIES, listenerPath: '/nonexistent', listenerMetadata: 'x' },
    [MAKE, says('Operation not permitted')],
  ),
  seccomp(
    ['syscalls[].args[].index', 'syscalls[].args[].value', 'syscalls[].args[].valueTwo', 'syscalls[].args[].op'],
    {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{
        names: ['kill'],
        action: 'SCMP_ACT_ERRNO',
        // SIGCONT is 18.
        args: [{ index: 1, value: 0xff, valueTwo: 18, op: 'SCMP_CMP_MASKED_EQ' }],
      }],
    },
    ['kill -0 $$; echo $?; kill -CONT $$ 2>/dev/null; echo $?', '0\n1'],
  ),
];
