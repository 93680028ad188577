import { expect, test } from 'vitest';
import type { Mount, Namespace } from '../../../src/config/types.ts';
import * as L from '../../../src/linux/constants.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileCreatePlan, type CreatePlan } from '../../../src/plan/create-plan.ts';
import type { Call } from '../../../src/plan/operation.ts';
import { createInput } from './create-input.ts';

const A = [{ containerID: 0, hostID: 1000, size: 10 }];
const B = [{ containerID: 0, hostID: 2000, size: 10 }];
const NAMESPACES: Namespace[] = [{ type: 'mount' }, { type: 'pid' }];

function compile(mounts: Mount[], namespaces = NAMESPACES): CreatePlan {
  const linux = { namespaces, uidMappings: A, gidMappings: B };
  const compiled = compileCreatePlan(createInput({ mounts, linux }));
  checkPlan(compiled.plan);
  return compiled;
}

/** The calls that map ids: stage, flags, descriptor. */
function mappings({ plan }: CreatePlan): [string, number, number][] {
  const calls = plan.operations.filter((operation): operation is Call => operation.kind === 'mount_setattr');
  return calls.flatMap(({ stage, args }) => {
    const { words } = args[3] as { words: number[] };
    return words[0] === L.MOUNT_ATTR_IDMAP ? [[stage, args[2] as number, words[3] ?? 0]] : [];
  });
}

function bind(destination: string, ...options: string[]): Mount {
  return { destination, source: '/s', options: ['bind', ...options] };
}

test('compileCreatePlan() wants one user namespace for all mounts with the same maps', () => {
  const compiled = compile([
    { ...bind('/a'), uidMappings: A, gidMappings: A },
    bind('/plain'),
    { ...bind('/b', 'ridmap'), uidMappings: B, gidMappings: A },
    { ...bind('/c', 'idmap'), uidMappings: A, gidMappings: A },
    { destination: '/d', type: 'tmpfs', options: ['idmap=uids=0-1000-10;gids=0-1000-10'] },
  ]);
  const { firstIdMap, idMaps, end } = compiled.descriptors;
  expect(idMaps).toEqual([
    { uids: '0 1000 10\n', gids: '0 1000 10\n', origin: '/mounts/0' },
    { uids: '0 2000 10\n', gids: '0 1000 10\n', origin: '/mounts/2' },
  ]);
  expect(end).toBe(firstIdMap + 2);
  expect(mappings(compiled)).toEqual([
    ['init', L.AT_EMPTY_PATH, firstIdMap],
    ['init', L.AT_EMPTY_PATH | L.AT_RECURSIVE, firstIdMap + 1],
    ['init', L.AT_EMPTY_PATH, firstIdMap],
    ['init', L.AT_EMPTY_PATH, firstIdMap],
  ]);
});

test('compileCreatePlan() maps ids in stage 0 where the container has a user namespace', () => {
  const compiled = compile([bind('/a', 'idmap'), { destination: '/b', type: 'tmpfs', options: ['idmap'] }], [
    ...NAMESPACES, { type: 'user' },
  ]);
  const { firstIdMap, idMaps } = compiled.descriptors;
  expect(idMaps).toEqual([{ uids: '0 1000 10\n', gids: '0 2000 10\n', origin: '/mounts/0' }]);
  expect(mappings(compiled)).toEqual([
    ['stage0', L.AT_EMPTY_PATH, firstIdMap], ['stage0', L.AT_EMPTY_PATH, firstIdMap],
  ]);
});

test('compileCreatePlan() maps ids by the user namespace that is joined', () => {
  const compiled = compile([bind('/a', 'idmap')], [
    { type: 'mount' }, { type: 'network', path: '/n' }, { type: 'user', path: '/u' },
  ]);
  const { descriptors } = compiled;
  expect(descriptors.idMaps).toEqual([]);
  expect(mappings(compiled)).toEqual([['stage0', L.AT_EMPTY_PATH, descriptors.firstNamespace]]);
  expect(descriptors.joined[0]?.type).toBe('user');
});

test('compileCreatePlan() needs no namespace without id-mapped mounts', () => {
  const { descriptors } = compile([bind('/a')]);
  expect(descriptors.firstIdMap).toBe(descriptors.end);
});
