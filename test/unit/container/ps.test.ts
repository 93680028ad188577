import { expect, test } from 'vitest';
import { selectRows } from '../../../src/container/ps.ts';

const TABLE = `UID        PID  PPID  C STIME TTY          TIME CMD
root         1     0  0 08:00 ?        00:00:01 init
root       101     1  0 08:24 ?        00:00:00 sleep 1
root      1010     1  0 08:24 ?        00:00:00 sleep 101
`;

test('selectRows() goes by the field under PID', () => {
  const lines = TABLE.split('\n');
  expect(selectRows(TABLE, new Set([101]))).toBe(`${lines[0]}\n${lines[2]}\n`);
  expect(selectRows(TABLE, new Set())).toBe(`${lines[0]}\n`);
  expect(selectRows('    PID\n      1\n', new Set([1]))).toBe('    PID\n      1\n');
});

test('selectRows() says when it can not tell', () => {
  expect(() => selectRows('COMMAND\ninit\n', new Set([1]))).toThrow("couldn't find PID field in ps output");
  expect(() => selectRows('', new Set([1]))).toThrow("couldn't find PID field in ps output");
  expect(() => selectRows('PPID\n1\n', new Set([1]))).toThrow("couldn't find PID field in ps output");
  expect(() => selectRows('COMMAND PID\na b 1\n', new Set([1]))).toThrow('unable to parse pid: "b" in ps output');
});
