import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startTimeOf } from '../../../src/container/process-stat.ts';
import { isAlive } from '../../../src/container/status.ts';

test('startTimeOf() is the same for one process and differs in time', async () => {
  const own = startTimeOf(process.pid);
  expect(own).toBeGreaterThan(0);
  expect(startTimeOf(process.pid)).toBe(own);
  const child = spawn('sleep', ['10']);
  await once(child, 'spawn');
  expect(startTimeOf(child.pid ?? 0)).toBeGreaterThanOrEqual(own ?? Infinity);
  child.kill();
  await once(child, 'exit');
});

test('startTimeOf() knows nothing of a process that has ended', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  expect(startTimeOf(child.pid ?? 0)).toBeUndefined();
});

test('startTimeOf() reads past a command name with blanks and parentheses', async () => {
  const child = spawn('bash', ['-c', 'exec -a x sh -c "printf \'a) R (b\' > /proc/self/comm; echo; read line"']);
  await once(child.stdout, 'data');
  expect(startTimeOf(child.pid ?? 0)).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('isAlive() takes a later process of the same pid for another one', () => {
  const startTime = startTimeOf(process.pid) ?? 0;
  expect(isAlive({ pid: process.pid, startTime })).toBe(true);
  expect(isAlive({ pid: process.pid, startTime: startTime - 1 })).toBe(false);
});
