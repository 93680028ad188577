import { describe, expect, test } from 'vitest';
import { gapsOf, longest, parseStrace, processesOf } from '../../../../scripts/bench/strace.ts';
import { renderTrace, timelinePlot } from '../../../../scripts/bench/timeline.ts';

const TRACE = `10    100.000000 execve("/x", ["x"], 0x7f /* 2 vars */) = 0 <0.000500>
10    100.001000 read(3,  <unfinished ...>
11    100.001500 openat(AT_FDCWD, "a | <b>", O_RDONLY) = 4 <0.000100>
10    100.003000 <... read resumed>"abc", 16) = 3 <0.002000>
11    100.003500 --- SIGCHLD {si_signo=SIGCHLD} ---
11    100.004000 exit_group(0)          = ?
11    100.004100 +++ exited with 0 +++
10    100.005000 close(3)               = 0 <0.000010>
`;

describe('parseStrace()', () => {
  test('has calls with their times, interrupted ones in one piece', () => {
    const calls = parseStrace(TRACE).map(({ pid, name, start, end }) => (
      [pid, name, Number(start.toFixed(3)), Number(end.toFixed(3))]
    ));
    expect(calls).toEqual([
      [10, 'execve', 0, 0.5], [10, 'read', 1, 3], [11, 'openat', 1.5, 1.6], [11, 'exit_group', 4, 4],
      [10, 'close', 5, 5.01],
    ]);
    expect(parseStrace(TRACE)[1]?.text).toBe('read(3, "abc", 16) = 3');
  });

  test('has nothing of nothing', () => {
    expect(parseStrace('')).toEqual([]);
  });
});

describe('gapsOf()', () => {
  test('has what lies between two calls of one process', () => {
    const gaps = gapsOf(parseStrace(TRACE));
    expect(gaps.map(({ pid, before, after, start, end }) => (
      `${pid} ${before} ${after} ${start.toFixed(1)} ${end.toFixed(1)}`
    ))).toEqual(['10 execve read 0.5 1.0', '11 openat exit_group 1.6 4.0', '10 read close 3.0 5.0']);
    expect(longest(gaps, 1)[0]?.pid).toBe(11);
  });
});

describe('processesOf()', () => {
  test('is in the order of their first calls', () => {
    expect(processesOf(parseStrace(TRACE))).toEqual([10, 11]);
  });
});

describe('renderTrace()', () => {
  test('shows the longest calls and gaps', () => {
    const lines = renderTrace({ name: 'x', calls: parseStrace(TRACE) }).split('\n');
    expect(lines[0]).toBe(
      'x: 5.01 ms, 2 processes, 5 calls. The first process has 3 calls of 2.51 ms and computes for 2.50 ms.',
    );
    const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()).join('|'));
    expect(cells).toContain('|read(3, "abc", 16) = 3|1|1.00|2.00|');
    expect(cells).toContain('|openat … exit_group|2|1.60|2.40|');
  });
});

describe('timelinePlot()', () => {
  test('has a box for each call', () => {
    const svg = timelinePlot([{ name: 'a & b', calls: parseStrace(TRACE) }], 'title');
    expect(svg.match(/height="16"/g)).toHaveLength(5);
    expect(svg).toContain('a &#38; b');
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  test('draws nothing without traces', () => {
    expect(timelinePlot([], 'title')).not.toMatch(/NaN|undefined|Infinity/);
  });
});
