import { describe, expect, test } from 'vitest';
import { parseProcessLimit, parseProcessLimits, parseProcessStatus } from '../../../src/host/process-status.ts';
import { CAPABILITIES } from '../../../src/linux/capabilities.ts';
import { RLIMITS } from '../../../src/linux/limits.ts';

const names = Object.keys(CAPABILITIES);

function statusText(permitted: string, bounding: string): string {
  return `Name:\tnunc
Umask:\t0022
Pid:\t200
PPid:\t117
Uid:\t1000\t1001\t1002\t1003
Gid:\t2000\t2001\t2002\t2003
CapInh:\t0000000000000000
CapPrm:\t${permitted}
CapEff:\t${permitted}
CapBnd:\t${bounding}
`;
}

describe('parseProcessStatus()', () => {
  test('reads the effective ids and the parent', () => {
    const status = parseProcessStatus(statusText('0000000000000000', '000001ffffffffff'), names);
    expect(status).toEqual({ effectiveUid: 1001, effectiveGid: 2001, parentPid: 117, capabilities: [] });
  });

  test('knows all capabilities of a full set', () => {
    const status = parseProcessStatus(statusText('000001ffffffffff', '000001ffffffffff'), names);
    expect(status.capabilities).toEqual(names);
    expect(names).toHaveLength(41);
  });

  test('takes only what is both permitted and bounding, in both halves of the mask', () => {
    // Permitted: 0, 21, 31, 39, 40; bounding: all but 21 and 39.
    const status = parseProcessStatus(statusText('0000018080200001', '0000017fffdfffff'), names);
    expect(status.capabilities).toEqual(['CAP_CHOWN', 'CAP_SETFCAP', 'CAP_CHECKPOINT_RESTORE']);
  });

  test('ignores bits that have no name', () => {
    expect(parseProcessStatus(statusText('ffff000000000001', 'ffffffffffffffff'), names).capabilities).toEqual([
      'CAP_CHOWN',
    ]);
  });
});

const limitsText = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max stack size            8388608              unlimited            bytes     
Max core file size        0                    unlimited            bytes     
Max open files            1024                 524288               files     
Max nice priority         0                    0                    
Max realtime timeout      unlimited            unlimited            us        
Max something new         1                    2                    bytes     
`;

describe('parseProcessLimits()', () => {
  test('names the rows it knows and leaves out others', () => {
    expect(parseProcessLimits(limitsText)).toEqual({
      RLIMIT_CPU: { soft: -1, hard: -1 },
      RLIMIT_STACK: { soft: 8388608, hard: -1 },
      RLIMIT_CORE: { soft: 0, hard: -1 },
      RLIMIT_NOFILE: { soft: 1024, hard: 524288 },
      RLIMIT_NICE: { soft: 0, hard: 0 },
      RLIMIT_RTTIME: { soft: -1, hard: -1 },
    });
  });
});

describe('parseProcessLimit()', () => {
  test('finds one row', () => {
    expect(parseProcessLimit(limitsText, 'Max open files')).toEqual({ soft: 1024, hard: 524288 });
    expect(parseProcessLimit(limitsText, 'Max open')).toBeUndefined();
  });

  test('the numbers of the limits are those of prlimit(2)', () => {
    expect(Object.keys(RLIMITS)).toHaveLength(16);
    expect(Object.values(RLIMITS)).toEqual([...Array(16).keys()]);
  });
});
