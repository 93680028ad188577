import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { filterOf, keepFilter, keptFilter } from '../../../src/container/filter.ts';
import { type ContainerPlace, filterFileOf, placeOf } from '../../../src/container/store.ts';
import { facts } from '../plan/create-input.ts';

const root = mkdtempSync(join(tmpdir(), 'nunc-filter-'));
afterAll(() => rmSync(root, { recursive: true }));

function newPlace(id: string): ContainerPlace {
  const place = placeOf(root, id);
  mkdirSync(place.directory);
  return place;
}

function filterFor(names: string[]): ReturnType<typeof filterOf> {
  const syscalls = [{ names, action: 'SCMP_ACT_ALLOW' as const }];
  const seccomp = { defaultAction: 'SCMP_ACT_ERRNO' as const, syscalls };
  const process = { cwd: '/', args: ['true'] };
  return filterOf({ spec: { ociVersion: '1.2.0', process, linux: { seccomp } }, facts, exact: new Map() });
}

describe('keptFilter()', () => {
  test('is what keepFilter() has kept', () => {
    const place = newPlace('kept');
    const filter = filterFor(['read', 'execve']);
    expect(filter?.instructions).toBeGreaterThan(3);
    keepFilter(place, filter);
    expect(keptFilter(place)).toEqual(filter);
  });

  test('is undefined where none was kept', () => {
    expect(keptFilter(newPlace('none'))).toBeUndefined();
  });

  test('is undefined for one with warnings, which whoever compiles it again can give again', () => {
    const place = newPlace('warned');
    const filter = filterFor(['read', 'no_such_call']);
    expect(filter?.warnings).toHaveLength(1);
    keepFilter(place, filter);
    expect(keptFilter(place)).toBeUndefined();
  });

  test.each([0, 7, 12])('is undefined for a file of %i bytes', (size) => {
    const place = newPlace(`bytes-${size}`);
    writeFileSync(filterFileOf(place), new Uint8Array(size));
    expect(keptFilter(place)).toBeUndefined();
  });
});

describe('filterOf()', () => {
  test('compiles nothing for a container without a process', () => {
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' as const };
    const spec = { ociVersion: '1.2.0', linux: { seccomp } };
    expect(filterOf({ spec, facts, exact: new Map() })).toBeUndefined();
  });
});
