// linux.seccomp, asked of the kernel: programs in containers make the system calls that a profile is about. What a
// filter answers to which call is compared with libseccomp in test/unit/seccomp/; here the kernel is to agree.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Seccomp, SyscallRule } from '../../src/config/types.ts';
import type { CreatePlan } from '../../src/plan/create-plan.ts';
import type { Operation } from '../../src/plan/operation.ts';
import { AUDIT } from '../../src/seccomp/architectures.ts';
import { compileFilter } from '../../src/seccomp/compile.ts';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import { runFilter, type SystemCall } from '../support/bpf.ts';
import { type Bundle, type BundleSpec, makeBundle, writeConfig } from '../support/bundle.ts';
import { tryLife } from '../support/library.ts';
import { missing, requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';
import { docker } from '../support/seccomp-profiles.ts';

const test = requires('root', 'busybox', 'gcc');
const test32 = requires('root', 'busybox', 'gcc', 'ia32');
const testNunc = requires('root', 'busybox', 'nunc');

const support = join(import.meta.dirname, '../support');
const SIGSYS = 31;
const ENOSYS = 38;
/** Calls that do no harm, and have no use for a sixth argument. */
const HARMLESS = {
  getpgid: 121, getsid: 124, sched_get_priority_max: 146, sched_get_priority_min: 147, getrusage: 98, getrlimit: 97,
  getpriority: 140,
} as const;
const NAMES = Object.keys(HARMLESS) as (keyof typeof HARMLESS)[];

/** Puts the prober into a bundle. */
function installProbe({ rootfs }: Bundle): void {
  const target = join(rootfs, 'probe');
  execFileSync('gcc', ['-static', '-O1', '-o', target, join(support, 'system-call-probe.c')]);
}

function lineOf({ number, architecture, args }: SystemCall): string {
  const signed = number > 0x7fff_ffff ? number - 2 ** 32 : number;
  return [architecture === AUDIT.x86 ? 32 : 64, signed, ...args.map((arg) => arg.toString(16))].join(' ');
}

/** Makes system calls in a container. @returns what became of each: `errno 1`, `result 5`, `signal 31` */
async function probe(seccomp: Seccomp, calls: readonly SystemCall[]): Promise<string[]> {
  return runProbe(await probeBundle(seccomp, calls));
}

async function probeBundle(seccomp: Seccomp, calls: readonly SystemCall[]): Promise<Bundle> {
  const bundle = await bundleFor('', (spec) => {
    spec.process.args = ['/probe', '/list'];
    setProfile(spec, seccomp);
  }, { prepare: installProbe });
  writeFileSync(join(bundle.rootfs, 'list'), calls.map((each) => `${lineOf(each)}\n`).join(''));
  return bundle;
}

function setProfile(spec: BundleSpec, seccomp: Seccomp): void {
  spec.linux.seccomp = structuredClone(seccomp) as typeof spec.linux.seccomp & object;
}

async function runProbe(bundle: Bundle): Promise<string[]> {
  const { status, stdout, stderr } = await runBundle(bundle);
  if (status !== 0) throw new Error(`the prober ended with ${String(status)}: ${stderr}${stdout}`);
  return stdout.trimEnd().split('\n');
}

function call(number: number, args: readonly bigint[] = []): SystemCall {
  return { number, architecture: AUDIT.x86_64, args };
}

test('actions: the kernel does what each says', async () => {
  const rule = (name: keyof typeof HARMLESS, action: SyscallRule['action'], errnoRet?: number): SyscallRule =>
    ({ names: [name], action, ...(errnoRet === undefined ? {} : { errnoRet }) });
  const seccomp: Seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      rule('getpgid', 'SCMP_ACT_KILL_PROCESS'), rule('getsid', 'SCMP_ACT_KILL_THREAD'),
      rule('sched_get_priority_max', 'SCMP_ACT_TRAP'), rule('sched_get_priority_min', 'SCMP_ACT_LOG'),
      rule('getrusage', 'SCMP_ACT_TRACE', 7), rule('getrlimit', 'SCMP_ACT_KILL'), rule('getpriority', 'SCMP_ACT_ERRNO'),
    ],
  };
  // Without a tracer SCMP_ACT_TRACE is ENOSYS; SCMP_ACT_ERRNO without a number is EPERM. SCHED_OTHER is policy 0.
  expect(await probe(seccomp, NAMES.map((name) => call(HARMLESS[name])))).toEqual([
    `signal ${SIGSYS}`, `signal ${SIGSYS}`, `signal ${SIGSYS}`, 'result 0', `errno ${ENOSYS}`, `signal ${SIGSYS}`,
    'errno 1',
  ]);
});

test('defaultAction and defaultErrnoRet: for what no rule names', async () => {
  const seccomp = { ...docker, defaultErrnoRet: 77 };
  expect(await probe(seccomp, [call(0x5000), call(155), call(39)])).toEqual([
    `errno ${ENOSYS}`, 'errno 77', expect.stringMatching(/^result/),
  ]);
});

