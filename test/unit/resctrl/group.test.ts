// By the rules of runtime-spec config-linux.md, "IntelRdt", on a directory that stands for resctrl.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { enterGroup, makeGroup, planGroup, removeGroups } from '../../../src/resctrl/group.ts';
import { DEFAULT_SCHEMATA, type FakeResctrl, makeResctrl } from '../../support/resctrl.ts';

type Config = Parameters<typeof planGroup>[2];

/** Everything that create does. */
function create(resctrl: FakeResctrl, intelRdt: Config) {
  const group = planGroup(resctrl, 'c1', intelRdt);
  makeGroup(resctrl, group);
  enterGroup(resctrl, group, 4711);
  return group;
}

describe('without closID', () => {
  test('the container gets a group of its own, which goes with it', () => {
    const resctrl = makeResctrl();
    const { removed } = create(resctrl, {});
    expect(resctrl.read('c1/tasks')).toBe('4711');
    expect(resctrl.read('c1/schemata')).toBe(DEFAULT_SCHEMATA);
    removeGroups(resctrl, removed);
    expect(resctrl.read('c1/tasks')).toBeUndefined();
  });

  test('a group that was there already is used, and stays', () => {
    const resctrl = makeResctrl();
    resctrl.makeGroup('c1');
    const { removed, made } = create(resctrl, { l3CacheSchema: 'L3:0=f' });
    expect(resctrl.read('c1/tasks')).toBe('4711');
    expect(resctrl.read('c1/schemata')).toBe(`${DEFAULT_SCHEMATA}L3:0=f\n`);
    expect({ removed, made }).toEqual({ removed: [], made: [] });
  });
});

describe('with closID', () => {
  test('and schemata, a group that is missing is made, and stays', () => {
    const resctrl = makeResctrl();
    const { removed, made } = create(resctrl, { closID: 'gold', schemata: ['L3:0=f'] });
    expect(resctrl.read('gold/tasks')).toBe('4711');
    expect(resctrl.read('gold/schemata')).toBe(`${DEFAULT_SCHEMATA}L3:0=f\n`);
    expect({ removed, made }).toEqual({ removed: [], made: [join(resctrl.root, 'gold')] });
  });

  test.each<[string, Config]>([
    ['L3', { l3CacheSchema: 'L3:0=7f0;1=1f' }],
    ['MB', { memBwSchema: 'MB:0=20' }],
    ['both', { l3CacheSchema: 'L3:1=01F', memBwSchema: 'MB:1=70;0=15' }],
  ])('a group that is there is used when its schemata are the same: %s', (_, intelRdt) => {
    const resctrl = makeResctrl();
    resctrl.makeGroup('gold', '    L3:0=007f0;1=0001f\n    MB:0=20;1=70\n');
    create(resctrl, { closID: 'gold', ...intelRdt });
    expect(resctrl.read('gold/tasks')).toBe('4711');
  });

  test.each<[string, Config, string]>([
    ['L3', { l3CacheSchema: 'L3:0=f', memBwSchema: 'MB:0=100' }, 'L3:0=f'],
    ['MB', { l3CacheSchema: 'L3:0=fffff', memBwSchema: 'MB:0=50' }, 'MB:0=50'],
  ])('a group with other schemata is refused: %s', (_, intelRdt, line) => {
    const resctrl = makeResctrl();
    resctrl.makeGroup('gold');
    expect(() => create(resctrl, { closID: 'gold', ...intelRdt })).toThrow(
      `cannot use the class of service "gold": it exists and its schemata are not "${line}" (/linux/intelRdt)`,
    );
    expect(resctrl.read('gold/tasks')).toBe('');
    expect(resctrl.read('gold/schemata')).toBe(DEFAULT_SCHEMATA);
  });

  test('the list of schemata is not compared, but written', () => {
    const resctrl = makeResctrl();
    resctrl.makeGroup('gold');
    create(resctrl, { closID: 'gold', schemata: ['L3:0=1', 'MB:0=30'] });
    expect(resctrl.read('gold/schemata')).toBe(`${DEFAULT_SCHEMATA}L3:0=1\nMB:0=30\n`);
  });

  test('without schemata a group that is there is used as it is', () => {
    const resctrl = makeResctrl();
    resctrl.makeGroup('gold');
    const { removed } = create(resctrl, { closID: 'gold', l3CacheSchema: '', schemata: [] });
    expect(resctrl.read('gold/tasks')).toBe('4711');
    expect(resctrl.read('gold/schemata')).toBe(DEFAULT_SCHEMATA);
    expect(removed).toEqual([]);
  });

  test('without schemata a group that is missing is an error', () => {
    const resctrl = makeResctrl();
    expect(() => create(resctrl, { closID: 'gold' })).toThrow(
      'cannot use the class of service "gold": it does not exist, and there are no schemata to make it with ' +
        '(/linux/intelRdt)',
    );
    expect(resctrl.read('gold/tasks')).toBeUndefined();
  });

  test('"/" is the default class', () => {
    const resctrl = makeResctrl();
    const { removed, made } = create(resctrl, { closID: '/' });
    expect(resctrl.read('tasks')).toBe('4711');
    expect({ removed, made }).toEqual({ removed: [], made: [] });
  });

  test.each(['info', 'mon_groups'])('what is no group is refused: %s', (closID) => {
    expect(() => create(makeResctrl(), { closID })).toThrow(/^cannot add the init to the resctrl group ".*": no such file/);
    const schemata = { closID, l3CacheSchema: 'L3:0=f' };
    expect(() => create(makeResctrl(), schemata)).toThrow(/^cannot use the class of service ".*": no such file/);
  });
});

