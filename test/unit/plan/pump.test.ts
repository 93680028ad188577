// The pump, run for real between pipes. test/integration/terminal-foreground.test.ts has it between terminals.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { assemble } from '../../../src/elf/assemble.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import { compilePump } from '../../../src/plan/pump.ts';
import { CANNOT_RUN } from '../elf/run-plan.ts';

interface Pump {
  readonly child: ChildProcess;
  readonly from: Writable;
  readonly to: Readable;
  readonly until: Readable;
}

function startPump(): Pump {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-pump-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'pump');
  writeFileSync(path, assemble(compilePump(), 'x86_64'), { mode: 0o755 });
  const child = spawn(path, [], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  return { child, from: child.stdin, to: child.stdout, until: child.stderr };
}

async function endOf({ child }: Pump): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

test('compilePump() makes a sound plan', () => {
  expect(() => { checkPlan(compilePump()); }).not.toThrow();
});

describe.skipIf(CANNOT_RUN !== '')(`a pump ${CANNOT_RUN}`, () => {
  test('copies everything, in order, and ends with its input', async () => {
    const pump = startPump();
    const input = Buffer.alloc(5_000_000, 'a line of some length that is no power of two\n');
    pump.from.end(input);
    const chunks: Buffer[] = [];
    for await (const chunk of pump.to) {
      chunks.push(chunk as Buffer);
      // So that the pipe, which Node has made non-blocking, is full from time to time.
      if (chunks.length % 8 === 0) await new Promise((done) => setTimeout(done, 1));
    }
    expect(Buffer.concat(chunks).equals(input)).toBe(true);
    expect(await endOf(pump)).toBe(0);
  });

  test('ends when nothing comes and it is told to, not before', async () => {
    const pump = startPump();
    pump.from.write('first');
    await once(pump.to, 'data');
    expect(pump.child.exitCode).toBe(null);
    pump.until.destroy();
    expect(await endOf(pump)).toBe(0);
  });

  test('copies what has been written before it ends', async () => {
    const pump = startPump();
    pump.child.kill('SIGTSTP');
    pump.from.write('late');
    pump.until.destroy();
    pump.child.kill('SIGCONT');
    const [data] = await once(pump.to, 'data') as [Buffer];
    expect(data.toString()).toBe('late');
    expect(await endOf(pump)).toBe(0);
  });

  test('fails when nobody reads, without a signal', async () => {
    const pump = startPump();
    pump.to.destroy();
    pump.from.write('in vain');
    expect(await endOf(pump)).toBe(1);
    expect(pump.child.signalCode).toBe(null);
  });

  test('outlives the signals of a terminal', async () => {
    const pump = startPump();
    pump.from.write('first');
    await once(pump.to, 'data');
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM', 'SIGWINCH'] as const) pump.child.kill(signal);
    pump.from.end('second');
    const [data] = await once(pump.to, 'data') as [Buffer];
    expect(data.toString()).toBe('second');
    expect(await endOf(pump)).toBe(0);
  });
});
