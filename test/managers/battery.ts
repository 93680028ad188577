// A battery: cases that are run with a real manager twice, on runc as the baseline and on nunc, and whose results are
// compared and shown side by side in dist/managers/<manager>.md. Knows no manager.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { seed } from '../support/effort.ts';
import { missing, type Requirement } from '../support/requires.ts';
import { nothingRemains } from './remains.ts';
import { complaint, type Expectation, type Outcome, type Outcomes, renderTable, type RuntimeName,
  summarise } from './verdict.ts';

const project = resolve(import.meta.dirname, '../..');
const runsAll = process.env['MANAGERS_ALL'] === '1';
/** Every second of the others is left out of `npm test`, odd or even ones: a battery takes minutes. */
const leftOut = seed % 2;

export interface Case<Client> extends Expectation {
  /** "runs a command and passes on its exit status" */
  readonly name: string;
  /** Left out of `npm test`; run with MANAGERS_ALL=1. */
  readonly slow?: boolean;
  /** What this case needs of the machine beyond what the battery needs. */
  readonly needs?: readonly Requirement[];
  /** For one of the runtimes, in milliseconds; a minute by default. */
  readonly timeout?: number;
  /** Throws on a wrong result. @returns what was observed, as JSON has it, which is compared between the runtimes */
  readonly run: (client: Client) => unknown;
}

/** A manager that runs its containers on one of the runtimes, in places of its own. */
export interface ManagerClient {
  /** Parts of paths, names and command lines that only this client's things have: after close() nothing that shows
   * one of them (a process, a mount, a cgroup, a network device or namespace) may be left. */
  readonly marks: readonly string[];
  close(): Promise<void> | void;
}

export interface Battery<Client extends ManagerClient> {
  /** The name of the table's file and its title; where a manager has several batteries, each has its own. */
  readonly manager: string;
  /** Makes everything anew: a test file calls it once for each runtime. */
  readonly open: (runtime: RuntimeName) => Promise<Client> | Client;
  readonly cases: readonly Case<Client>[];
  readonly needs?: readonly Requirement[];
  /** Runs a case with both runtimes at the same time: where the two managers share nothing that cases change. */
  readonly together?: boolean;
}

/** Where the runtimes are, by name. */
export function runtimePath(runtime: RuntimeName): string {
  return runtime === 'runc' ? '/usr/sbin/runc' : join(project, 'dist/nunc');
}

/** The messages of expect() abridge what was found. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'actual' in error ? `${error.message}, found ${JSON.stringify(error.actual)}` : error.message;
}

async function outcomeOf<Client>({ run }: Case<Client>, client: Client): Promise<Outcome> {
  try {
    return { observation: await run(client) };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

interface Clients<Client> {
  readonly runc: Client;
  readonly nunc: Client;
}

async function runBoth<Client>(each: Case<Client>, clients: Clients<Client>, together: boolean): Promise<Outcomes> {
  const runc = outcomeOf(each, clients.runc);
  if (!together) await runc;
  const nunc = outcomeOf(each, clients.nunc);
  return { runc: await runc, nunc: await nunc };
}

function reasonToSkip<Client>(
  { slow, needs = [] }: Case<Client>,
  { lacking, index }: { readonly lacking: readonly Requirement[]; readonly index: number },
): string | undefined {
  const all = [...lacking, ...missing(needs)];
  if (all.length > 0) return `needs ${all.join(', ')}`;
  if (runsAll) return undefined;
  if (slow) return 'slow: MANAGERS_ALL=1 runs it';
  return index % 2 === leftOut ? 'by chance, half of them each time: MANAGERS_ALL=1 runs all' : undefined;
}

function publish<Client extends ManagerClient>(
  { manager, cases }: Battery<Client>,
  outcomes: ReadonlyMap<string, Outcomes>,
): void {
  const rows = cases.map((each) => ({ ...each, outcomes: outcomes.get(each.name) }));
  const directory = join(project, 'dist/managers');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${manager}.md`), `${renderTable(rows)}\n`);
  console.info(`${manager}: ${summarise(rows)}`);
}

/** Closes a client, and makes sure that everything of it is gone. */
async function dismiss(client: ManagerClient | undefined): Promise<void> {
  await client?.close();
  if (client !== undefined) await nothingRemains(client.marks);
}

/** Defines a test for each case, which runs it with both runtimes, and what opens and closes the manager around. */
export function runBattery<Client extends ManagerClient>(battery: Battery<Client>): void {
  const lacking = missing(battery.needs ?? []);
  const outcomes = new Map<string, Outcomes>();
  const clients = new Map<RuntimeName, Client>();
  const clientOf = (name: RuntimeName): Client => {
    const client = clients.get(name);
    if (client === undefined) throw new Error(`${battery.manager} has not been started with ${name}`);
    return client;
  };

  describe(battery.manager, () => {
    beforeAll(async () => {
      if (lacking.length > 0) return;
      for (const name of ['runc', 'nunc'] as const) clients.set(name, await battery.open(name));
    });
    afterAll(async () => {
      if (lacking.length > 0) return;
      publish(battery, outcomes);
      const results = await Promise.allSettled([dismiss(clients.get('runc')), dismiss(clients.get('nunc'))]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    });
    for (const [index, each] of battery.cases.entries()) {
      const reason = reasonToSkip(each, { lacking, index });
      const body = async (): Promise<void> => {
        const both = await runBoth(each, { runc: clientOf('runc'), nunc: clientOf('nunc') }, battery.together === true);
        outcomes.set(each.name, both);
        const wrong = complaint(each, both);
        if (wrong !== undefined) throw new Error(wrong);
      };
      if (reason === undefined) test(each.name, { timeout: 2 * (each.timeout ?? 60_000) }, body);
      else test.skip(`${each.name} (skipped: ${reason})`, body);
    }
  });
}
