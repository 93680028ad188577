// Assembles a plan and runs it for real, as an ordinary child process.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble } from '../../../src/elf/assemble.ts';
import type { Call, Operation, Plan, Value } from '../../../src/plan/operation.ts';

export const REPORT = 3;
export const STORY = { stage: 'init', origin: '', action: 'test' } as const;

/** The tests that run plans need a machine that executes what they assemble. */
export const CANNOT_RUN = process.platform === 'linux' && process.arch === 'x64' ? '' : 'needs Linux on x86_64';

type CallOptions = Pick<Call, 'again' | 'result' | 'tolerate' | 'on' | 'success' | 'log'>;

export function call(kind: Call['kind'], args: readonly Value[], options: CallOptions = {}): Operation {
  return { ...STORY, kind, args, ...options };
}

export function exit(status: Value): Operation {
  return call('exit_group', [status]);
}

/** Writes memory to standard output. */
export function show(offset: number, size: number): Operation {
  return call('write', [1, { memory: offset }, size]);
}

/** Writes a string to standard output. */
export function say(text: string): Operation {
  return call('write', [1, { text }, Buffer.byteLength(text)]);
}

export function planOf(operations: readonly Operation[], memory = 64): Plan {
  return { operations, memory, report: REPORT };
}

export interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  /** The words of the report: operation index and errno; empty when there was none. */
  readonly report: readonly number[];
  readonly reportBytes: Buffer;
}

/** Runs a plan with `input` on its standard input. */
export function runPlan(plan: Plan, input: Uint8Array = new Uint8Array()): Outcome {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-plan-'));
  try {
    const path = join(directory, 'init');
    writeFileSync(path, assemble(plan, 'x86_64'), { mode: 0o755 });
    const { status, signal, stdout, output, error } = spawnSync(path, [], {
      input,
      stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
      timeout: 10_000,
    });
    if (error !== undefined) throw error;
    const report: Buffer = Buffer.from(output[REPORT] ?? '');
    const words: number[] = [];
    for (let at = 0; at + 8 <= report.length; at += 8) words.push(Number(report.readBigInt64LE(at)));
    return { status, signal, stdout, report: words, reportBytes: report };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
