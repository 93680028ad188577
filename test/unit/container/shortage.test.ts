import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CreatedCgroups } from '../../../src/cgroup/driver.ts';
import type { Setting } from '../../../src/cgroup/setting.ts';
import { earlierKills, explainKill, explainShortage } from '../../../src/container/shortage.ts';
import { NuncError, sentenceOf } from '../../../src/error.ts';
import { InitError } from '../../../src/launch/failure.ts';

/** A memory cgroup in which so many processes were killed. */
function cgroupsWith(kills: number, made = true): CreatedCgroups {
  const path = mkdtempSync(join(tmpdir(), 'nunc-shortage-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  writeFileSync(join(path, 'memory.events'), `low 0\nhigh 0\nmax 9\noom 9\noom_kill ${kills}\n`);
  const cgroup = { version: 2, controllers: ['memory'], mountpoint: tmpdir(), path } as const;
  return { manager: 'cgroupfs', mode: 'v2', cgroupsPath: '/x', cgroups: [cgroup], made: [made] };
}

const LIMIT: Setting = { origin: '/linux/resources/memory/limit', cgroup: 0, file: 'memory.max', value: '65536' };
const UNLIMITED: Setting = { ...LIMIT, value: 'max', isDefault: true };

interface Case {
  readonly error: Error;
  readonly kills?: number;
  readonly before?: number;
  readonly settings?: readonly Setting[];
}

function explain({ error, kills = 1, before = 0, settings = [LIMIT] }: Case): string {
  const contents = { resources: {}, settings, annotations: {} };
  const explained = explainShortage(error, { cgroups: cgroupsWith(kills), contents, earlierKills: before });
  return sentenceOf(explained as NuncError);
}

const killed = new InitError('the init was killed by signal 9', { reason: 'killed' });
const noMemory = new InitError('cannot mount "a": cannot allocate memory', { reason: 'memory' });
const prefix = 'cannot create the container: its process was killed:';

test.each<[string, Case, string]>([
  ['a kill', { error: killed }, `${prefix} the memory limit of 65536 bytes (/linux/resources/memory/limit) is too low`],
  ['a kill without a limit', { error: killed, settings: [] },
    `${prefix} its cgroup, or one above it, or the host has run out of memory`],
  ['a kill where the limit is none', { error: killed, settings: [UNLIMITED] },
    `${prefix} its cgroup, or one above it, or the host has run out of memory`],
  ['a kill by somebody else', { error: killed, kills: 0 }, killed.message],
  ['a kill by somebody else after others for want of memory', { error: killed, before: 1 }, killed.message],
  ['ENOMEM', { error: noMemory, kills: 0 },
    `${noMemory.message}; the memory limit of 65536 bytes (/linux/resources/memory/limit) may be too low`],
  ['ENOMEM without a limit', { error: noMemory, settings: [] }, noMemory.message],
  ['another failure of the init', { error: new InitError('cannot mount "a": not permitted') },
    'cannot mount "a": not permitted'],
  ['another error', { error: new NuncError('hook', 'no') }, 'no'],
])('explainShortage() words %s', (_, failed, expected) => {
  expect(explain(failed)).toBe(expected);
});

test('earlierKills() looks only where a cgroup is not new', () => {
  expect(earlierKills(cgroupsWith(3, false))).toBe(3);
  expect(earlierKills(cgroupsWith(3, true))).toBe(0);
});

test('explainKill() counts, and is silent where nothing was killed', () => {
  expect(explainKill(cgroupsWith(2))).toBe("out of memory: the kernel has killed 2 of the container's processes");
  expect(explainKill(cgroupsWith(0))).toBeUndefined();
});