test('args: all operators, on 64 bits exactly', async () => {
  const operators = [
    'SCMP_CMP_NE', 'SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_EQ', 'SCMP_CMP_GE', 'SCMP_CMP_GT', 'SCMP_CMP_MASKED_EQ',
  ] as const;
  // In the place of numbers that JavaScript can't write into a config.
  const [value, valueTwo] = [0x8000_0001_0000_0003n, 0x8000_0000_0000_0002n];
  const [placeholder, second] = [1234567890123, 3210987654321];
  const seccomp: Seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: operators.map((op, i) => ({
      names: [NAMES[i] ?? ''], action: 'SCMP_ACT_ERRNO', errnoRet: 200 + i,
      args: [{ index: 5, value: placeholder, valueTwo: second, op }],
    })),
  };
  const arguments_ = [0n, 2n, 3n, value - 1n, value, value + 1n, 0x8000_0002_0000_0003n, 0x8000_0000_ffff_ffffn,
    0x8000_0000_0000_0002n, 0xffff_fffe_ffff_fffen, 0xffff_ffff_ffff_ffffn];
  const calls = arguments_.flatMap((argument) =>
    NAMES.map((name) => call(HARMLESS[name], [0n, 0n, 0n, 0n, 0n, argument])));
  const bundle = await probeBundle(seccomp, calls);
  const config = join(bundle.directory, 'config.json');
  const text = readFileSync(config, 'utf8').replaceAll(String(placeholder), String(value));
  writeFileSync(config, text.replaceAll(String(second), String(valueTwo)));
  const holds = (i: number, argument: bigint): boolean => [
    argument !== value, argument < value, argument <= value, argument === value, argument >= value, argument > value,
    (argument & value) === (valueTwo & value),
  ][i] ?? false;
  const answers = await runProbe(bundle);
  expect(answers).toHaveLength(calls.length);
  for (const [i, answer] of answers.entries()) {
    const [argument, operator] = [arguments_[Math.floor(i / NAMES.length)] ?? 0n, i % NAMES.length];
    expect([operators[operator], argument.toString(16), answer === `errno ${200 + operator}`])
      .toEqual([operators[operator], argument.toString(16), holds(operator, argument)]);
  }
});

test('a profile like Docker\'s: the kernel refuses exactly what the compiled filter refuses', async () => {
  // Numbers that no call gives.
  const rules = docker.syscalls?.map((rule) => rule.action === 'SCMP_ACT_ERRNO' ? { ...rule, errnoRet: 4001 } : rule);
  const seccomp: Seccomp = { ...docker, defaultErrnoRet: 4000, syscalls: rules ?? [] };
  const { program } = compileFilter(seccomp, { architecture: 'x86_64', exact: new Map() });
  const calls: SystemCall[] = [];
  const args = [[0x7e020000n], [0x20008n], [12n], [40n], [0x1_0000_0001n], [0xffff_ffffn]];
  for (const architecture of missing(['ia32']).length === 0 ? [AUDIT.x86_64, AUDIT.x86] : [AUDIT.x86_64]) {
    // Newer ones than 450 are unknown to runc's libseccomp of Debian 12.
    for (let number = 0; number < 450; number++) {
      // uretprobe and uprobe are the kernel's own trampolines: since Linux 6.14 it asks no filter about them.
      const trampoline = architecture === AUDIT.x86_64 && (number === 335 || number === 336);
      if (!trampoline) calls.push({ number, architecture, args: [] });
    }
    for (const number of [41, 56, 135, 136, 120, 359]) {
      calls.push(...args.map((each) => ({ number, architecture, args: each })));
    }
  }
  for (let number = 0x4000_0000; number < 0x4000_0010; number++) calls.push(call(number));
  const answered = calls.map((each) => ({ each, value: runFilter(program, each).value }));
  const refused = answered.filter(({ value }) => value !== 0x7fff0000);
  expect(refused.length).toBeGreaterThan(100);
  expect(refused.length).toBeLessThan(450);
  const expected = refused.map(({ value }) => value === 0 ? `signal ${SIGSYS}` : `errno ${value & 0xffff}`);
  expect(await probe(seccomp, refused.map(({ each }) => each))).toEqual(expected);
});

test32('architectures: without x86 and x32 their calls kill', async () => {
  const seccomp: Seccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64'], syscalls: [] };
  const calls = [call(39), { ...call(20), architecture: AUDIT.x86 }, call(0x4000_0027)];
  expect(await probe(seccomp, calls)).toEqual([expect.stringMatching(/^result/), `signal ${SIGSYS}`, `signal ${SIGSYS}`]);
});

