// Attacks nunc, runc and crun alike, and holds each to what test/attacks/classes.ts says of it. The host is looked at
// before and after: mounts, /dev, cgroups, processes, the state directory, and canaries that attacks aim at.

import {
  existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { attackClasses, type Outcome, type RuntimeName } from '../../attacks/classes.ts';
import { type Bundle, type BundleOptions, makeBundle } from '../bundle.ts';
import { effort } from '../effort.ts';
import { hostState, settledDifference } from '../host-state.ts';
import { endProcess } from '../lifecycle.ts';
import { type Requirement, requires } from '../requires.ts';
import {
  configured, removeStateRoot, type Result, type Running, runtime, type RuntimeOptions, startRuntime,
} from '../runtime.ts';

/** A runtime that is attacked, with a state directory and canaries of its own. */
export interface Target {
  readonly name: RuntimeName;
  /** What to run: a name or a path. */
  readonly program: string;
  /** --root. */
  readonly root: string;
  /** A directory of the host that nothing in a container has any business in: `file` with `untouched` in it, and an
   * empty `directory`. */
  readonly canaries: string;
  readonly run: (args: readonly string[], options?: RuntimeOptions) => Promise<Result>;
  readonly start: (args: readonly string[], options?: RuntimeOptions) => Running;
  /** A busybox bundle of this target's; its containers are deleted at the end. */
  readonly bundle: (options?: BundleOptions) => Bundle;
}

/** Attacks once, or for a bounded number of rounds. @returns what the attacker has gained, one line each: of a runtime
 * that withstands, nothing. */
export type Attack = (target: Target) => Promise<readonly string[]>;

export interface AttackOptions {
  readonly needs?: readonly Requirement[];
  /** Where peers do better against these attacks than against others of the class. */
  readonly outcomes?: Partial<Readonly<Record<'runc' | 'crun', Outcome>>>;
  /** Several ways to attack, by name. */
  readonly attacks: Readonly<Record<string, Attack>>;
}

/** Peers that fall prove the attack, in every run; how the others do is for the night. */
const isThorough = effort({ usual: 0, nightly: 1 }) === 1;

const programs: Readonly<Record<RuntimeName, string>> = { nunc: configured, runc: 'runc', crun: 'crun' };

/** Names, types, modes and sizes below a directory that is not followed out of. */
function listing(directory: string): string[] {
  if (!existsSync(directory)) return ['all gone'];
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.sort().map((name) => {
    const status = lstatSync(join(directory, name), { throwIfNoEntry: false });
    if (status === undefined) return `${name} gone`;
    return `${name} ${status.mode.toString(8)} ${status.uid}:${status.gid} ${status.rdev}`;
  });
}

/** What attacks aim at, and must find as it was, as lines. /dev without terminals, shared
 * memory and the test's own descriptors, users without those that other tests make. */
function canaryState({ canaries }: Target): string[] {
  const [core, file] = ['/proc/sys/kernel/core_pattern', join(canaries, 'file')];
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').filter((line) => !line.startsWith('nunc-'));
  return [
    ...listing('/dev').filter((line) => !/^(pts|shm|mqueue|fd)\//.test(line)).map((line) => `/dev/${line}`),
    ...listing(canaries).map((line) => `canary ${line}`),
    `canary file: ${existsSync(file) ? readFileSync(file, 'utf8') : ''}`,
    `core_pattern: ${existsSync(core) ? readFileSync(core, 'utf8') : ''}`,
    ...users.map((line) => `user ${line}`),
  ];
}

function makeTarget(name: RuntimeName): Target {
  const program = programs[name];
  const root = mkdtempSync(join(tmpdir(), 'nunc-root-'));
  const canaries = mkdtempSync(join(tmpdir(), 'nunc-canaries-'));
  mkdirSync(join(canaries, 'directory'));
  writeFileSync(join(canaries, 'file'), 'untouched');
  onTestFinished(async () => {
    await removeStateRoot(root, program);
    rmSync(canaries, { recursive: true, force: true });
  });
  return {
    name, program, root, canaries,
    run: (args, options = {}) => runtime(args, { program, root, ...options }),
    start: (args, options = {}) => startRuntime(args, { program, root, ...options }),
    bundle: (options) => makeBundle(options),
  };
}

/** What is still there that belongs to a target. */
async function remains(belongs: readonly string[], root: string): Promise<string[]> {
  const nothing = { ...hostState({ belongs: [] }), files: [] };
  const changes = await settledDifference(nothing, { belongs, directories: [root] });
  return changes.map((change) => `left: ${change}`);
}

/** Ends what still has the name of one of the bundles in its arguments, or works in its directory: what a hook has
 * started. */
function endProcessesOf(bundles: readonly string[]): void {
  for (const line of hostState({ belongs: bundles }).processes) endProcess(Number.parseInt(line, 10));
}

/** Attacks, and compares the host before and after. @returns the gains, with what has changed on the host */
async function gainsOf(target: Target, attack: Attack): Promise<string[]> {
  const bundles: string[] = [];
  const bundle = (options?: BundleOptions): Bundle => {
    const made = makeBundle(options);
    bundles.push(made.id);
    return made;
  };
  const before = canaryState(target);
  const gains = [...await attack({ ...target, bundle })];
  for (const id of bundles) await target.run(['delete', '--force', id]);
  // Peers leave what they leave; it is theirs that is looked for in the gains.
  if (target.name !== 'nunc') endProcessesOf(bundles);
  else gains.push(...await remains([...bundles, target.root, target.canaries], target.root));
  const after = canaryState(target);
  gains.push(...after.filter((line) => !before.includes(line)).map((line) => `the host has now ${line}`));
  gains.push(...before.filter((line) => !after.includes(line)).map((line) => `the host has no more ${line}`));
  return gains;
}

function prefixed(name: string, gains: readonly string[]): string[] {
  return gains.map((gain) => `${name}: ${gain}`);
}

/** The tests of one class: for nunc one for each attack, for runc and crun one for all, where that is to be known. */
export function attackTests(number: number, { needs = [], outcomes = {}, attacks }: AttackOptions): void {
  const found = attackClasses[number];
  if (found === undefined) throw new Error(`there is no class ${number} in test/attacks/classes.ts`);
  describe(`attack ${number}: ${found.attack}`, () => {
    for (const [name, attack] of Object.entries(attacks)) {
      requires('root', 'cgroups', 'busybox', 'nunc', ...needs)(`nunc withstands: ${name}`, async () => {
        expect(await gainsOf(makeTarget('nunc'), attack)).toEqual([]);
      });
    }
    for (const peer of ['runc', 'crun'] as const) {
      const { verdict, note } = outcomes[peer] ?? found.outcomes[peer];
      const result = note === '' ? verdict : `${verdict}: ${note}`;
      if (verdict === 'lacks' || (verdict !== 'falls' && !isThorough)) continue;
      requires('root', 'cgroups', 'busybox', 'nunc', peer, ...needs)(`${peer} ${result}`, async () => {
        const gains: string[] = [];
        for (const [name, attack] of Object.entries(attacks)) {
          gains.push(...prefixed(name, await gainsOf(makeTarget(peer), attack)));
          // The first that works proves it; the others are for the night.
          if (verdict === 'falls' && gains.length > 0 && !isThorough) break;
        }
        if (verdict === 'withstands') expect(gains).toEqual([]);
        // Luck is not asked for: that the attack works is shown by those that fall, and by the rounds that it took.
        if (verdict === 'falls') expect(gains).not.toEqual([]);
      });
    }
  });
}
