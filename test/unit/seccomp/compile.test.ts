import { describe, expect, test } from 'vitest';
import type { Seccomp, SeccompAction, SyscallRule } from '../../../src/config/types.ts';
import { ConfigError } from '../../../src/error.ts';
import { syscalls } from '../../../src/linux/syscalls.ts';
import { AUDIT } from '../../../src/seccomp/architectures.ts';
import { compileFilter, type Filter } from '../../../src/seccomp/compile.ts';
import { checkFilter, runFilter } from '../../support/bpf.ts';
import { randomFrom } from '../../support/random.ts';
import { randomProfile, tellingCalls } from '../../support/random-profiles.ts';
import { meaning } from '../../support/seccomp-meaning.ts';
import { docker, podman } from '../../support/seccomp-profiles.ts';

const NOTHING = new Map<string, bigint>();
const ALLOW = 0x7fff0000;
const KILL_THREAD = 0;
const ERRNO = 0x50000;

function compile(profile: Seccomp): Filter {
  const filter = compileFilter(profile, { architecture: 'x86_64', exact: NOTHING });
  checkFilter(filter.program);
  return filter;
}

type Args = readonly bigint[];

function answer({ program }: Filter, number: number, args: Args = [], architecture = AUDIT.x86_64): number {
  return runFilter(program, { number, architecture, args }).value;
}

function denyAll(syscalls: readonly SyscallRule[], more: Partial<Seccomp> = {}): Seccomp {
  return { defaultAction: 'SCMP_ACT_ERRNO', syscalls, ...more };
}

const allow = (...names: string[]): SyscallRule => ({ names, action: 'SCMP_ACT_ALLOW' });

