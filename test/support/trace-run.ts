// Watches `nunc run` with strace, and follows a plan along what its processes do.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Plan } from '../../src/plan/operation.ts';
import { runProgram, stateRoot } from './runtime.ts';
import { PlanFollower, readTrace, type TracedCall } from './trace.ts';

const nunc = join(import.meta.dirname, '../../dist/nunc');

/** Runs a bundle to its end, and sees every system call that is made meanwhile.
 *
 * @param terminal gives it one, and types `exit` */
export async function traceRun(bundle: string, id: string, { terminal = false } = {}): Promise<TracedCall[]> {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-trace-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const trace = join(directory, 'trace');
  const strace = ['strace', '-f', '-o', trace, '-e', 'raw=!clone,clone3,fork,vfork,execve'];
  const command = [...strace, nunc, '--root', stateRoot(), 'run', '--bundle', bundle, id];
  const atTerminal = ['script', '--quiet', '--return', '--command', command.map(quote).join(' '), '/dev/null'];
  const { status } = await runProgram(terminal ? atTerminal : command, { input: terminal ? 'exit\n' : '' });
  expect(status).toBe(0);
  return readTrace(readFileSync(trace, 'utf8'));
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The process that nunc spawns, and the init that it makes: a child of nunc's, as no other is. */
export function findInit(calls: readonly TracedCall[]): { stageZero: number; init: number } {
  const birth = calls.find(({ name, args }) => name === 'clone3' && args.includes('CLONE_PARENT|'));
  if (birth === undefined) throw new Error('nobody has made an init');
  return { stageZero: birth.pid, init: Number(birth.result) };
}

/** Follows the plan along the calls of one process. @returns the operations it has executed, alternatives included */
export function follow(plan: Plan, calls: readonly TracedCall[], start: number): Set<number> {
  const follower = new PlanFollower(plan, [start]);
  const executed = new Set<number>();
  for (const call of calls) {
    const expected = follower.places;
    const taken = follower.take(call);
    const wanted = expected.map((place) => `${place} ${plan.operations[place]?.kind}`).join(' or ');
    expect(taken, `${call.name}(${call.args}) = ${call.result}, where the plan has ${wanted}`).not.toEqual([]);
    for (const place of taken) executed.add(place);
  }
  return executed;
}

/** The calls of a process up to the execve that succeeded, or from it on. */
export function splitAtExecve(calls: readonly TracedCall[]): [before: TracedCall[], after: TracedCall[]] {
  const at = calls.findIndex(({ name, result }) => name === 'execve' && result === '0');
  expect(at).toBeGreaterThanOrEqual(0);
  return [calls.slice(0, at + 1), calls.slice(at + 1)];
}
