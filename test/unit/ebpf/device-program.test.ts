import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../../src/cgroup/devices/default-rules.ts';
import type { DeviceRule } from '../../../src/config/types.ts';
import { type DeviceList, foldRules } from '../../../src/ebpf/device-list.ts';
import { compileDeviceProgram } from '../../../src/ebpf/device-program.ts';
import { DeviceCgroup, randomRules, tellingAccesses } from '../../support/device-cgroup.ts';
import { checkProgram, decode, type DeviceAccess, runDeviceProgram } from '../../support/ebpf.ts';
import { randomFrom } from '../../support/random.ts';

class Hole extends Error {}

function fold(rules: readonly DeviceRule[]): DeviceList {
  return foldRules(rules, () => { throw new Hole(); });
}

function simulate(rules: readonly DeviceRule[]): DeviceCgroup {
  const cgroup = new DeviceCgroup();
  for (const rule of rules) cgroup.write(rule);
  return cgroup;
}

function describeAccess({ type, major, minor, access }: DeviceAccess): string {
  return `${type} ${major}:${minor} access ${access}`;
}

/** @returns how many accesses were compared; undefined for a list that is refused, as it must be then */
function compare(rules: readonly DeviceRule[], story: string): number | undefined {
  const cgroup = simulate(rules);
  let list: DeviceList;
  try {
    list = fold(rules);
  } catch (error) {
    if (!(error instanceof Hole)) throw error;
    expect(cgroup.ignored, `${story}: refused`).toBeGreaterThan(0);
    return undefined;
  }
  expect(cgroup.ignored, `${story}: not refused`).toBe(0);
  const program = compileDeviceProgram(list);
  checkProgram(program);
  const code = decode(program);
  const accesses = tellingAccesses(rules);
  for (const access of accesses) {
    if (runDeviceProgram(code, access) === cgroup.permits(access)) continue;
    throw new Error(`${story}: ${describeAccess(access)}: not ${cgroup.permits(access)}: ${JSON.stringify(rules)}`);
  }
  return accesses.length;
}

describe('compileDeviceProgram() gives the verdicts of the devices cgroup', () => {
  const first = Number(process.env['NUNC_TEST_SEED'] ?? 1);

  test(`for 3000 lists at random from seed ${first}`, () => {
    let [lists, accesses] = [0, 0];
    for (let seed = first; seed < first + 3000; seed++) {
      const compared = compare(randomRules(randomFrom(seed), 8), `seed ${seed}`);
      if (compared !== undefined) lists++;
      accesses += compared ?? 0;
    }
    // Enough lists are without holes for this to mean something.
    expect(lists).toBeGreaterThan(1000);
    expect(accesses).toBeGreaterThan(100_000);
  });

  test('for lists at random with the default rules behind', () => {
    let lists = 0;
    for (let seed = first; seed < first + 300; seed++) {
      if (compare([...randomRules(randomFrom(seed), 4), ...DEFAULT_RULES], `seed ${seed}`) !== undefined) lists++;
    }
    expect(lists).toBeGreaterThan(100);
  });

  const LISTS: readonly (readonly [name: string, rules: readonly DeviceRule[]])[] = [
    ['nothing', []],
    ['everything', [{ allow: true }]],
    ['the default rules', DEFAULT_RULES],
    ['one kind of access is not the other', [{ allow: true, type: 'c', major: 1, minor: 3, access: 'r' }]],
    ['two exceptions do not add up', [
      { allow: true, type: 'c', major: 1, access: 'r' }, { allow: true, type: 'c', major: 1, minor: 3, access: 'w' },
    ]],
    ['a part of what is asked for is denied', [
      { allow: true }, { allow: false, type: 'c', major: 1, minor: 3, access: 'w' },
    ]],
    ['everything of a device is denied', [{ allow: true }, { allow: false, type: 'c', major: 1, minor: 3 }]],
    ['a type', [{ allow: true }, { allow: false, type: 'b', access: 'rw' }]],
    ['a minor of every major', [{ allow: true, type: 'b', minor: 7, access: 'rw' }]],
  ];

  for (const [name, rules] of LISTS) test(`for a list: ${name}`, () => { compare(rules, name); });
});

test('compileDeviceProgram() leaves out what another exception makes idle', () => {
  const whole: DeviceRule = { allow: true, type: 'c' };
  const idle = [1, 2, 3].map((minor) => ({ ...whole, major: 1, minor }));
  expect(compileDeviceProgram(fold([...idle, whole]))).toEqual(compileDeviceProgram(fold([whole])));
});

test('compileDeviceProgram() comes to two instructions where there is nothing to decide', () => {
  expect(decode(compileDeviceProgram(fold([{ allow: true }]))).map(({ operation }) => operation)).toEqual([0xb4, 0x95]);
});

describe('compileDeviceProgram() and long lists', () => {
  const many = (count: number, rule: (i: number) => Partial<DeviceRule>): DeviceRule[] => {
    return Array.from({ length: count }, (_, i) => ({ allow: true, type: 'c', access: 'rw', ...rule(i) }));
  };
  /** Devices at the start, in the middle and at the end, and some that no rule is for. */
  function spotCheck(rules: readonly DeviceRule[]): void {
    const program = compileDeviceProgram(fold(rules));
    checkProgram(program);
    const code = decode(program);
    const cgroup = simulate(rules);
    const places = [0, 1, rules.length >> 1, rules.length - 2, rules.length - 1];
    for (const place of places) {
      const { major = 0, minor = 0 } = rules[place] as DeviceRule;
      for (const access of [1, 2, 4, 6]) {
        for (const type of ['b', 'c'] as const) {
          for (const device of [{ major, minor }, { major: major + 1, minor }, { major, minor: 999_999 }]) {
            const asked = { type, access, ...device };
            expect(runDeviceProgram(code, asked), describeAccess(asked)).toBe(cgroup.permits(asked));
          }
        }
      }
    }
  }

  test('of minors: jumps are longer than an instruction can hold', () => {
    const rules = [...many(12_000, (minor) => ({ major: 10, minor })), { allow: true, type: 'b', major: 8 } as const];
    spotCheck(rules);
    expect(decode(compileDeviceProgram(fold(rules))).length).toBeGreaterThan(33_000);
  });

  test('of majors', () => spotCheck(many(6_000, (major) => ({ major, minor: 1 }))));

  test('of devices that are denied', () => {
    spotCheck([{ allow: true }, ...many(12_000, (minor) => ({ allow: false, major: 10, minor }))]);
  });

  test('are refused by name before the kernel does', () => {
    const rules = many(140_000, (minor) => ({ major: 10, minor }));
    expect(() => compileDeviceProgram(fold(rules))).toThrow(
      /^config.json: \/linux\/resources\/devices: too many rules: they come to 420\d\d\d instructions, at most 400000/,
    );
  });
});