describe('compileFilter()', () => {
  test('gives each action its value', () => {
    const values: Record<SeccompAction, number> = {
      SCMP_ACT_KILL: 0, SCMP_ACT_KILL_THREAD: 0, SCMP_ACT_KILL_PROCESS: 0x80000000, SCMP_ACT_TRAP: 0x30000,
      SCMP_ACT_ERRNO: 0x50001, SCMP_ACT_NOTIFY: 0x7fc00000, SCMP_ACT_TRACE: 0x7ff00001, SCMP_ACT_LOG: 0x7ffc0000,
      SCMP_ACT_ALLOW: ALLOW,
    };
    for (const [action, value] of Object.entries(values) as [SeccompAction, number][]) {
      const defaultAction = action === 'SCMP_ACT_ALLOW' ? 'SCMP_ACT_KILL' : 'SCMP_ACT_ALLOW';
      const filter = compile({ defaultAction, syscalls: [{ names: ['read'], action }] });
      expect([action, answer(filter, syscalls.x86_64.read)]).toEqual([action, value]);
    }
    const errno = compile({
      defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 7,
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_TRACE', errnoRet: 9 }],
    });
    expect([answer(errno, 0), answer(errno, 0xffff_ffff)]).toEqual([0x7ff00009, ERRNO + 7]);
  });

  test('without rules is the default action', () => {
    for (const more of [{}, { syscalls: [] }]) {
      const filter = compile({ defaultAction: 'SCMP_ACT_ERRNO', ...more });
      const answers = [answer(filter, 0), answer(filter, 5000), answer(filter, 0, [], AUDIT.x86)];
      expect(answers).toEqual([ERRNO + 1, ERRNO + 1, KILL_THREAD]);
    }
  });

  test('is what the profile says, for random profiles', () => {
    const names = Object.keys(syscalls.x86_64);
    const targets = [{ architecture: AUDIT.x86_64, numbers: new Map(Object.entries(syscalls.x86_64)) }];
    const byNumber = new Map<number, string>(Object.entries(syscalls.x86_64).map(([name, number]) => [number, name]));
    let asked = 0;
    for (let seed = 1000; seed < 1030; seed++) {
      const random = randomFrom(seed);
      const made = randomProfile(random, {
        names, architectures: [], actions: ['SCMP_ACT_TRAP'], conditions: 4, defaultAction: 'SCMP_ACT_LOG',
      });
      const { program } = compileFilter(made.profile, { architecture: 'x86_64', exact: made.exact });
      checkFilter(program);
      for (const call of tellingCalls(random, made, targets)) {
        const name = byNumber.get(call.number);
        if (name === undefined || call.architecture !== AUDIT.x86_64) continue;
        const told = meaning(made.profile, made.exact, { name, bits: 64, args: call.args });
        expect([seed, name, call.args, runFilter(program, call).value]).toEqual([seed, name, call.args, [...told][0]]);
        asked++;
      }
    }
    expect(asked).toBeGreaterThan(10_000);
  });

  test('answers ENOSYS to calls that are newer than the profile, unless it lets unknown calls through', () => {
    const rules = [allow('read', 'openat2', 'no_such_call')];
    const { openat2, clone3 } = syscalls.x86_64;
    const filter = compile(denyAll(rules));
    expect([clone3, openat2, openat2 + 1, 9999].map((number) => answer(filter, number)))
      .toEqual([ERRNO + 1, ALLOW, ERRNO + 38, ERRNO + 38]);
    for (const defaultAction of ['SCMP_ACT_LOG', 'SCMP_ACT_TRACE', 'SCMP_ACT_ALLOW'] as const) {
      const permissive = compile({ defaultAction, syscalls: rules });
      expect(answer(permissive, 9999)).toBe(answer(permissive, clone3));
    }
    const killing = compile({ defaultAction: 'SCMP_ACT_KILL_PROCESS', syscalls: rules });
    expect([answer(killing, clone3), answer(killing, 9999)]).toEqual([0x80000000, ERRNO + 38]);
    // A rule with the default action names its calls all the same.
    const named = compile(denyAll([...rules, { names: ['mseal'], action: 'SCMP_ACT_ERRNO' }]));
    expect(answer(named, openat2 + 1)).toBe(ERRNO + 1);
  });

  test('kills what comes by another architecture', () => {
    const own = compile(denyAll([allow('getpid')], { architectures: ['SCMP_ARCH_S390X', 'SCMP_ARCH_ARM'] }));
    const three = (filter: Filter): number[] =>
      [answer(filter, 39), answer(filter, 20, [], AUDIT.x86), answer(filter, 0x4000_0027)];
    expect(three(own)).toEqual([ALLOW, KILL_THREAD, KILL_THREAD]);
    const all = compile(denyAll([allow('getpid')], { architectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] }));
    expect(three(all)).toEqual([ALLOW, ALLOW, ALLOW]);
    const profile = denyAll([allow('getpid', 'set_tls')], { architectures: ['SCMP_ARCH_ARM', 'SCMP_ARCH_X86'] });
    const arm = compileFilter(profile, { architecture: 'aarch64', exact: NOTHING });
    expect([
      answer(arm, 172, [], AUDIT.aarch64), answer(arm, 20, [], AUDIT.arm), answer(arm, 0xf0005, [], AUDIT.arm),
      answer(arm, 0xf0004, [], AUDIT.arm), answer(arm, 20, [], AUDIT.x86),
    ]).toEqual([ALLOW, ALLOW, ALLOW, ERRNO + 38, KILL_THREAD]);
  });

  test('filters functions of socketcall(2) and ipc(2) as the calls themselves', () => {
    const filter = compile(denyAll([allow('socket', 'shmget')], { architectures: ['SCMP_ARCH_X86'] }));
    const on = (number: number, first: bigint): number => answer(filter, number, [first], AUDIT.x86);
    const answers = [on(359, 0n), on(102, 1n), on(102, 2n), on(117, 23n), on(117, 24n)];
    expect(answers).toEqual([ALLOW, ALLOW, ERRNO + 1, ALLOW, ERRNO + 1]);
  });

  test('lets a rule without conditions count above those with, and the first of several', () => {
    const args = [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] as const;
    const when = { names: ['read'], action: 'SCMP_ACT_TRAP', args } as const;
    const log = { names: ['read'], action: 'SCMP_ACT_LOG' } as const;
    for (const rules of [[when, allow('read'), log], [allow('read'), when], [allow('read'), log]]) {
      expect(answer(compile(denyAll(rules)), 0, [1n])).toBe(ALLOW);
    }
    // A rule with the default action is none.
    expect(answer(compile(denyAll([{ names: ['read'], action: 'SCMP_ACT_ERRNO' }, when])), 0, [1n])).toBe(0x30000);
  });

  test('refuses rules that differ in nothing but the action', () => {
    const args = [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] as const;
    const rules = [
      { names: ['read'], action: 'SCMP_ACT_TRAP', args }, { names: ['close', 'read'], action: 'SCMP_ACT_LOG', args },
    ] as const;
    expect(() => compile(denyAll(rules))).toThrow(new ConfigError([{
      pointer: '/linux/seccomp/syscalls/1',
      text: 'has another action for "read" with the same arguments as /linux/seccomp/syscalls/0',
    }]));
  });

  test('names unknown calls, once', () => {
    const names = ['no such call', 'bogus', 'constructor', 'socketcall', 'riscv_hwprobe', 'set_tls', 'read write'];
    expect(compile(denyAll([allow(...names), allow('bogus')])).warnings).toEqual([
      {
        pointer: '/linux/seccomp/syscalls',
        text: 'unknown system calls are ignored: "no such call", "bogus", "constructor", "read write"',
      },
    ]);
    expect(compile(docker).warnings).toEqual([]);
    expect(compile(podman).warnings).toEqual([]);
  });

  test('goes farther than a conditional jump can', () => {
    const rules: SyscallRule[] = [];
    for (const [i, name] of Object.keys(syscalls.x86_64).entries()) {
      if (i % 2 === 0) continue;
      rules.push({ names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: i, args: [
        { index: i % 6, value: i, op: 'SCMP_CMP_EQ' }, { index: (i + 1) % 6, value: i, op: 'SCMP_CMP_GT' },
      ] });
    }
    const filter = compile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: rules });
    expect(filter.instructions).toBeGreaterThan(1500);
    for (const [i, number] of Object.values(syscalls.x86_64).entries()) {
      const args = [0n, 0n, 0n, 0n, 0n, 0n];
      args[i % 6] = BigInt(i);
      args[(i + 1) % 6] = BigInt(i + 1);
      expect(answer(filter, number, args)).toBe(i % 2 === 0 ? ALLOW : ERRNO + i);
      expect(answer(filter, number, [])).toBe(ALLOW);
    }
  });

  test('has little more than an instruction for each value of an argument', () => {
    const count = 1500;
    const valueOf = (i: number): number => 2 ** 33 + i * 3;
    const rules = Array.from({ length: count }, (_, i): SyscallRule => (
      { names: ['ioctl'], action: 'SCMP_ACT_TRAP', args: [{ index: 1, value: valueOf(i), op: 'SCMP_CMP_EQ' }] }));
    const other = (value: number): SyscallRule => (
      { names: ['ioctl'], action: 'SCMP_ACT_TRAP', args: [{ index: 1, value, op: 'SCMP_CMP_EQ' }] });
    const filter = compile(denyAll([...rules, other(5), other(6)], { architectures: ['SCMP_ARCH_X86_64'] }));
    expect(filter.instructions).toBeLessThan(count * 1.05);
    const on = (value: number): number => answer(filter, syscalls.x86_64.ioctl, [0n, BigInt(value)]);
    const few = Array.from({ length: count / 10 }, (_, i) => i * 10);
    expect(new Set(few.map((i) => on(valueOf(i))))).toEqual(new Set([0x30000]));
    const near = few.flatMap((i) => [valueOf(i) + 1, valueOf(i) + 2 ** 32, valueOf(i) - 2 ** 33]);
    expect(new Set(near.map(on))).toEqual(new Set([ERRNO + 1]));
    expect([4, 5, 6, 7].map(on)).toEqual([ERRNO + 1, 0x30000, 0x30000, ERRNO + 1]);
  });

  test('refuses more than the kernel takes', () => {
    const rules = Array.from({ length: 1400 }, (_, value): SyscallRule => (
      { names: ['read'], action: 'SCMP_ACT_LOG', args: [{ index: 0, value: value * 2 ** 33, op: 'SCMP_CMP_GT' }] }));
    expect(() => compile(denyAll(rules))).toThrow(/too many rules: they come to \d{4} instructions, at most 4096 are allowed/);
    expect(compile(denyAll(rules.slice(0, 500))).instructions).toBeLessThan(4096);
  });

  test('costs few instructions', () => {
    const all = (profile: Seccomp): number[] => {
      const { program } = compile(profile);
      return Object.values(syscalls.x86_64).map((number) =>
        runFilter(program, { number, architecture: AUDIT.x86_64, args: [] }).instructions);
    };
    for (const profile of [docker, podman]) {
      const costs = all(profile);
      expect(costs.reduce((sum, cost) => sum + cost, 0) / costs.length).toBeLessThan(11);
      expect(Math.max(...costs)).toBeLessThan(20);
    }
  });
});
