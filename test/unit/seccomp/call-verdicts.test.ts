import { describe, expect, test } from 'vitest';
import type { Seccomp } from '../../../src/config/types.ts';
import { ConfigError } from '../../../src/error.ts';
import { COMPAT_SYSCALLS } from '../../../src/linux/compat-syscalls.ts';
import { syscalls } from '../../../src/linux/syscalls.ts';
import { AUDIT, visitCalls } from '../../../src/seccomp/architectures.ts';
import { callVerdicts, NEWER } from '../../../src/seccomp/call-verdicts.ts';
import { compileFilter } from '../../../src/seccomp/compile.ts';
import { verdictName } from '../../../src/seccomp/verdict-name.ts';
import { runFilter } from '../../support/bpf.ts';
import { randomFrom } from '../../support/random.ts';
import { type ProfileOptions, randomProfile } from '../../support/random-profiles.ts';
import { docker, podman } from '../../support/seccomp-profiles.ts';

const exact = new Map<string, bigint>();

const OPTIONS: ProfileOptions = {
  names: Object.keys(syscalls.x86_64),
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
  actions: ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_TRACE'],
  conditions: 2,
  distinct: true,
};

function compile(profile: Seccomp): Uint8Array {
  return compileFilter(profile, { architecture: 'x86_64', exact }).program;
}

/** None where the rules contradict each other. */
function compileRandom(seed: number): Uint8Array[] {
  const random = randomProfile(randomFrom(seed), OPTIONS);
  try {
    return [compileFilter(random.profile, { architecture: 'x86_64', exact: random.exact }).program];
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

describe('callVerdicts()', () => {
  test('are those of the filter when it is run', () => {
    let compared = 0;
    const random = Array.from({ length: 25 }, (_, i) => compileRandom(i + 1)).flat();
    const programs = [compile(docker), compile(podman), ...random];
    for (const program of programs) {
      for (const { architecture, call, verdict, looksAtArguments } of callVerdicts(program)) {
        if (looksAtArguments || call === NEWER) continue;
        let number = -1;
        visitCalls(architecture, (name, candidate) => {
          if (name === call) number = candidate;
        });
        const answers = [0n, 2n ** 64n - 1n].map((value) => {
          const args = Array<bigint>(6).fill(value);
          return verdictName(runFilter(program, { number, architecture: AUDIT[architecture], args }).value);
        });
        expect([architecture, call, ...answers]).toEqual([architecture, call, verdict, verdict]);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(5000);
  });

  test('name every call of the architectures', () => {
    const verdicts = callVerdicts(compile(docker));
    const calls = verdicts.filter(({ architecture }) => architecture === 'x86_64').map(({ call }) => call);
    expect(calls).toEqual(expect.arrayContaining(['read', 'mount', NEWER]));
    expect(calls.length).toBeGreaterThanOrEqual(new Set(Object.values(syscalls.x86_64)).size);
    expect(new Set(verdicts.map(({ architecture }) => architecture))).toEqual(new Set(['x86_64', 'x32', 'x86']));
    expect(COMPAT_SYSCALLS.x86).toContain('socketcall');
  });

  test('show the tests of arguments, wherever in the filter they are', () => {
    const profile = (more: readonly string[]): Seccomp => ({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        { names: [...more], action: 'SCMP_ACT_ALLOW' },
        { names: ['personality'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 8, op: 'SCMP_CMP_EQ' }] },
      ],
    });
    const verdictOf = (more: readonly string[]): string | undefined => (
      callVerdicts(compile(profile(more))).find(({ call }) => call === 'personality')?.verdict);
    expect(verdictOf(['read'])).toMatch(/^ld \[\d+\]; jeq #0x[08], .*ALLOW.*ERRNO\(EPERM\)/);
    expect(verdictOf(['read', 'write', 'clone', 'mount'])).toBe(verdictOf(['read']));
  });
});