testNunc('architectures: those of other machines are without effect', async () => {
  // runc refuses big-endian ones, which libseccomp can't put beside others.
  await ask('true', (spec) => {
    setProfile(spec, { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_S390X', 'SCMP_ARCH_AARCH64'] });
  });
});

function field(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? 'none';
}

test('one filter, and the same capabilities as without, whoever runs and with or without no_new_privs', async () => {
  const capabilities = {
    bounding: ['CAP_CHOWN', 'CAP_KILL'], permitted: ['CAP_CHOWN', 'CAP_KILL'], inheritable: ['CAP_KILL'],
    effective: ['CAP_CHOWN'], ambient: ['CAP_KILL'],
  };
  for (const noNewPrivileges of [true, false]) {
    for (const uid of [0, 1000]) {
      const statusWith = (seccomp: boolean): Promise<string> => ask('', (spec) => {
        spec.process.args = ['cat', '/proc/self/status'];
        spec.process.user = { uid, gid: uid };
        spec.process.capabilities = capabilities;
        spec.process.noNewPrivileges = noNewPrivileges;
        if (seccomp) setProfile(spec, docker);
      });
      const [filtered, plain] = [await statusWith(true), await statusWith(false)];
      expect([field(filtered, 'Seccomp'), field(filtered, 'Seccomp_filters')]).toEqual(['2', '1']);
      for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'Uid', 'NoNewPrivs']) {
        expect([name, field(filtered, name)]).toEqual([name, field(plain, name)]);
      }
    }
  }
});

test('in a user namespace, without no_new_privs', async () => {
  const status = await ask('cat /proc/self/status', (spec) => {
    spec.linux.namespaces?.push({ type: 'user' });
    spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
    spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
    spec.process.noNewPrivileges = false;
    setProfile(spec, docker);
  });
  expect(field(status, 'Seccomp')).toBe('2');
});

// runc loads its filter before it changes ids and capabilities when there is no no_new_privs, and fails here.
testNunc('a profile need not allow what only the runtime calls', async () => {
  const own = [
    'capset', 'setgroups', 'setresgid', 'setresuid', 'umask', 'chdir', 'close_range', 'faccessat2', 'getcwd', 'statx',
  ];
  const syscalls = docker.syscalls?.map((rule) => (
    { ...rule, names: rule.names.filter((name) => !own.includes(name)) }));
  for (const noNewPrivileges of [true, false]) {
    expect(await ask('', (spec) => {
      spec.process.args = ['echo', 'it runs'];
      spec.process.user = { uid: 1000, gid: 1000 };
      spec.process.noNewPrivileges = noNewPrivileges;
      setProfile(spec, { ...docker, syscalls: syscalls ?? [] });
    })).toBe('it runs');
  }
});

testNunc('without CAP_SYS_ADMIN and without no_new_privs the message says what to do', async () => {
  const bundle = makeBundle({ args: ['true'] });
  bundle.spec.process.noNewPrivileges = false;
  setProfile(bundle.spec, docker);
  writeConfig(bundle);
  const alterPlan = (compiled: CreatePlan): CreatePlan => {
    const operations = compiled.plan.operations.flatMap((operation): Operation[] => {
      if (operation.kind !== 'seccomp') return [operation];
      const header = Uint8Array.of(0x22, 5, 8, 0x20, 0, 0, 0, 0);
      const { stage } = operation;
      const args = [{ bytes: header }, { bytes: new Uint8Array(24) }];
      return [{ kind: 'capset', args, stage, origin: '', action: 'drop all capabilities' }, operation];
    });
    return { ...compiled, plan: { ...compiled.plan, operations } };
  };
  const { start } = await tryLife({ bundle, root: stateRoot(), alterPlan });
  expect(String(start)).toMatch(/: cannot load the seccomp filter without CAP_SYS_ADMIN: set process\.noNewPrivileges/);
});

testNunc('unknown names are a warning, those of other architectures are not', async () => {
  const bundle = await bundleFor('true', (spec) => {
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['s390_pci_mmio_read', 'no_such_call', 'socketcall'], action: 'SCMP_ACT_ERRNO' }],
    };
  });
  const { status, stderr } = await runBundle(bundle);
  expect(status).toBe(0);
  expect(stderr).toContain('/linux/seccomp/syscalls: unknown system calls are ignored: \\"no_such_call\\""');
});

testNunc('rules that contradict each other, and too many, are refused', async () => {
  expect(await refusal((spec) => {
    const args = [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' as const }];
    const names = ['getsid', 'socket'];
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names, action: 'SCMP_ACT_ERRNO', args }, { names: ['socket'], action: 'SCMP_ACT_TRAP', args }],
    };
  })).toBe('config.json: /linux/seccomp/syscalls/1: has another action for "socket" with the same arguments as '
    + '/linux/seccomp/syscalls/0');
  expect(await refusal((spec) => {
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: Array.from({ length: 5000 }, (_, value) => (
        { names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] })),
    };
  })).toMatch(/^config\.json: \/linux\/seccomp: too many rules: they come to \d+ instructions, at most 4096 are allowed$/);
});
