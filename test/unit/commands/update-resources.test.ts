import { expect, test } from 'vitest';
import { parseCommand } from '../../../src/commands/parse.ts';
import { findCommand } from '../../../src/commands/table.ts';
import { readResources } from '../../../src/commands/update-resources.ts';

function read(...args: readonly string[]): { resources: unknown; warnings: string[] } {
  const command = findCommand('update');
  if (command === undefined) throw new Error('there is no update');
  const warnings: string[] = [];
  const { options } = parseCommand([...args, 'id'], command);
  return { resources: readResources(options, (message) => warnings.push(message)), warnings };
}

test.each([
  [[], {}],
  [['--memory', '64m'], { memory: { limit: 2 ** 26 } }],
  [['--memory=-1', '--memory-swap', '-1'], { memory: { limit: -1, swap: -1 } }],
  [['--memory-reservation', '1k'], { memory: { reservation: 1024 } }],
  [['--cpu-quota', '-1', '--cpu-period', '5000'], { cpu: { quota: -1, period: 5000 } }],
  [['--cpu-share', '512', '--cpu-rt-period', '7', '--cpu-rt-runtime', '8'],
    { cpu: { shares: 512, realtimePeriod: 7, realtimeRuntime: 8 } }],
  [['--cpuset-cpus', '0-1', '--cpuset-mems', '0'], { cpu: { cpus: '0-1', mems: '0' } }],
  [['--blkio-weight', '100'], { blockIO: { weight: 100 } }],
  [['--pids-limit', '9'], { pids: { limit: 9 } }],
  [['--pids-limit', '-7'], { pids: { limit: -1 } }],
  [['--l3-cache-schema', 'L3:0=f'], {}],
])('readResources() of %j', (args, resources) => {
  expect(read(...args)).toEqual({ resources, warnings: [] });
});

test('readResources() takes zeros and empty texts for absence', () => {
  const zeros = ['memory', 'memory-swap', 'cpu-period', 'cpu-quota', 'cpu-share', 'cpu-rt-period', 'cpu-rt-runtime',
    'blkio-weight', 'pids-limit'].flatMap((name) => [`--${name}`, '0']);
  const empty = ['memory', 'cpu-period', 'cpu-idle', 'cpu-burst', 'cpuset-cpus'].flatMap((name) => [`--${name}`, '']);
  expect(read(...zeros, ...empty).resources).toEqual({});
});

test('readResources() keeps zeros that say something', () => {
  expect(read('--cpu-idle', '0', '--cpu-burst', '0').resources).toEqual({ cpu: { idle: 0, burst: 0 } });
});

test('readResources() warns once of kernel memory', () => {
  const { resources, warnings } = read('--kernel-memory', '1m', '--kernel-memory-tcp', '1m');
  expect(resources).toEqual({});
  expect(warnings).toEqual(['kernel memory settings are ignored: Linux limits it with all other memory']);
  expect(read('--kernel-memory', '0').warnings).toEqual([]);
});
