import { describe, expect, test } from 'vitest';
import { mountIdMaps } from '../../../../src/config/rules/mount-id-maps.ts';
import type { Mount, Spec } from '../../../../src/config/types.ts';
import { smallConfig } from '../configs.ts';

const A = [{ containerID: 0, hostID: 1000, size: 10 }];
const B = [{ containerID: 1, hostID: 2, size: 1000 }];

function spec(linux: Spec['linux'] = {}): Spec {
  return { ...smallConfig(), linux };
}

function mount(...options: string[]): Mount {
  return { destination: '/m', source: '/s', options: ['bind', ...options] };
}

const NEW = { namespaces: [{ type: 'user' }], uidMappings: A, gidMappings: B } as const;

describe('mountIdMaps()', () => {
  test('takes the maps of the mount before all else', () => {
    const own = { ...mount('idmap=uids=0-0-1;gids=0-0-1'), uidMappings: B, gidMappings: A };
    expect(mountIdMaps(spec(NEW), own)).toEqual({ uids: B, gids: A });
  });

  test('takes the container\'s with a bare option', () => {
    for (const option of ['idmap', 'ridmap', 'idmap=']) {
      expect(mountIdMaps(spec(NEW), mount(option))).toEqual({ uids: A, gids: B });
    }
    const joined = spec({ namespaces: [{ type: 'user', path: '/ns' }] });
    expect(mountIdMaps(joined, mount('idmap'))).toBe('joined');
    const bare = mount('idmap');
    expect(() => mountIdMaps(spec(), bare)).toThrow('requires uidMappings and gidMappings, or a user namespace');
  });

  test('maps nothing without maps or option', () => {
    expect(mountIdMaps(spec(NEW), mount('ro'))).toBeUndefined();
  });

  // The example of crun(1).
  test('reads crun\'s ranges', () => {
    expect(mountIdMaps(spec(), mount('idmap=uids=0-1-10#10-11-10;gids=0-100-10'))).toEqual({
      uids: [{ containerID: 0, hostID: 1, size: 10 }, { containerID: 10, hostID: 11, size: 10 }],
      gids: [{ containerID: 0, hostID: 100, size: 10 }],
    });
  });

  test('counts from the container\'s ids after @', () => {
    const container = spec({ ...NEW, uidMappings: [{ containerID: 0, hostID: 0, size: 1 }, ...B] });
    expect(mountIdMaps(container, mount('idmap=uids=@1-3-10;gids=@0-1-5'))).toEqual({
      uids: [{ containerID: 1, hostID: 4, size: 10 }],
      gids: [{ containerID: 0, hostID: 2, size: 5 }],
    });
  });

  test.each([
    ['idmap=uids=0-0-1', 'requires both uids and gids'],
    ['idmap=uids=0-0;gids=0-0-1', 'has "0-0", which is not <id>-<host id>-<count>'],
    ['idmap=uids=0-0-1x;gids=0-0-1', 'has "0-0-1x", which is not'],
    ['idmap=uids=-1-0-1;gids=0-0-1', 'has "-1-0-1", which is not'],
    ['idmap=what=0-0-1', 'has "what" in place of uids or gids'],
    ['ridmap=uids=@0-5-9;gids=0-0-1', 'has "@0-5-9", which is not within one of the container\'s mappings'],
    ['idmap=uids=@0-70000-1;gids=0-0-1', 'which is not within one of'],
  ])('refuses %s', (option, message) => {
    expect(() => mountIdMaps(spec(NEW), mount(option))).toThrow(message);
  });
});