test('L3 is written first, then MB, then the list', () => {
  const resctrl = makeResctrl();
  const intelRdt = { schemata: ['L2:0=1', 'L3:0=3'], memBwSchema: 'MB:0=20', l3CacheSchema: 'L3:0=f' };
  expect(create(resctrl, intelRdt).schemata).toEqual(['L3:0=f', 'MB:0=20', 'L2:0=1\nL3:0=3']);
  expect(resctrl.read('c1/schemata')).toBe(`${DEFAULT_SCHEMATA}L3:0=f\nMB:0=20\nL2:0=1\nL3:0=3\n`);
});

describe('enableMonitoring', () => {
  test.each([
    ['the own group', {}, 'c1', 2],
    ['a class of service', { closID: 'gold' }, 'gold', 1],
    ['the default class', { closID: '/' }, '', 1],
  ])('makes a monitoring group in %s, which goes with the container', (_, config, parent, count) => {
    const resctrl = makeResctrl();
    resctrl.makeGroup('gold');
    const { removed } = create(resctrl, { ...config, enableMonitoring: true });
    expect(resctrl.read(join(parent, 'tasks'))).toBe('4711');
    expect(resctrl.read(join(parent, 'mon_groups/c1/tasks'))).toBe('4711');
    expect(removed).toHaveLength(count);
    removeGroups(resctrl, removed);
    expect(resctrl.read(join(parent, 'mon_groups/c1/tasks'))).toBeUndefined();
    expect(resctrl.read('gold/tasks')).toBeDefined();
  });

  test('a monitoring group that is there already is not the container\'s', () => {
    const resctrl = makeResctrl();
    resctrl.makeDirectory(join(resctrl.root, 'mon_groups/c1'));
    expect(() => create(resctrl, { closID: '/', enableMonitoring: true })).toThrow(
      /^cannot make the resctrl group ".*\/mon_groups\/c1": file already exists \(\/linux\/intelRdt\)$/,
    );
  });
});

test('an error has resctrl\'s own explanation', () => {
  const resctrl = makeResctrl();
  writeFileSync(join(resctrl.root, 'info/last_cmd_status'), 'Out of CLOSIDs\n');
  resctrl.makeGroup('mon_groups/c1');
  expect(() => create(resctrl, { closID: '/', enableMonitoring: true })).toThrow(/: file already exists, Out of CLOSIDs \(/);
});

test('removeGroups() does not mind what is gone', () => {
  const resctrl = makeResctrl();
  const { removed } = create(resctrl, { enableMonitoring: true });
  rmSync(join(resctrl.root, 'c1'), { recursive: true });
  expect(() => removeGroups(resctrl, removed)).not.toThrow();
});
