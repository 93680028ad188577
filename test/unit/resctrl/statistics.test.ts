import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readResctrl } from '../../../src/resctrl/statistics.ts';
import { makeResctrl } from '../../support/resctrl.ts';

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const INFO = {
  'info/L3/cbm_mask': 'fffff\n', 'info/L3/min_cbm_bits': '1\n', 'info/L3/num_closids': '16\n',
  'info/MB/num_closids': '8\n', 'info/MB/min_bandwidth': '10\n', 'info/MB/delay_linear': '1\n',
};
const MONITORING = { 'info/L3_MON/mon_features': 'llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n' };

test('readResctrl() has both allocations, of the root and of the group', () => {
  const { root, makeGroup } = makeResctrl();
  write(root, INFO);
  makeGroup('a', '    L3:0=ff;1=ff\n    MB:0=50;1=50\n');
  expect(readResctrl(root, { directory: `${root}/a`, monitoring: undefined })).toEqual({
    cache: {
      info: { cbm_mask: 'fffff', min_cbm_bits: '1', num_closids: '16' },
      rootSchema: 'L3:0=fffff;1=fffff', schema: 'L3:0=ff;1=ff',
    },
    bandwidth: {
      info: { bandwidth_gran: '10', num_closids: '8', min_bandwidth: '10', delay_linear: '1' },
      rootSchema: 'MB:0=100;1=100', schema: 'MB:0=50;1=50',
    },
    monitorsBandwidth: false,
    monitorsCache: false,
    domains: [],
  });
});

test('readResctrl() has the domains of the monitoring group, or of the group', () => {
  const { root, makeGroup } = makeResctrl();
  makeGroup('a');
  write(root, {
    ...MONITORING,
    'a/mon_data/mon_L3_00/llc_occupancy': '1\n',
    'a/mon_groups/c/mon_data/mon_L3_00/llc_occupancy': '65536\n',
    'a/mon_groups/c/mon_data/mon_L3_00/mbm_total_bytes': '18446744073709551615\n',
    'a/mon_groups/c/mon_data/mon_L3_01/mbm_total_bytes': 'Unavailable\n',
  });
  const own = readResctrl(root, { directory: `${root}/a`, monitoring: `${root}/a/mon_groups/c` });
  expect(own).toMatchObject({
    monitorsBandwidth: true,
    monitorsCache: true,
    domains: [
      { totalBandwidth: 18446744073709551615n, localBandwidth: 0n, cacheOccupancy: 65536n },
      { totalBandwidth: 0n, localBandwidth: 0n, cacheOccupancy: 0n },
    ],
  });
  expect(readResctrl(root, { directory: `${root}/a`, monitoring: undefined }).domains).toHaveLength(1);
});

test('readResctrl() has nothing of what the host can not do', () => {
  const { root, makeGroup } = makeResctrl();
  makeGroup('a');
  const statistics = readResctrl(root, { directory: `${root}/a`, monitoring: undefined });
  expect([statistics.cache, statistics.bandwidth]).toEqual([undefined, undefined]);
});

test('readResctrl() says when the group is gone', () => {
  const { root } = makeResctrl();
  expect(() => readResctrl(root, { directory: `${root}/a`, monitoring: undefined })).toThrow(
    `cannot read "${root}/a/schemata": no such file or directory`,
  );
});
