import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/config/types.ts';
import { unenforcedProperties, unsupportedProperties } from '../../../src/config/unsupported.ts';
import { changed, fullConfig, smallConfig } from './configs.ts';

function unsupported(changes: Readonly<Record<string, unknown>>): string[] {
  return unsupportedProperties(JSON.parse(changed(smallConfig(), changes)) as Spec);
}

describe('unsupportedProperties()', () => {
  test('names everything in the config with every property', () => {
    expect(unsupportedProperties(fullConfig()).map((line) => line.replace('not supported yet: ', ''))).toEqual([
      '/linux/resources/memory/limit',
      '/linux/resources/memory/reservation',
      '/linux/resources/memory/swappiness',
      '/linux/resources/cpu/shares',
      '/linux/resources/cpu/quota',
      '/linux/resources/cpu/burst',
      '/linux/resources/cpu/period',
      '/linux/resources/cpu/realtimeRuntime',
      '/linux/resources/cpu/realtimePeriod',
      '/linux/resources/cpu/idle',
      '/linux/resources/cpu/cpus',
      '/linux/resources/cpu/mems',
      '/linux/resources/blockIO/weight',
      '/linux/resources/blockIO/leafWeight',
      '/linux/resources/blockIO/weightDevice',
      '/linux/resources/blockIO/throttleReadBpsDevice',
      '/linux/resources/blockIO/throttleWriteBpsDevice',
      '/linux/resources/blockIO/throttleReadIOPSDevice',
      '/linux/resources/blockIO/throttleWriteIOPSDevice',
      '/linux/resources/pids/limit',
      '/linux/resources/hugepageLimits',
      '/linux/resources/network/classID',
      '/linux/resources/network/priorities',
      '/linux/resources/rdma',
      '/linux/resources/unified',
    ]);
  });

  test('names the killer that is switched off, and swappiness 0', () => {
    expect(unsupported({ '/linux/resources/memory': { disableOOMKiller: true, swappiness: 0 } })).toEqual([
      'not supported yet: /linux/resources/memory/swappiness',
      'not supported yet: /linux/resources/memory/disableOOMKiller',
    ]);
  });

  test('says nothing of zeros, -1 and empty lists, which managers write for absence', () => {
    const resources = {
      devices: [{ allow: false, access: 'rwm' }],
      memory: {
        limit: 0,
        reservation: 0,
        swap: -1,
        kernel: 0,
        kernelTCP: -1,
        swappiness: 18446744073709551615,
        disableOOMKiller: false,
      },
      cpu: {
        shares: 0,
        quota: -1,
        burst: 0,
        period: 0,
        realtimeRuntime: 0,
        realtimePeriod: 0,
        cpus: '',
        mems: '',
        idle: 0,
      },
      blockIO: { weight: 0, leafWeight: 0, weightDevice: [], throttleReadBpsDevice: [] },
      pids: { limit: 0 },
      hugepageLimits: [],
      network: { classID: 0, priorities: [] },
      rdma: {},
      unified: {},
    };
    const process = { ...smallConfig().process, terminal: false, consoleSize: { height: 1, width: 1 } };
    const labels = { '/process/apparmorProfile': '', '/process/selinuxLabel': '', '/linux/mountLabel': '' };
    const changes = { '/linux/resources': resources, '/process': process, '/linux/netDevices': {} };
    expect(unsupported({ ...changes, ...labels, '/process/execCPUAffinity': { initial: '0' } })).toEqual([]);
  });
});

test('unenforcedProperties() warns of device rules', () => {
  expect(unenforcedProperties(fullConfig())).toEqual(['config.json: /linux/resources/devices: not enforced yet']);
  expect(unenforcedProperties(smallConfig())).toEqual([]);
});
