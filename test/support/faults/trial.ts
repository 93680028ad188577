// One fault in one command, from an untouched host to an untouched host: what came of it, and everything about it that
// no rule explains. Knows neither strace nor which faults there are.

import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { probeHost } from '../../../src/host/probe.ts';
import type { Bundle } from '../bundle.ts';
import { difference, type HostState, hostState, type Scope, settledDifference } from '../host-state.ts';
import { eventually, INTERNALS, messageOf, stateOf } from '../lifecycle.ts';
import { type Result, runtime, stateRoot } from '../runtime.ts';
import { type FaultyCommand, prepare } from './commands.ts';

/** What a command may say when a call of its has failed: one line, which names what could not be done. */
const ORDERLY = /^(nunc: |exec failed: )?(cannot |config\.json: |container(?! does not exist)\b)/;

/** In one of so many trials everything of the host is looked at. */
const SELDOM = 10;

export interface Fault {
  readonly name: string;
  /** Runs the command with the fault in it. */
  readonly run: () => Promise<Result>;
  /** Whether the command may say nothing at all: it has been killed. */
  readonly deadly?: boolean;
}

export type Outcome = 'succeeded' | 'refused' | 'refused, container left' | 'killed' | 'killed, container left';

/** Tries faults in a command on one bundle, one after the other. */
export class Trials {
  /** What no rule explains. */
  readonly problems: string[] = [];
  readonly outcomes = new Map<Outcome, number>();
  readonly #command: FaultyCommand;
  readonly #bundle: Bundle;
  readonly #scope: Scope;
  readonly #before: HostState;
  readonly #mountpoints = probeHost().hierarchies.map(({ mountpoint }) => mountpoint);
  #count = 0;

  constructor(command: FaultyCommand, bundle: Bundle) {
    this.#command = command;
    this.#bundle = bundle;
    this.#scope = { belongs: [bundle.directory, bundle.id, stateRoot()], directories: [stateRoot()] };
    this.#before = hostState(this.#scope);
  }

  async try(fault: Fault): Promise<void> {
    const { problems } = this;
    this.#count += 1;
    const known = problems.length;
    await prepare(this.#command, this.#bundle);
    const note = (text: string): void => { problems.push(`${this.#command.name}, ${fault.name}: ${text}`); };
    const outcome = await this.#judge(fault, await fault.run(), note);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    await this.#remove(note);
    // Whatever it was: the next trial is not to suffer from it.
    if (problems.length > known) await runtime(['delete', '--force', this.#bundle.id]);
  }

  async #judge(fault: Fault, result: Result, note: (text: string) => void): Promise<Outcome> {
    const { status, signal, stderr } = result;
    const killed = fault.deadly === true && signal === 'SIGKILL';
    if (status === 0) {
      await this.#expectDone(result, note);
      return 'succeeded';
    }
    if (!killed) {
      if (status !== 1 && status !== 255) note(`ended with ${String(status ?? signal)}: ${stderr}`);
      if (stderr.trimEnd().split('\n').length !== 1) note(`said not one line: ${stderr}`);
      if (INTERNALS.test(stderr) || !ORDERLY.test(messageOf(stderr))) note(`said ${stderr.trim()}`);
    }
    const isLeft = await this.#isListed(note);
    if (!killed && this.#command.undoes !== undefined) await this.#expectUndone(isLeft, note);
    return killed ? (isLeft ? 'killed, container left' : 'killed') : isLeft ? 'refused, container left' : 'refused';
  }

  async #expectDone({ stdout, stderr }: Result, note: (text: string) => void): Promise<void> {
    try {
      await this.#command.done(this.#bundle, stdout, stderr);
    } catch (error) {
      note(`said that it succeeded: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    }
  }

  async #expectUndone(isLeft: boolean, note: (text: string) => void): Promise<void> {
    const left = isLeft ? [(await stateOf(this.#bundle.id)).status] : await this.#whatIsLeft();
    const allowed = this.#command.undoes === 'to stopped' ? ['stopped'] : [];
    if (left.some((one) => !allowed.includes(one))) note(`left ${left.join('; ')}`);
  }

  /** Asks list, and state, which must agree. */
  async #isListed(note: (text: string) => void): Promise<boolean> {
    const { id } = this.#bundle;
    const listed = await runtime(['list', '--quiet']);
    if (listed.status !== 0 || listed.stderr !== '') note(`then list: ${listed.stderr}`);
    const isListed = listed.stdout.split('\n').includes(id);
    const state = await runtime(['state', id]);
    if (state.status !== (isListed ? 0 : 1)) note(`then state: ${state.stdout}${state.stderr}`);
    return isListed;
  }

  /** Deletes what there is, whatever state it is in, and looks for what remains. */
  async #remove(note: (text: string) => void): Promise<void> {
    const { status, stderr } = await runtime(['delete', '--force', this.#bundle.id]);
    if (status !== 0 || stderr !== '') note(`then delete --force: ${String(status)} ${stderr}`);
    const left = await this.#whatIsLeft();
    if (left.length > 0) note(`delete --force has left ${left.join('; ')}`);
  }

  /** What every trial looks at: the id and the cgroups. The whole host takes too long for each. */
  async #whatIsLeft(): Promise<string[]> {
    const { id, spec } = this.#bundle;
    const cgroups = this.#mountpoints.map((point) => point + (spec.linux.cgroupsPath ?? ''));
    const places = [`${stateRoot()}/${id}`, ...cgroups];
    const found = places.filter((place) => existsSync(place));
    if (found.length > 0 || this.#count % SELDOM !== 0) return found;
    // Without keyrings: those of orphans stay until somebody has waited for them, which can take seconds.
    const differences = (): string[] =>
      difference(this.#before, hostState(this.#scope)).filter((line) => !line.startsWith('+ keyrings'));
    return await eventually(differences, ({ length }) => length === 0).catch(differences);
  }

  /** Expects that every outcome had a rule, and that nothing at all is left in the end; says how many there were. */
  async conclude(): Promise<void> {
    const counts = [...this.outcomes].sort(([one], [other]) => one.localeCompare(other));
    const summary = counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    process.stdout.write(`  ${this.#command.name}: ${summary}\n`);
    for (const problem of this.problems) process.stdout.write(`  ${problem}\n`);
    expect(this.problems).toEqual([]);
    expect(await settledDifference(this.#before, this.#scope)).toEqual([]);
  }
}
